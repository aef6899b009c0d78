"""Bone told apart from soft tissue by two energies; what soft tissue is made of is read beside the bone.

J_E = mu_b(E) A + mu_s(E) S. With R = mu_s(low) / mu_s(high) of the soft tissue,
A = (J_low - R J_high) / (mu_b(low) - R mu_b(high)).
R is J_low / J_high where there is no bone, interpolated along each scan line to where there is: where the fat over the
bone differs from the fat beside it, A is wrong, as in real scanners.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, gaussian_filter

from bonedensity.drr.attenuation import mass_attenuation
from bonedensity.virtual.dxa.systems import DxaSystem

TISSUE_LOG = 0.7
"""-log at the high energy above which a pixel holds the body (about 4 cm)."""

BONE_G_CM2 = 0.12
"""Smoothed areal density from which a pixel is kept out of the soft tissue's ratio."""

MARGIN_MM = 4.0
"""Also kept out, around bone."""

SMOOTH_MM, LINE_MM, AROUND_MM = 1.5, 5.0, 25.0
"""Gaussians: before bone is looked for, of the soft tissue's ratio, and of its first guess."""

ENOUGH_MM = 6.0
"""Soft tissue along a line from which the line is interpolated; with less, the surroundings serve."""

THICK_SHARE, THICK_PERCENTILE = 0.75, 80.0
"""Soft tissue is read where the body is not much thinner than along most of the line: at its sides is fat alone."""


def bone_image(
    low: NDArray[np.float64], high: NDArray[np.float64], system: DxaSystem
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Areal mineral density (g/cm², true scale) and the ratio R that was used, (rows, columns).

    Args:
        low: -log of what arrives at the low energy.
        high: At the high energy.
        system: Energies and pixels.
    """
    tissue = high > TISSUE_LOG
    certain = _bone(low, high, np.full_like(low, lean_ratio(system)), system)
    thick = _thick(high, tissue)
    around = _local_ratio(low, high, thick & ~certain, AROUND_MM, system)[0]
    free = thick & ~(certain | _bone(low, high, around, system))
    guess = soft_ratio(low, high, free, around, system)
    return np.where(tissue, areal(low, high, guess, system), 0.0), guess


def lean_ratio(system: DxaSystem) -> float:
    """R of muscle, the highest of any soft tissue: what lies above holds bone."""
    return mass_attenuation("soft_tissue", system.low_kev) / mass_attenuation("soft_tissue", system.high_kev)


def areal(
    low: NDArray[np.float64], high: NDArray[np.float64], ratio: NDArray[np.float64], system: DxaSystem
) -> NDArray[np.float64]:
    """Areal mineral density (g/cm²) for a soft tissue ratio in each pixel."""
    bone_low, bone_high = (mass_attenuation("hydroxyapatite", e) for e in (system.low_kev, system.high_kev))
    return np.asarray((low - ratio * high) / (bone_low - ratio * bone_high))


def soft_ratio(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    free: NDArray[np.bool_],
    around: NDArray[np.float64],
    system: DxaSystem,
) -> NDArray[np.float64]:
    """R in every pixel: smoothed where there is no bone, straight along the scan line across bone.

    Args:
        low: -log at the low energy.
        high: At the high energy.
        free: Pixels of soft tissue alone.
        around: R for lines without any.
        system: Pixels.
    """
    local, known = _local_ratio(low, high, free, LINE_MM, system)
    columns, ratio = np.arange(low.shape[1]), around.copy()
    for row in range(low.shape[0]):
        here = np.flatnonzero(free[row] & known[row])
        if here.size * system.pixel_mm[1] >= ENOUGH_MM:
            ratio[row] = np.interp(columns, here, local[row, here])
    return np.asarray(gaussian_filter(ratio, [LINE_MM / system.pixel_mm[0], 0], mode="nearest"))


def _thick(high: NDArray[np.float64], tissue: NDArray[np.bool_]) -> NDArray[np.bool_]:
    lines = np.full(high.shape[0], np.inf)
    for row in np.flatnonzero(tissue.any(axis=1)):
        lines[row] = np.percentile(high[row, tissue[row]], THICK_PERCENTILE)
    return np.asarray(tissue & (high > THICK_SHARE * lines[:, None]))


def _bone(
    low: NDArray[np.float64], high: NDArray[np.float64], ratio: NDArray[np.float64], system: DxaSystem
) -> NDArray[np.bool_]:
    """Pixels that hold bone if soft tissue has this ratio, and those beside them."""
    smooth = _smoothed(areal(low, high, ratio, system), SMOOTH_MM, system)
    return np.asarray(binary_dilation(smooth > BONE_G_CM2, iterations=round(MARGIN_MM / min(system.pixel_mm))))


def _local_ratio(
    low: NDArray[np.float64], high: NDArray[np.float64], free: NDArray[np.bool_], width_mm: float, system: DxaSystem
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Mean ratio of the free pixels around each, and where there are any; elsewhere that of all free pixels."""
    top = _smoothed(np.where(free, low, 0.0), width_mm, system)
    bottom = _smoothed(np.where(free, high, 0.0), width_mm, system)
    known = _smoothed(free.astype(np.float64), width_mm, system) > 0.02
    overall = float(low[free].sum() / high[free].sum()) if free.any() else lean_ratio(system)
    return np.divide(top, bottom, out=np.full_like(top, overall), where=known), known


def _smoothed(image: NDArray[np.float64], width_mm: float, system: DxaSystem) -> NDArray[np.float64]:
    return np.asarray(gaussian_filter(image, [width_mm / p for p in system.pixel_mm], mode="nearest"))
