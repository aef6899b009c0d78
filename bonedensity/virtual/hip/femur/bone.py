"""The femur as a bone: surface, cortex and trabeculae."""

from __future__ import annotations

from bonedensity.virtual.bone import Bone
from bonedensity.virtual.hip.femur.cortex import femur_cortex
from bonedensity.virtual.hip.femur.shape import FemurShape
from bonedensity.virtual.hip.femur.solid import femur_solid
from bonedensity.virtual.hip.femur.trabeculae import femur_trabeculae

CORTICAL_MG_CM3 = 1100.0
"""Mineral of compact bone with its pores."""


def make_femur(name: str, shape: FemurShape, *, side: int) -> Bone:
    """The femur with its cortex and trabecular groups.

    Args:
        name: Label.
        shape: Its numbers, left side.
        side: +1 left, -1 right (mirrored).
    """
    return Bone(name, femur_solid(shape), femur_cortex(shape), femur_trabeculae(shape), CORTICAL_MG_CM3, side)
