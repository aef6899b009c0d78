"""How a person lies or stands: how much the lumbar spine is bent."""

from __future__ import annotations

from dataclasses import dataclass

from bonedensity.virtual.spine.levels import LUMBAR
from bonedensity.virtual.spine.spine_shape import SpineShape

STANDING_DISC_DEG = {"T10": -0.5, "T11": 0.0, "T12": 1.0, "L1": 4.2, "L2": 7.8, "L3": 9.0, "L4": 11.0, "L5": 15.8}
"""Wedge of the disc below each level when standing: segments (SciRep22) less the bodies' own wedges."""

SLOPE_PER_LORDOSIS = 0.55
"""Sacral slope that goes with a degree of lordosis (r = 0.8, deviations 7.8 and 11.2 degrees)."""


@dataclass(frozen=True, slots=True)
class SpinePosture:
    """One way of lying or standing, over all people (degrees).

    Attributes:
        name: As told in a body's truth.
        lordosis: Mean angle from the lower end plate of T12 to the sacral plate.
        spread: Its standard deviation.
        sacral_slope: Mean slope of the sacral plate.
    """

    name: str
    lordosis: float
    spread: float
    sacral_slope: float

    def lordosis_of(self, shape: SpineShape) -> float:
        """One person's lordosis (degrees)."""
        return self.lordosis + self.spread * shape.lordosis_sd

    def sacral_slope_of(self, shape: SpineShape) -> float:
        """One person's sacral slope (degrees)."""
        bent = SLOPE_PER_LORDOSIS * (self.lordosis_of(shape) - self.lordosis)
        return self.sacral_slope + bent + shape.sacral_slope_deg

    def disc_wedges(self, shape: SpineShape) -> dict[str, float]:
        """Wedge of the disc below each level (degrees), positive where it is higher in front.

        Discs take up what the bodies' wedges leave of the lordosis, each in proportion to its share when standing.
        """
        lumbar = ("T12", *LUMBAR)
        left = self.lordosis_of(shape) + sum(shape.vertebrae[level].wedge_deg for level in LUMBAR)
        share = left / sum(STANDING_DISC_DEG[level] for level in lumbar)
        return {level: deg * (share if level in lumbar else 1.0) for level, deg in STANDING_DISC_DEG.items()}


STANDING = SpinePosture("standing", 49.8, 11.2, 39.5)
"""Standing adults (AsianSJ19; MacThiong 2011)."""

SUPINE = SpinePosture("supine", 36.8, 13.2, 36.0)
"""On the back with straight legs, as in CT (AsianSJ19)."""

DXA = SpinePosture("dxa", 27.0, 10.0, 29.0)
"""On the back with the calves on a block, as for bone density; the block flattens the spine further."""
