"""One forward model from tissue to grey value: beam, scatter, noise, detector and display; see docs/physics.md."""

from bonedensity.drr.physics.beam import primary_transmission
from bonedensity.drr.physics.exposure import exposure_of
from bonedensity.drr.physics.materials import material_paths, tissue_shares
from bonedensity.drr.physics.radiograph import simulate_radiograph
from bonedensity.drr.physics.randomised import random_settings
from bonedensity.drr.physics.settings import XraySettings

__all__ = [
    "XraySettings",
    "exposure_of",
    "material_paths",
    "primary_transmission",
    "random_settings",
    "simulate_radiograph",
    "tissue_shares",
]
