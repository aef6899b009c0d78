"""Gaussian smoothing with a short, separable kernel; edges are mirrored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TRUNCATE = 3.0
"""The kernel ends at this many standard deviations."""


def gaussian_weights(smoothing_px: float) -> NDArray[np.float32]:
    """Weights at distance 0, 1, 2 … pixels; both sides together sum to one. A single 1 stands for no smoothing.

    >>> gaussian_weights(0.0)
    array([1.], dtype=float32)
    """
    if smoothing_px <= 0:
        return np.ones(1, dtype=np.float32)
    distance = np.arange(int(TRUNCATE * smoothing_px + 0.5) + 1)
    weights = np.exp(-0.5 * (distance / smoothing_px) ** 2)
    return np.asarray(weights / (2 * weights.sum() - weights[0]), dtype=np.float32)


def smoothed(image: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """The image, (rows, columns) float32, smoothed down the rows and then along them."""
    if len(weights) == 1:
        return image
    return _along(_along(image, weights, 0), weights, 1)


def _along(image: NDArray[np.float32], weights: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    reach, size = len(weights) - 1, image.shape[axis]
    padding = [(reach, reach) if a == axis else (0, 0) for a in range(2)]
    lines = np.moveaxis(np.pad(image, padding, mode="symmetric"), axis, 0)
    total = weights[0] * lines[reach : reach + size]
    for k in range(1, reach + 1):
        total += weights[k] * (lines[reach - k : reach - k + size] + lines[reach + k : reach + k + size])
    return np.asarray(np.moveaxis(total, 0, axis), dtype=np.float32)
