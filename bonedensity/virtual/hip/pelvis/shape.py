"""Numbers of one pelvis, and where points of the reference pelvis go for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

REFERENCE_HIP_MM = 81.6
"""Half the distance between the hip centres of the reference pelvis, in which control points are given."""

REFERENCE_GAP_MM = 2.3
"""Half the width of its symphysis."""

REFERENCE_HEIGHT_MM = 228.0
"""From the ischial tuberosity to the crest."""

REFERENCE_HEAD_MM = 24.3
"""Radius of its femoral heads."""

REFERENCE_BREADTH_MM = 54.7
"""From the hip centre to the most lateral point of the crest, sideways."""

ARCH_STARTS_MM = -38.0
"""Height below which the arch opens."""

REFERENCE_SACRUM_MM = 60.0
"""Half the breadth of its sacrum."""

REFERENCE_HALF_ARCH_DEG = 38.0
"""Half its sub-pubic angle."""

WIDEST_CREST_MM = 105.0
"""Height of that point above the hip centre."""

WIDEST_CREST_FRONT_MM = 15.0
"""How far it lies in front of the hip centre."""

PUBIS_BEFORE_MM = 40.0
"""How far the symphysis lies in front of the hip centre."""

PUBIS_ENDS_MM, PUBIS_MOVES_MM = -48.0, 25.0
"""Height of the symphysis's lower end, which stays, and how far above it all of it is carried along."""

FROM_PROMONTORY = (-0.6, -0.8)
"""The way (y, z) in which a deeper inlet carries it."""

EAR_BEHIND_MM = 55.0
"""How far the sacro-iliac joint lies behind the hip centre."""


@dataclass(frozen=True, slots=True)
class PelvisShape:
    """One pelvis; left and right are mirror images.

    Attributes:
        hip_distance_mm: Between the femoral heads' centres.
        head_radius_mm: Of the femoral heads.
        joint_space_mm: Between head and socket.
        bi_iliac_mm: Greatest breadth across the crests.
        height_mm: Of the hip bone, from ischial tuberosity to crest.
        sub_pubic_deg: Between the lower pubic rami.
        symphysis_mm: Between the pubic bones.
        version_deg: Turn of the socket's opening to the front.
        sacrum_width_mm: Breadth of the sacrum across its wings.
        centre_edge_deg: Wiberg's angle: how far the roof reaches over the head's centre.
        wall_mm: Bone around the socket, for a pelvis of scale 1.
        pubic_mm: How much farther from the promontory the symphysis's upper end lies than in the reference pelvis.
        cortex_factor: Multiplies the thickness of the cortex.
        density_factor: Multiplies the trabecular density, 1 for a woman of 55 years.
        texture_seed: Of the trabecular texture.
    """

    hip_distance_mm: float = 172.0
    head_radius_mm: float = 23.0
    joint_space_mm: float = 4.0
    bi_iliac_mm: float = 278.0
    height_mm: float = 208.0
    sub_pubic_deg: float = 82.0
    symphysis_mm: float = 4.6
    version_deg: float = 20.0
    sacrum_width_mm: float = 114.0
    centre_edge_deg: float = 31.0
    wall_mm: float = 5.2
    pubic_mm: float = 0.0
    cortex_factor: float = 1.0
    density_factor: float = 1.0
    texture_seed: int = 0

    @property
    def hip_centre(self) -> NDArray[np.float64]:
        """Of the left side; the middle between both hips is the origin (LPS mm)."""
        return np.array([self.hip_distance_mm / 2, 0.0, 0.0])

    @property
    def tall(self) -> float:
        """Scale along the body."""
        return self.height_mm / REFERENCE_HEIGHT_MM

    @property
    def scale(self) -> float:
        """Scale from front to back, and of thickness."""
        return 0.5 * (self.tall + self.head_radius_mm / REFERENCE_HEAD_MM)

    @property
    def turn_deg(self) -> float:
        """Turn of the wing about the long axis that brings its back to the sacrum's side."""
        there = self.hip_distance_mm / 2 - self.scale * (REFERENCE_HIP_MM - REFERENCE_SACRUM_MM)
        turn = (there - self.sacrum_width_mm / 2) / (EAR_BEHIND_MM * self.scale)
        return float(np.degrees(np.clip(turn, -0.17, 0.17)))

    @property
    def flare_deg(self) -> float:
        """Turn of the wing outwards that gives the breadth across the crests."""
        wanted = (self.bi_iliac_mm - self.hip_distance_mm) / 2
        turned = REFERENCE_BREADTH_MM + WIDEST_CREST_FRONT_MM * np.radians(self.turn_deg)
        missing = (wanted - turned * self.scale) / (WIDEST_CREST_MM * self.tall)
        return float(np.degrees(np.clip(missing, -0.3, 0.3)))

    @property
    def _inwards(self) -> float:
        """Scale from the symphysis to the hip centre."""
        return (self.hip_distance_mm - self.symphysis_mm) / 2 / (REFERENCE_HIP_MM - REFERENCE_GAP_MM)

    def place(self, points: ArrayLike) -> NDArray[np.float64]:
        """Points (..., 3) of the left half of the reference pelvis, in this one (LPS mm)."""
        p = np.asarray(points, dtype=np.float64)
        inner = self.symphysis_mm / 2 + (p[..., 0] - REFERENCE_GAP_MM) * self._inwards
        outer = self.hip_distance_mm / 2 + self.scale * (p[..., 0] - REFERENCE_HIP_MM)
        x = np.where(p[..., 0] < REFERENCE_HIP_MM, inner, outer) + self._opened(p[..., 2])
        upper = np.clip((p[..., 2] - PUBIS_ENDS_MM) / PUBIS_MOVES_MM, 0.0, 1.0)
        away = self.pubic_mm * upper * np.clip(-p[..., 1] / PUBIS_BEFORE_MM, 0.0, 1.0)
        y, z = self.scale * p[..., 1] + FROM_PROMONTORY[0] * away, self.tall * p[..., 2] + FROM_PROMONTORY[1] * away
        return np.stack([x, y, z], axis=-1)

    def _opened(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far a wider arch pushes the ischium outwards (mm), more the lower it lies."""
        wanted, reference = np.tan(np.radians([self.sub_pubic_deg / 2, REFERENCE_HALF_ARCH_DEG]))
        more = float(self.tall * wanted - self._inwards * reference)
        return more * np.clip((ARCH_STARTS_MM - z), 0.0, None)
