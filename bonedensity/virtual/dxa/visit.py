"""What differs from one DXA visit to the next, though the body is the same: lie, regions' placement, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.geometry import RigidTransform
from bonedensity.virtual.dxa.region import Landmarks

TURNED_DEG, SHIFTED_MM = (1.0, 1.5, 1.0), 4.0
"""Standard deviations of how a person is laid down anew: turns about x, z and y (degrees), and shift."""

PLACED_MM = 1.0
"""Standard deviation, along rows and along columns, of where an operator sees a landmark that a line is laid through:
a neck's box then turns by 3 degrees, as between operators."""

CALIBRATION = 0.015
"""Standard deviation of a scanner's scale over the years and between devices; a choice, 1 to 2 % being usual."""

MOST_LANDMARKS = 6
"""A spine's lines need T12 to L5; a hip's fewer."""


@dataclass(frozen=True, slots=True, eq=False)
class Visit:
    """One visit's draws.

    Attributes:
        turn_deg: Of the person, about x, y and z.
        shift_mm: To the left and up.
        placed_mm: (landmark, 2) error of the operator along (column, row).
        calibration: The scanner's scale over its usual one.
    """

    turn_deg: NDArray[np.float64]
    shift_mm: tuple[float, float]
    placed_mm: NDArray[np.float64]
    calibration: float

    @classmethod
    def drawn(cls, rng: np.random.Generator, *, varied: bool) -> Visit:
        """A visit; as many numbers are drawn whether it is varied or not."""
        lie = rng.normal(size=6) * float(varied)
        apart = rng.spawn(1)[0]  # the image's noise stays the same however many numbers the operator takes
        placed = PLACED_MM * apart.normal(size=(MOST_LANDMARKS, 2)) * float(varied)
        scale = 1 + CALIBRATION * float(apart.normal()) * float(varied)
        turn = np.array([TURNED_DEG[0], TURNED_DEG[2], TURNED_DEG[1]]) * lie[:3]
        return cls(turn, (SHIFTED_MM * float(lie[3]), SHIFTED_MM * float(lie[5])), placed, scale)

    def pose(self, middle: NDArray[np.float64]) -> RigidTransform:
        """Where the person lies, from the body's own frame (LPS mm), turned about a point."""
        return RigidTransform.from_parameters([*self.turn_deg, self.shift_mm[0], 0.0, self.shift_mm[1]], centre=middle)

    def seen(self, landmarks: Landmarks, names: Sequence[str]) -> Landmarks:
        """Landmarks (mm on the image) where the operator takes the named ones to be."""
        off = {name: error for name, error in zip(names, self.placed_mm, strict=False) if name in landmarks}
        return {**landmarks, **{name: landmarks[name] + error for name, error in off.items()}}
