"""What a real beam does to a CT: cupping, dark bands between dense bones, streaks from metal, noise where few arrive.

The scene is projected on a coarse grid along parallel rays within each slice. What the spectrum makes of a ray, less
what one energy would, is reconstructed by filtered back-projection: an error in HU, smooth but for metal.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.sparse import csr_matrix

from bonedensity.drr.attenuation import mass_attenuation
from bonedensity.drr.spectrum import tube_spectrum
from bonedensity.virtual.scan.energy import effective_kev

ANGLES = 48
HIGHEST_TABLED_KVP = 120.0
FILTER_CM = 10.0
"""Of water: what a CT's own filters (6-10 mm aluminium and the bow tie) harden the beam by, before the patient."""

LONGEST_CM = 120.0
"""Of water along a ray."""

STARVED_LOG = 6.5
"""-log of what arrives beyond which the detector hardly counts: metal's shadow is clipped there, and streaks follow."""

METAL_HU = 3000.0


@dataclass(frozen=True, slots=True, eq=False)
class BeamErrors:
    """On the coarse grid.

    Attributes:
        hu: Added to the image (HU), (K, J, I).
        noise: Noise relative to the middle of the body, (K, J, I).
    """

    hu: NDArray[np.float32]
    noise: NDArray[np.float32]


def beam_errors(
    water: NDArray[np.float32],
    mineral: NDArray[np.float32],
    *,
    pixel_mm: float,
    kvp: float,
    hardening: float,
    cupping: float,
) -> BeamErrors:
    """Errors of a scene given on a coarse grid.

    Args:
        water: (HU + 1000) / 1000 of all but mineral, what the mineral displaces taken off, (K, J, I).
        mineral: mg/cm³ CHA, (K, J, I).
        pixel_mm: Pixel size of the grid.
        kvp: Tube voltage (kV).
        hardening: Share of the hardening by mineral that is left.
        cupping: Share of the hardening by water that is left.
    """
    metal_share = np.where(water > (METAL_HU + 1000) / 1000, water - 1, np.float32(0))
    slices, *plane = water.shape
    rays = _rays((plane[0], plane[1]))
    water_cm = rays @ water.reshape(slices, -1).T * (pixel_mm / 10)
    mineral_g = rays @ np.maximum(mineral, 0).reshape(slices, -1).T * (pixel_mm / 1e4)
    kev = effective_kev(kvp)
    one, crystal = (mass_attenuation(name, kev) for name in ("water", "hydroxyapatite"))
    metal_cm = rays @ metal_share.reshape(slices, -1).T * (pixel_mm / 10)
    water_cm, mineral_g = water_cm - metal_cm, mineral_g + one / crystal * metal_cm  # metal hardens as dense mineral
    measured = _measured_water_cm(water_cm, mineral_g, kvp)
    straight = water_cm + crystal / one * mineral_g
    error = hardening * (measured - straight) + cupping * _uncorrected_cm(water_cm, kvp)
    arrived = np.minimum(one * straight, STARVED_LOG)
    error -= np.where(metal_cm > 0.25, straight - arrived / one, 0)
    shape = (slices, plane[0], plane[1])
    hu = _back_projected(_ramped(error, ANGLES), rays, shape) * (1000 * np.pi / ANGLES / (pixel_mm / 10))
    variance = _back_projected(np.exp(arrived), rays, shape) / ANGLES
    return BeamErrors(hu.astype(np.float32), _relative_noise(variance, water))


def _measured_water_cm(
    water_cm: NDArray[np.float64], mineral_g: NDArray[np.float64], kvp: float
) -> NDArray[np.float64]:
    """Water (cm) that lets as much of the spectrum through as each ray's water and mineral: the water correction."""
    energies, weights = _beam(kvp)
    lengths = np.linspace(0, LONGEST_CM, 400)
    through = sum(w * np.exp(-mass_attenuation("water", e) * lengths) for e, w in zip(energies, weights, strict=True))
    arrived = np.zeros(water_cm.shape)
    for e, w in zip(energies, weights, strict=True):
        path = mass_attenuation("water", e) * water_cm + mass_attenuation("hydroxyapatite", e) * mineral_g
        arrived += w * np.exp(-path)
    table = -np.log(np.asarray(through))
    return np.interp(-np.log(np.maximum(arrived, np.exp(-table[-1]))), table, lengths)


def _uncorrected_cm(water_cm: NDArray[np.float64], kvp: float) -> NDArray[np.float64]:
    """What would be missing or too much (cm) if the water correction were one factor for all rays."""
    energies, weights = _beam(kvp)
    arrived = sum(w * np.exp(-mass_attenuation("water", e) * water_cm) for e, w in zip(energies, weights, strict=True))
    log = -np.log(np.maximum(np.asarray(arrived), 1e-30))
    return log * ((water_cm**2).sum() / max(float((log * water_cm).sum()), 1e-9)) - water_cm


def _beam(kvp: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Energies and shares of the energy that reaches the patient."""
    energies, photons = tube_spectrum(min(kvp, HIGHEST_TABLED_KVP))
    weights = energies * photons * np.exp([-FILTER_CM * mass_attenuation("water", e) for e in energies])
    return energies, weights / weights.sum()


@cache
def _rays(plane: tuple[int, int]) -> csr_matrix:
    """(angles x detector, rows x columns): each pixel is shared by the two detector cells that it projects between."""
    rows, columns = plane
    cells = int(np.ceil(np.hypot(rows, columns))) + 3
    y, x = np.mgrid[0:rows, 0:columns].reshape(2, -1) - np.array([[(rows - 1) / 2], [(columns - 1) / 2]])
    angles = np.arange(ANGLES) * np.pi / ANGLES
    at = x[None] * np.cos(angles)[:, None] + y[None] * np.sin(angles)[:, None] + (cells - 1) / 2
    first = np.floor(at).astype(int)
    share = (at - first).astype(np.float32)
    ray = first + np.arange(ANGLES)[:, None] * cells
    pixel = np.broadcast_to(np.arange(rows * columns), ray.shape)
    where = (np.concatenate([ray.ravel(), ray.ravel() + 1]), np.concatenate([pixel.ravel()] * 2))
    values = np.concatenate([1 - share.ravel(), share.ravel()])
    return csr_matrix((values, where), shape=(ANGLES * cells, rows * columns))


def _ramped(sinogram: NDArray[np.float64], angles: int) -> NDArray[np.float64]:
    """Filtered for back-projection along the detector, per cell; (angles x detector, slices)."""
    views = sinogram.reshape(angles, -1, sinogram.shape[1])
    length = fft.next_fast_len(2 * views.shape[1])
    n = np.minimum(np.arange(length), length - np.arange(length))
    kernel = np.zeros(length)
    kernel[0], odd = 0.25, n % 2 == 1
    kernel[odd] = -1 / (np.pi * n[odd]) ** 2
    spectrum = fft.rfft(views, length, axis=1) * fft.rfft(kernel)[None, :, None]
    return np.asarray(fft.irfft(spectrum, length, axis=1)[:, : views.shape[1]]).reshape(sinogram.shape)


def _back_projected(
    sinogram: NDArray[np.float64], rays: csr_matrix, shape: tuple[int, int, int]
) -> NDArray[np.float64]:
    return np.asarray(rays.T @ sinogram).T.reshape(shape)


def _relative_noise(variance: NDArray[np.float64], water: NDArray[np.float32]) -> NDArray[np.float32]:
    body = water > 0.5
    middle = np.median(variance[body]) if body.any() else 1.0
    return np.sqrt(variance / middle).astype(np.float32)
