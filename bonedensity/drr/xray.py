"""A radiograph simulated from a CT; the model itself is in `drr.physics`, its equations in docs/physics.md."""

from bonedensity.drr.physics.exposure import detected_exposure, exposure_of
from bonedensity.drr.physics.materials import material_lengths, material_paths
from bonedensity.drr.physics.radiograph import simulate_radiograph
from bonedensity.drr.physics.randomised import random_settings
from bonedensity.drr.physics.settings import XraySettings

__all__ = [
    "XraySettings",
    "detected_exposure",
    "exposure_of",
    "material_lengths",
    "material_paths",
    "random_settings",
    "simulate_radiograph",
]
