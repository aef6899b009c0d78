"""The renderer that needs nothing but numpy and scipy: Joseph's method one slice at a time. Slow but sure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.geometry import RayGrid


def joseph_slabs(array: NDArray[np.float32], rays: RayGrid, affine: NDArray[np.float64]) -> NDArray[np.float32]:
    """The same integral as `kernels.joseph_rows`, for every ray at once, with one steepest axis for the whole image.

    Args:
        array: (K, J, I) float32.
        rays: In index space.
        affine: 3x3, index step to mm.

    Returns:
        (rows, columns) float32: value x mm.
    """
    from scipy.ndimage import map_coordinates  # here alone: its import outlasts the other renderers' first image

    start, end = rays.ends()
    direction = end - start
    m = int(np.argmax(np.abs(direction.reshape(-1, 3).mean(axis=0))))
    a, b = (m + 1) % 3, (m + 2) % 3
    slices = np.moveaxis(array, [2 - m, 2 - b, 2 - a], [0, 1, 2])
    total = np.zeros(direction.shape[:2])
    for n, image in enumerate(slices):
        fraction = (n - start[..., m]) / direction[..., m]
        x = start[..., a] + fraction * direction[..., a]
        y = start[..., b] + fraction * direction[..., b]
        sample = map_coordinates(image, [y, x], order=1, mode="grid-constant", cval=0.0)
        total += np.where((fraction >= 0) & (fraction <= 1), sample, 0.0)
    lengths = np.linalg.norm(direction @ affine.T, axis=-1)
    return np.asarray(total * lengths / np.abs(direction[..., m]), dtype=np.float32)
