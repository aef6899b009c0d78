"""Radiographs of a virtual body at a known camera and pose, as departments make and process them."""

from bonedensity.virtual.radiographs.geometry import View, random_hip_view, random_spine_view
from bonedensity.virtual.radiographs.processing import Processing, processed, random_processing
from bonedensity.virtual.radiographs.taking import VirtualRadiograph, take_radiograph

__all__ = [
    "Processing",
    "View",
    "VirtualRadiograph",
    "processed",
    "random_hip_view",
    "random_processing",
    "random_spine_view",
    "take_radiograph",
]
