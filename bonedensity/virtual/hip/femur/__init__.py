"""The proximal femur: head, neck, trochanters and shaft, with cortex and trabecular groups."""

from bonedensity.virtual.hip.femur.bone import make_femur
from bonedensity.virtual.hip.femur.shape import FemurShape
from bonedensity.virtual.hip.femur.solid import femur_solid

__all__ = ["FemurShape", "femur_solid", "make_femur"]
