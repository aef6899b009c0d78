"""Bone told apart from soft tissue by two energies; what soft tissue is made of is read beside the bone.

J_E = mu_b(E) A + mu_s(E) S. With R = mu_s(low) / mu_s(high) of the soft tissue,
A = (J_low - R J_high) / (mu_b(low) - R mu_b(high)).
R is J_low / J_high where there is no bone, and between that smooth: where the fat over the bone differs from the fat
around it, A is wrong, as in real scanners. Where there is bone is found in turn with R, from a first guess of one R.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, binary_fill_holes, gaussian_filter

from bonedensity.drr.attenuation import mass_attenuation
from bonedensity.virtual.dxa.systems import DxaSystem
from bonedensity.virtual.upsampled import upsampled

TISSUE_LOG = 0.7
"""-log at the high energy above which a pixel holds the body (about 4 cm)."""

BONE_G_CM2, MARGIN_MM = 0.18, 4.0
"""Areal density from which a pixel is kept out of the soft tissue's ratio, and how much around it; what bone encloses,
such as an old trochanter's inside, counts as bone."""

FATTY_G_CM2 = -0.3
"""Apparent areal density below which a pixel is kept out: much fatter than what lies around it."""

THICK_SHARE, THICK_PERCENTILE = 0.5, 80.0
"""Soft tissue is read where the body is at least half as thick as along most rays: its rim is skin and fat alone."""

CELL_MM = 2.0
"""The soft tissue's ratio is sought on cells of about this size."""

WIDTHS_MM = (40.0, 20.0, 10.0, 5.0)
"""Gaussians of the ratio: where enough soft tissue lies within a narrower one, it replaces the wider one's.

The narrowest serves the last round alone: bone that is missed at first would make a ratio of its own."""

ENOUGH = 0.1
"""Share of soft tissue within a Gaussian from which it counts fully."""

ROUNDS, FIRST_PERCENTILE = 5, 40.0
"""Bone and ratio found in turn, from a ratio that most of the body exceeds, since bone raises it."""


def bone_image(
    low: NDArray[np.float64], high: NDArray[np.float64], system: DxaSystem
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Areal mineral density (g/cm², true scale) and the ratio R that was used, (rows, columns).

    Args:
        low: -log of what arrives at the low energy.
        high: At the high energy.
        system: Energies and pixels.
    """
    cells = (max(round(CELL_MM / system.pixel_mm[0]), 1), max(round(CELL_MM / system.pixel_mm[1]), 1))
    ratio = _spread(soft_ratio(_cell_means(low, cells), _cell_means(high, cells), system, cells), cells, low.shape)
    return np.where(high > TISSUE_LOG, areal(low, high, ratio, system), 0.0), ratio


def lean_ratio(system: DxaSystem) -> float:
    """R of muscle, the highest of any soft tissue."""
    return mass_attenuation("soft_tissue", system.low_kev) / mass_attenuation("soft_tissue", system.high_kev)


def areal(
    low: NDArray[np.float64], high: NDArray[np.float64], ratio: NDArray[np.float64], system: DxaSystem
) -> NDArray[np.float64]:
    """Areal mineral density (g/cm²) for a soft tissue ratio in each pixel."""
    bone_low, bone_high = (mass_attenuation("hydroxyapatite", e) for e in (system.low_kev, system.high_kev))
    return np.asarray((low - ratio * high) / (bone_low - ratio * bone_high))


def soft_ratio(
    low: NDArray[np.float64], high: NDArray[np.float64], system: DxaSystem, cells: tuple[int, int]
) -> NDArray[np.float64]:
    """R in every cell.

    Args:
        low: -log at the low energy, mean of each cell.
        high: At the high energy.
        system: Energies and pixels.
        cells: Pixels of a cell along rows and columns.
    """
    tissue = high > TISSUE_LOG
    if not tissue.any():
        return np.full_like(low, lean_ratio(system))
    thick = tissue & (high > THICK_SHARE * np.percentile(high[tissue], THICK_PERCENTILE))
    size_mm = (cells[0] * system.pixel_mm[0], cells[1] * system.pixel_mm[1])
    ratio = np.full_like(low, np.percentile(low[thick] / high[thick], FIRST_PERCENTILE))
    for round_ in range(ROUNDS):
        found = areal(low, high, ratio, system)
        bone = binary_fill_holes(binary_dilation(found > BONE_G_CM2, iterations=round(MARGIN_MM / max(size_mm))))
        free = thick & ~bone & (found > FATTY_G_CM2)
        if not free.any():
            return ratio
        ratio = _smooth_ratio(low, high, free, size_mm, WIDTHS_MM if round_ == ROUNDS - 1 else WIDTHS_MM[:-1])
    return ratio


def _smooth_ratio(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    free: NDArray[np.bool_],
    size_mm: tuple[float, float],
    widths_mm: Sequence[float],
) -> NDArray[np.float64]:
    """Ratio of the free cells around each, as near as there are enough of them."""
    ratio = np.full_like(low, low[free].sum() / high[free].sum())
    for width in widths_mm:
        top, bottom, share = (
            gaussian_filter(np.where(free, part, 0.0), [width / s for s in size_mm], mode="nearest")
            for part in (low, high, np.ones_like(low))
        )
        near = np.divide(top, bottom, out=ratio.copy(), where=share > 1e-6)
        ratio += np.clip(share / ENOUGH, 0, 1) * (near - ratio)
    return ratio


def _cell_means(image: NDArray[np.float64], cells: tuple[int, int]) -> NDArray[np.float64]:
    """Means over whole cells; the last may overhang and repeats the image's edge."""
    over = [(0, -n % c) for n, c in zip(image.shape, cells, strict=True)]
    padded = np.pad(image, over, mode="edge")
    blocks = padded.reshape(padded.shape[0] // cells[0], cells[0], padded.shape[1] // cells[1], cells[1])
    return np.asarray(blocks.mean(axis=(1, 3)))


def _spread(values: NDArray[np.float64], cells: tuple[int, int], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Values of cells at every pixel, linear between."""
    at = [(np.arange(n) + 0.5) / c - 0.5 for n, c in zip(shape, cells, strict=True)]
    return upsampled(values[None].astype(np.float32), [np.zeros(1), *at])[0].astype(np.float64)
