"""Local correlation with numpy and scipy alone: the reference, and the engine where numba is missing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from bonedensity.registration.similarity.plain_sums import Image, energy
from bonedensity.registration.similarity.smoothing import smoothed


def window_totals(values: NDArray[np.float64], radius: int) -> NDArray[np.float64]:
    """Sums over the (2 radius + 1) squared window around each pixel; nothing lies outside the image."""
    wide = 2 * radius + 1
    padded = np.pad(np.asarray(values, dtype=np.float64), radius)
    means = uniform_filter(padded, wide, mode="constant")
    return np.asarray(means[radius : means.shape[0] - radius, radius : means.shape[1] - radius] * wide**2)


def window_sums(
    image: Image,
    weights: Image,
    line: Image,
    buffer: Image,
    prepared: tuple[Image, Image, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    box: NDArray[np.int64],
    radius: int,
    soft_share: float,
    scratch: tuple[NDArray[np.float64], NDArray[np.float64]],
    out: NDArray[np.float64],
) -> None:
    """See `compiled_windows.window_sums`; the buffers are not used."""
    fixed, inside, mean, scale, count = prepared
    grey = smoothed(image, weights).astype(np.float64)
    values = grey[inside > 0]
    out[:] = 0.0, values.sum(), np.vdot(values, values), energy(smoothed(image, weights), box)
    softness = soft_share * (out[2] / values.size - (out[1] / values.size) ** 2)
    if not softness > 0:
        return
    masked = grey * inside
    total, square, product = (window_totals(v, radius) for v in (masked, masked * grey, masked * fixed))
    variance = np.maximum(square - total**2 / count, 0.0)
    out[0] = np.sum(scale * (product - mean * total) / np.sqrt(variance + softness * count))
