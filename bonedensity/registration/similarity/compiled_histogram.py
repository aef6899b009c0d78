"""Compiled joint histogram; its namesake with numpy alone is in `plain_histogram.py`."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from bonedensity.registration.similarity.compiled_sums import REORDER, smooth


@numba.njit(nogil=True, cache=True, fastmath=REORDER)
def grey_range(grey: NDArray, inside: NDArray) -> tuple[np.float32, np.float32]:  # pragma: no cover
    """Least and largest grey inside the region; (0, 0) where one of them is not a number."""
    least, most, poison = np.float32(np.inf), np.float32(-np.inf), np.float32(0.0)
    for v in range(len(grey)):
        here, within = grey[v], inside[v]
        for u in range(len(here)):
            if within[u] > 0:
                poison += here[u] * np.float32(0.0)  # NaN where it is not finite
                least = min(least, here[u])
                most = max(most, here[u])
    return (least, most) if poison == 0 else (np.float32(0.0), np.float32(0.0))


@numba.njit(nogil=True, cache=True)
def joint_histogram(
    image: NDArray,
    weights: NDArray,
    line: NDArray,
    buffer: NDArray,
    fixed: NDArray,
    inside: NDArray,
    box: NDArray,
    flat_share: float,
    out: NDArray,
) -> None:  # pragma: no cover
    """Joint histogram of radiograph and smoothed image, each pixel shared between the two nearest bins of either.

    Args:
        image: (rows, columns) float32.
        weights: Of the smoothing.
        line: Buffer of `smooth`.
        buffer: (rows, columns) float32, buffer of `smooth`.
        fixed: (rows, columns) float32, positions on the radiograph's axis of bins, 0 to bins - 1.
        inside: (rows, columns) float32, 1 inside the region.
        box: First and one-past-last row and column of the region.
        flat_share: A range below this share of the largest grey is flat; `out` is then all zero.
        out: (bins, bins) float64: radiograph, image.
    """
    v0, v1, u0, u1 = box
    grey = smooth(image, weights, line, buffer, v0, v1)
    out[:] = 0.0
    bins = len(out)
    least, most = grey_range(grey[v0:v1, u0:u1], inside[v0:v1, u0:u1])
    if not most - least > flat_share * max(abs(least), abs(most)):
        return
    step = np.float32((bins - 1) / (most - least))
    for v in range(v0, v1):
        for u in range(u0, u1):
            if inside[v, u] > 0:
                x, y = fixed[v, u], (grey[v, u] - least) * step
                i, j = min(max(int(x), 0), bins - 2), min(max(int(y), 0), bins - 2)
                p, q = np.float64(x - i), np.float64(y - j)
                out[i, j] += (1 - p) * (1 - q)
                out[i, j + 1] += (1 - p) * q
                out[i + 1, j] += p * (1 - q)
                out[i + 1, j + 1] += p * q
