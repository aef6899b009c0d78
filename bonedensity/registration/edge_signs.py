"""Whether a bone's own edges are really there in the radiograph: signs of the pose alone, not of the search.

The similarity at the finest level depends on how much of the radiograph is that bone: a vertebra scores lower than a
pelvis however well it fits. These signs look only where the bone's own edges project.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.ndimage import maximum_filter

from bonedensity.registration.similarity.gradient_correlation import STRONGEST_EDGES
from bonedensity.registration.similarity.plain_sums import gradients
from bonedensity.registration.similarity.smoothing import gaussian_weights, smoothed

Gradient = NDArray[np.float64]
"""(2, rows, columns): to the right and down."""

BAND_SHARE = 0.1
"""Of the bone's strongest gradient: what exceeds it, and the pixels around it, is the bone's edge band."""

STRONG_SHARE = 0.4
"""Of the bone's strongest gradient: what exceeds it is a strong edge."""

SAME_DIRECTION = math.cos(math.radians(30))
"""A radiograph's edge within 30 degrees of the bone's is the same edge."""

NEAR_MM, FAR_MM = 6.0, 45.0
"""In-plane shifts between these (mm at the bone) are rivals of the pose found; a vertebra's neighbour lies within."""


LEAST_ENERGY = 0.25
"""Of the radiograph's energy in the edge band at the pose: an emptier place cannot become a rival by its noise."""


@dataclass(frozen=True, slots=True)
class EdgeSigns:
    """Signs of one view; NaN where the view shows no edge of the bone.

    Attributes:
        correlation: Of the bone's gradients with the radiograph's within the bone's edge band, bones behind regressed
            out; 1 where all edges are there in proportion.
        found: Share of the bone's strong edges where the radiograph has an edge of the same direction.
        rival: Correlation at the best in-plane shift of 6 to 45 mm, in the region or not, as a share of that at the
            pose found (its best within two pixels); near 1 or above where another place fits as well.
    """

    correlation: float
    found: float
    rival: float


NO_EDGES = EdgeSigns(float("nan"), float("nan"), float("nan"))


def edge_signs(
    own: NDArray[np.float32],
    behind: NDArray[np.float32] | None,
    radiograph: NDArray[np.float32],
    region: NDArray[np.bool_] | None,
    *,
    smoothing_px: float,
    pixel_mm: float,
) -> EdgeSigns:
    """Compare a bone's edges with the radiograph's.

    Args:
        own: (rows, columns) DRR of the bone at its pose.
        behind: DRR of fixed bones; None without any.
        radiograph: (rows, columns), bone bright.
        region: True where to compare; None for everywhere.
        smoothing_px: Gaussian smoothing (standard deviation) of all images.
        pixel_mm: Size of a pixel at the bone's depth (mm).
    """
    everywhere = _without_rim(np.ones(own.shape, dtype=bool))
    inside = everywhere if region is None else everywhere & region
    moving, fixed = _gradient(own, smoothing_px), _limited(_gradient(radiograph, smoothing_px), inside)
    size = np.where(inside, np.hypot(*moving), 0.0)
    strongest = float(np.percentile(size[size > 0], STRONGEST_EDGES)) if (size > 0).any() else 0.0
    if strongest == 0:
        return NO_EDGES
    band = inside & maximum_filter(size > BAND_SHARE * strongest, 3)
    known = None if behind is None else _gradient(behind, smoothing_px)
    rest = fixed if known is None else _without(fixed, known, band)
    clean = moving if known is None else _without(moving, known, band)
    return EdgeSigns(
        correlation=_cosine(clean[:, band], rest[:, band]),
        found=_found(moving if known is None else moving + known, fixed, size > STRONG_SHARE * strongest, inside),
        rival=_rival(moving, rest, band, pixel_mm),
    )


def _gradient(image: NDArray[np.float32], smoothing_px: float) -> Gradient:
    grey = smoothed(np.asarray(image, dtype=np.float32), gaussian_weights(smoothing_px))
    return np.stack(gradients(grey)).astype(np.float64)


def _limited(gradient: Gradient, inside: NDArray[np.bool_]) -> Gradient:
    """The strongest 1 % held at their limit, as gradient correlation does: metal and gas must not outweigh bone."""
    limits = [max(float(np.percentile(np.abs(part[inside]), STRONGEST_EDGES)), 1e-12) for part in gradient]
    return np.stack([np.clip(part, -limit, limit) for part, limit in zip(gradient, limits, strict=True)])


def _without(gradient: Gradient, known: Gradient, band: NDArray[np.bool_]) -> Gradient:
    """What is left of a gradient when its part along a known one, fitted within the band, is taken off."""
    energy = float(np.vdot(known[:, band], known[:, band]))
    return gradient if energy == 0 else gradient - known * (float(np.vdot(known[:, band], gradient[:, band])) / energy)


def _cosine(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    length = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(np.vdot(first, second)) / length if length > 0 else 0.0


def _found(moving: Gradient, fixed: Gradient, strong: NDArray[np.bool_], inside: NDArray[np.bool_]) -> float:
    """Share of strong pixels whose radiograph gradient is more than the median one and points the same way."""
    lengths = np.hypot(*fixed)
    an_edge = lengths[strong] > np.median(lengths[inside])
    along = (moving[:, strong] * fixed[:, strong]).sum(axis=0)
    same = along > SAME_DIRECTION * lengths[strong] * np.hypot(*moving[:, strong])
    return float((an_edge & same).mean())


def _rival(moving: Gradient, fixed: Gradient, band: NDArray[np.bool_], pixel_mm: float) -> float:
    """Highest normalised correlation at far shifts over the highest near the pose, all shifts at once by Fourier."""
    reach = math.ceil(FAR_MM / pixel_mm)
    shape = tuple(next_fast_len(n + reach, real=True) for n in fixed.shape[1:])
    correlation = _shifted(fixed, moving * band, shape)
    energy = _shifted((fixed**2).sum(axis=0), band.astype(np.float64), shape)
    score = correlation / np.sqrt(np.maximum(energy, max(LEAST_ENERGY * energy[0, 0], 1e-30)))
    down, right = (np.minimum(np.arange(n), n - np.arange(n)) for n in shape)
    away = np.hypot(down[:, None], right[None]) * pixel_mm
    here = float(score[away <= 2 * pixel_mm].max())
    far = float(score[(away >= NEAR_MM) & (away <= FAR_MM)].max())
    return far / here if here > 0 else float("inf")


def _shifted(fixed: NDArray[np.float64], moving: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Sum of products at every shift of the second image, zeros around; components of a gradient are added up."""
    product = rfft2(fixed, s=shape) * np.conj(rfft2(moving, s=shape))
    return np.asarray(irfft2(product if product.ndim == 2 else product.sum(axis=0), s=shape))


def _without_rim(region: NDArray[np.bool_]) -> NDArray[np.bool_]:
    inner = np.zeros_like(region)
    inner[1:-1, 1:-1] = region[1:-1, 1:-1]
    return inner
