"""Where soft tissue lies against the bones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.geometry import RigidTransform
from bonedensity.virtual.hip.pelvis import PelvisShape
from bonedensity.virtual.hip.soft.shape import SoftShape

REFERENCE_TROCHANTER_MM = 66.0
"""From the hip centre sideways to the trochanter's surface, reference pelvis."""

BACK_TISSUE_MM = 14.0
"""Behind the sacrum."""


@dataclass(frozen=True, slots=True)
class Place:
    """Puts soft tissue around one person's bones.

    Attributes:
        pelvis: The bones' numbers.
        soft: The tissue's numbers.
        legs: How the left and the right leg are turned about the hip: by the sign of x.
    """

    pelvis: PelvisShape
    soft: SoftShape
    legs: Mapping[int, RigidTransform] = field(default_factory=dict)

    @property
    def tall(self) -> float:
        """Scale along the body."""
        return self.pelvis.tall

    @property
    def hip_half_mm(self) -> float:
        """Half the breadth at the trochanters."""
        return self.pelvis.hip_distance_mm / 2 + REFERENCE_TROCHANTER_MM * self.pelvis.scale + self.soft.lateral_mm

    @property
    def back_mm(self) -> float:
        """y of the skin of the back."""
        return 98.0 * self.pelvis.scale + BACK_TISSUE_MM + 0.12 * (self.soft.depth_mm - 200.0)

    @property
    def front_mm(self) -> float:
        """y of the skin of the belly."""
        return self.back_mm - self.soft.depth_mm

    @property
    def belly_fat_mm(self) -> float:
        """Under the skin of trunk and flanks."""
        return max(self.soft.fat * (14.0 + 0.28 * (self.soft.depth_mm - 205.0)), 5.0)

    @property
    def thigh_fat_mm(self) -> float:
        """Under the skin of the thigh."""
        more = 0.10 * (self.soft.depth_mm - 205.0) + 0.15 * (self.soft.lateral_mm - 35.0)
        return max(self.soft.fat * (9.0 + more), 4.0)

    def at(self, points: ArrayLike, sign: int = 1) -> NDArray[np.float64]:
        """Points of the left half of the reference pelvis, in this person, left (1) or right (-1)."""
        return self.pelvis.place(points) * np.array([sign, 1, 1])

    def with_leg(self, points: NDArray[np.float64], sign: int) -> NDArray[np.float64]:
        """Points (N, 3) of the straight leg where the leg is: those above the hip stay, those well below go along."""
        if sign not in self.legs:
            return points
        share = np.clip((10.0 - points[:, 2]) / 60.0, 0, 1)[:, None]
        return points + share * (self.legs[sign].apply(points) - points)
