"""Disease of a spine: fractures, bony spurs, worn joints and discs, a sideways bend, chalk in the aorta."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from bonedensity.errors import AnatomyError
from bonedensity.virtual.spine.levels import LEVELS
from bonedensity.virtual.spine.spine_shape import SpineShape
from bonedensity.virtual.spine.vertebra_shape import VertebraShape

FractureKind = Literal["wedge", "biconcave", "crush"]

GRADE_LOSS = {1: (0.20, 0.25), 2: (0.25, 0.40), 3: (0.40, 0.60)}
"""Share of height lost by Genant's grade."""

Spurs = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Fracture:
    """One vertebra's deformity.

    Attributes:
        kind: "wedge" lowers the front, "biconcave" the middle, "crush" all.
        loss: Share of that height lost, 0 to 0.6.
    """

    kind: FractureKind
    loss: float

    def __post_init__(self) -> None:
        if self.kind not in ("wedge", "biconcave", "crush"):
            raise AnatomyError(f"The fracture “{self.kind}” is not known: choose wedge, biconcave or crush.")
        if not 0 <= self.loss <= 0.6:
            raise AnatomyError(f"A vertebra cannot lose {self.loss:.0%} of its height here: give 0 to 0.6.")

    @property
    def grade(self) -> int:
        """Genant's grade, 0 to 3."""
        return sum(self.loss >= lower for lower, _ in GRADE_LOSS.values())


@dataclass(frozen=True, slots=True)
class SpineVariant:
    """What disease adds to a spine; levels that are not named are healthy.

    Attributes:
        fractures: By level.
        osteophytes: Reach of spurs by level (mm): upper left, upper right, lower left, lower right.
        facet_growth: Thickening of the joints' processes by level (mm).
        disc_loss: Share of the height lost by the disc below a level.
        sclerosis: Thickening of end plates by level, as a share.
        cobb_deg: Sideways bend; positive is convex to the left.
        apex: Level at its middle.
        aortic_calcification: Of the abdominal aorta on a scale to 24.
    """

    fractures: Mapping[str, Fracture] = field(default_factory=lambda: MappingProxyType({}))
    osteophytes: Mapping[str, Spurs] = field(default_factory=lambda: MappingProxyType({}))
    facet_growth: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    disc_loss: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    sclerosis: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    cobb_deg: float = 0.0
    apex: str = "L2"
    aortic_calcification: float = 0.0

    def __post_init__(self) -> None:
        named = {self.apex, *self.fractures, *self.osteophytes, *self.facet_growth, *self.disc_loss, *self.sclerosis}
        if unknown := named - set(LEVELS):
            raise AnatomyError(f"No vertebra is called {', '.join(sorted(unknown))}: choose from {', '.join(LEVELS)}.")


HEALTHY = SpineVariant()
"""No disease."""


def with_disease(shape: SpineShape, variant: SpineVariant) -> SpineShape:
    """The spine with a variant's fractures, spurs, joints and discs; its bend belongs to the posture."""
    vertebrae = {level: _diseased(v, variant) for level, v in shape.vertebrae.items()}
    discs = {level: height * (1 - variant.disc_loss.get(level, 0.0)) for level, height in shape.discs.items()}
    return replace(shape, vertebrae=vertebrae, discs=discs)


def _diseased(v: VertebraShape, variant: SpineVariant) -> VertebraShape:
    changed = replace(
        v,
        osteophytes=variant.osteophytes.get(v.level, v.osteophytes),
        facet_growth=variant.facet_growth.get(v.level, v.facet_growth),
        sclerosis=variant.sclerosis.get(v.level, v.sclerosis),
    )
    fracture = variant.fractures.get(v.level)
    return fractured(changed, fracture) if fracture else changed


def fractured(v: VertebraShape, fracture: Fracture) -> VertebraShape:
    """The vertebra with its front, middle or whole height reduced by the fracture's loss."""
    kept = 1 - fracture.loss
    if fracture.kind == "wedge":
        return replace(v, front=v.front * kept)
    if fracture.kind == "crush":
        hollows = (v.concavity[0] * kept, v.concavity[1] * kept)
        return replace(v, front=v.front * kept, back=v.back * kept, concavity=hollows)
    deeper = fracture.loss * v.central_height / 2
    return replace(v, concavity=(v.concavity[0] + deeper, v.concavity[1] + deeper))
