"""Lines of projected bones: their inner and outer edges, and the rim of their shadow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SMOOTHING_PX = 1.5
"""Gaussian smoothing before edges are looked for (standard deviation)."""

STRONG_EDGES = 88.0
"""Percentile of the gradients, where there are any, above which an edge is drawn."""

SOLID = 0.005
"""Share of the densest ray from which a pixel counts as covered by a bone: an iliac wing is thin, a rim half empty."""


def thin_edges(image: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Ridge lines, one pixel wide, of the strong gradients of an image (rows, columns)."""
    from scipy.ndimage import gaussian_filter

    values = gaussian_filter(np.asarray(image, dtype=np.float32), SMOOTHING_PX, truncate=3.0)
    down, right = np.gradient(values)
    size = np.hypot(down, right)
    filled = size[size > 1e-4 * max(float(values.max()), 1e-9)]
    if not filled.size:
        return np.zeros(size.shape, dtype=bool)
    horizontal = (size >= np.roll(size, 1, axis=1)) & (size >= np.roll(size, -1, axis=1))
    vertical = (size >= np.roll(size, 1, axis=0)) & (size >= np.roll(size, -1, axis=0))
    ridge = np.where(np.abs(right) >= np.abs(down), horizontal, vertical)
    return np.asarray(ridge & (size > np.percentile(filled, STRONG_EDGES)))


def covered(projection: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Where a bone's projection shows the bone."""
    values = np.asarray(projection)
    return np.asarray(values > SOLID * max(float(values.max()), 1e-9))


def rim(mask: NDArray[np.bool_], *, width: int = 2) -> NDArray[np.bool_]:
    """The rim of a region, drawn inside it; where the region goes on beyond the picture there is no rim."""
    inner = mask
    for _ in range(width):
        grown = np.pad(inner, 1, mode="edge")
        inner = grown[1:-1, 1:-1] & grown[:-2, 1:-1] & grown[2:, 1:-1] & grown[1:-1, :-2] & grown[1:-1, 2:]
    return np.asarray(mask & ~inner)
