"""The pelvis under the spine: sacrum and hip bones, rolled until the sacral plate has the posture's slope."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bonedensity.geometry import RigidTransform
from bonedensity.virtual.bone import Bone
from bonedensity.virtual.hip.pelvis.hip_bone import make_hip_bone
from bonedensity.virtual.hip.pelvis.shape import PelvisShape
from bonedensity.virtual.hip.sacrum import SacrumShape, leaning, make_sacrum
from bonedensity.virtual.population.person import Sex
from bonedensity.virtual.spine.spine_shape import SpineShape

PELVES: dict[Sex, PelvisShape] = {
    "male": PelvisShape(176.0, 24.8, 4.2, 280.0, 220.0, 66.0, 4.5, 19.0, 112.0),
    "female": PelvisShape(174.0, 22.0, 3.9, 274.0, 203.0, 86.0, 4.7, 22.0, 110.0),
}
"""Average pelves (anatomy sheet, section 2)."""

REFERENCE_TRABECULAR = 145.0
"""Lumbar density at which the pelvis has its usual one (mg/cm³)."""


@dataclass(frozen=True, slots=True)
class PelvisBelow:
    """A pelvis that carries a spine.

    Attributes:
        sacrum: The sacrum in its pelvis, before the roll.
        roll: World from pelvis: about the axis through both hips, whose middle is the origin.
    """

    sacrum: SacrumShape
    roll: RigidTransform

    @property
    def plate(self) -> RigidTransform:
        """World from the sacral plate: its middle, z along its normal."""
        return self.roll @ self.sacrum.plate

    def bones(self) -> tuple[Bone, Bone, Bone]:
        """Sacrum, left and right hip bone."""
        hips = (
            make_hip_bone(name, self.sacrum.pelvis, side=side) for name, side in (("hip_left", 1), ("hip_right", -1))
        )
        sacrum, left, right = (bone.moved(self.roll) for bone in (make_sacrum(self.sacrum), *hips))
        return sacrum, left, right


def pelvis_below(shape: SpineShape, sex: Sex, slope_deg: float) -> PelvisBelow:
    """The pelvis of a spine.

    Args:
        shape: Gives its size and density.
        sex: Gives its proportions.
        slope_deg: Of the sacral plate in the posture.
    """
    mean = PELVES[sex]
    s = shape.size
    pelvis = replace(
        mean,
        hip_distance_mm=s * mean.hip_distance_mm,
        head_radius_mm=s * mean.head_radius_mm,
        bi_iliac_mm=s * mean.bi_iliac_mm,
        height_mm=s * mean.height_mm,
        sacrum_width_mm=s * mean.sacrum_width_mm,
        cortex_factor=shape.cortex,
        density_factor=shape.trabecular["L4"] / REFERENCE_TRABECULAR,
    )
    sacrum = SacrumShape(pelvis)
    return PelvisBelow(sacrum, leaning(np.zeros(3), slope_deg - sacrum.slope_deg))
