"""Rays of a DXA scan and the logarithm of attenuation at both energies."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from bonedensity.drr.attenuation import linear_attenuation
from bonedensity.geometry import RayGrid, parallel_rays
from bonedensity.virtual.dxa.systems import DxaSystem

SOURCE_BELOW_SKIN_MM = 450.0
"""A wide fan's source under the patient's back."""

NOMINAL_BONE_MM = 90.0
"""Height above the back of the plane in which a wide fan's pixels have their size; bone elsewhere is magnified."""

REACH_MM = 600.0
LEFT, FEET = (1.0, 0.0, 0.0), (0.0, 0.0, -1.0)


def scan_rays(centre: NDArray[np.float64], back_mm: float, shape: tuple[int, int], system: DxaSystem) -> RayGrid:
    """Rays in the body's frame (LPS mm), columns to the patient's left and rows to the feet.

    Args:
        centre: In the middle of the image (LPS mm); its y is not used.
        back_mm: Height (y) of the patient's back.
        shape: (rows, columns).
        system: Beam and pixels.
    """
    rows, columns = shape
    if system.beam == "narrow":
        return parallel_rays(
            centre=centre, right=LEFT, down=FEET, rows=rows, columns=columns,
            pixel_spacing_mm=system.pixel_mm, reach_mm=REACH_MM,
        )  # fmt: skip
    step_row, step_column = system.pixel_mm
    first_z = centre[2] + step_row * (rows - 1) / 2
    source = np.array([[centre[0], 0, 0], [back_mm + SOURCE_BELOW_SKIN_MM, 0, 0], [first_z, 0, -step_row]])
    stretch = (REACH_MM + SOURCE_BELOW_SKIN_MM) / (SOURCE_BELOW_SKIN_MM + NOMINAL_BONE_MM)
    first_x = centre[0] - stretch * step_column * (columns - 1) / 2
    end = np.array([[first_x, stretch * step_column, 0], [back_mm - REACH_MM, 0, 0], [first_z, 0, -step_row]])
    return RayGrid(source, end, rows, columns)


def log_attenuation(
    materials: Mapping[str, NDArray[np.float32]], system: DxaSystem, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """-log of what arrives at the low and at the high energy, with counting noise, (rows, columns).

    Args:
        materials: Length (mm) by material.
        system: Energies, photons and blur.
        rng: As many numbers are drawn whatever the body is.
    """
    photons = system.photons_per_mm2 * system.pixel_mm[0] * system.pixel_mm[1]
    sigma = [system.blur_mm / p for p in system.pixel_mm]
    logs = []
    for kev in (system.low_kev, system.high_kev):
        parts = [linear_attenuation(name, kev) * length.astype(np.float64) for name, length in materials.items()]
        log = np.sum(parts, axis=0)
        log = gaussian_filter(log, sigma, mode="nearest")
        noise = rng.standard_normal(log.shape)
        logs.append(log + noise * np.exp(log / 2) / np.sqrt(photons) if np.isfinite(photons) else log)
    return logs[0], logs[1]
