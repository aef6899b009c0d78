"""From material paths to what the detector reads: beam, heel, blades, scatter, counting, blur, read-out."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from bonedensity.drr.physics.beam import heel_profile, primary_transmission
from bonedensity.drr.physics.collimation import open_field
from bonedensity.drr.physics.materials import MaterialPaths
from bonedensity.drr.physics.scatter import scatter_of
from bonedensity.drr.physics.settings import XraySettings


def exposure_of(
    paths: MaterialPaths,
    pixel_spacing_mm: tuple[float, float],
    settings: XraySettings,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Detected energy per pixel, relative to the open beam in the image's centre; (rows, columns).

    Args:
        paths: Lengths (mm) by material, each (rows, columns).
        pixel_spacing_mm: (row, column) on the detector.
        settings: Exposure.
        rng: For quantum and electronic noise.
    """
    transmission = primary_transmission(paths, settings)
    shape = (transmission.shape[0], transmission.shape[1])
    field = heel_profile(shape, settings) * open_field(shape, settings)
    arriving = field * transmission + scatter_of(transmission, field, pixel_spacing_mm, settings)
    photons = settings.photons_per_mm2 * pixel_spacing_mm[0] * pixel_spacing_mm[1]
    counted = arriving if math.isinf(photons) else rng.poisson(arriving * photons) / photons
    blur = [settings.detector_blur_mm / s for s in pixel_spacing_mm]
    read = np.asarray(gaussian_filter(counted, blur), dtype=np.float64)
    if settings.electronic_noise_photons > 0 and not math.isinf(photons):
        read += rng.normal(scale=settings.electronic_noise_photons / photons, size=read.shape)
    return read


def detected_exposure(
    soft_mm: NDArray[np.float32],
    bone_mm: NDArray[np.float32],
    pixel_spacing_mm: tuple[float, float],
    settings: XraySettings,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """`exposure_of` soft tissue and cortical bone alone.

    Args:
        soft_mm: Soft tissue along each ray (mm).
        bone_mm: Cortical bone along each ray (mm).
        pixel_spacing_mm: (row, column) on the detector.
        settings: Exposure.
        rng: For quantum and electronic noise.
    """
    return exposure_of({"soft_tissue": soft_mm, "cortical_bone": bone_mm}, pixel_spacing_mm, settings, rng)
