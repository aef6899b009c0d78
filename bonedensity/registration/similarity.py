"""Gradient correlation between a radiograph and a DRR (Penney 1998; Otake 2012)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

FLAT = 1e-12
"""Gradient energy below which an image counts as flat."""

STRONGEST_EDGES = 99.0
"""Percentile at which the radiograph's gradients are limited: metal and gas must not outweigh bone."""


class GradientCorrelation:
    """Mean of the normalised cross-correlations of the two gradient components; 1 where edges agree everywhere.

    Grey values may follow any increasing curve that is nearly linear at an edge: only gradients are compared.

    Args:
        fixed: The radiograph, (rows, columns).
        region: Where to compare; None for everywhere.
        smoothing_px: Gaussian smoothing of both images (standard deviation, pixels).
    """

    def __init__(
        self, fixed: NDArray[np.float32], region: NDArray[np.bool_] | None = None, *, smoothing_px: float = 0.0
    ) -> None:
        self._smoothing_px = smoothing_px
        inner = None if region is None else region[1:-1, 1:-1]
        self._region = inner
        self._fixed = [_normalised(_limited(g, inner), inner) for g in _gradients(_smoothed(fixed, smoothing_px))]

    def __call__(self, moving: NDArray[np.float32]) -> float:
        """Similarity of a DRR to the radiograph, in [-1, 1]; -1 where the DRR is flat."""
        gradients = _gradients(_smoothed(moving, self._smoothing_px))
        normalised = [_normalised(g, self._region) for g in gradients]
        if any(float(np.abs(g).max(initial=0.0)) == 0.0 for g in normalised):
            return -1.0
        return float(sum(np.vdot(a, b) for a, b in zip(self._fixed, normalised, strict=True))) / 2


def _smoothed(image: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    return gaussian_filter(image, sigma, truncate=3.0) if sigma > 0 else image


def _gradients(image: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Central differences to the right and down, on inner pixels."""
    right = image[1:-1, 2:] - image[1:-1, :-2]
    down = image[2:, 1:-1] - image[:-2, 1:-1]
    return right, down


def _limited(gradient: NDArray[np.float32], region: NDArray[np.bool_] | None) -> NDArray[np.float32]:
    limit = float(np.percentile(np.abs(gradient if region is None else gradient[region]), STRONGEST_EDGES))
    return np.clip(gradient, -limit, limit) if limit > 0 else gradient


def _normalised(gradient: NDArray[np.float32], region: NDArray[np.bool_] | None) -> NDArray[np.float32]:
    """Zero mean and unit length inside the region; zeros where the gradient is flat."""
    values = gradient.ravel() if region is None else gradient[region]
    centred = values - values.mean()
    energy = float(np.vdot(centred, centred))
    return centred / np.float32(np.sqrt(energy)) if energy > FLAT else np.zeros_like(centred)
