"""Compiled local correlation; its namesake with numpy alone is in `plain_windows.py`."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from bonedensity.registration.similarity.compiled_sums import REORDER, smooth


@numba.njit(nogil=True, cache=True, fastmath=REORDER)
def add_row(columns: NDArray, grey: NDArray, fixed: NDArray, inside: NDArray, sign: float) -> None:  # pragma: no cover
    """Let one row enter (+1) or leave (-1) the sums down the columns of a window."""
    total, square, product = columns[0], columns[1], columns[2]
    for u in range(len(grey)):
        value = np.float64(grey[u])
        weighted = sign * inside[u] * value
        total[u] += weighted
        square[u] += weighted * value
        product[u] += weighted * fixed[u]


@numba.njit(nogil=True, cache=True, fastmath=REORDER)
def slide(column: NDArray, out: NDArray, radius: int) -> None:  # pragma: no cover
    """Sums over 2 radius + 1 neighbours along a row; the column sums have `radius` zeros at either end."""
    total = 0.0
    for u in range(2 * radius):
        total += column[u]
    enters = column[2 * radius :]
    for u in range(len(out)):
        total += enters[u]
        out[u] = total
        total -= column[u]


@numba.njit(nogil=True, cache=True, fastmath=REORDER)
def moments(grey: NDArray, inside: NDArray, out: NDArray) -> None:  # pragma: no cover
    """Adds the sum of the greys inside the region, of their squares, and of all squares, to out[1:4]."""
    for v in range(len(grey)):
        here, within = grey[v], inside[v]
        total, square, energy = 0.0, 0.0, 0.0
        for u in range(len(here)):
            value = np.float64(here[u])
            total += within[u] * value
            square += within[u] * value * value
            energy += value * value
        out[1] += total
        out[2] += square
        out[3] += energy


@numba.njit(nogil=True, cache=True, fastmath=REORDER)
def row_correlation(
    windows: NDArray, mean: NDArray, scale: NDArray, count: NDArray, softness: float
) -> float:  # pragma: no cover
    """Weighted sum of the local correlations of one row of windows."""
    total, square, product = windows[0], windows[1], windows[2]
    weighted = 0.0
    for u in range(len(mean)):
        covariance = product[u] - mean[u] * total[u]
        variance = max(square[u] - total[u] * total[u] / count[u], 0.0)
        weighted += scale[u] * covariance / math.sqrt(variance + softness * count[u])
    return weighted


@numba.njit(nogil=True, cache=True)
def window_sums(
    image: NDArray,
    weights: NDArray,
    line: NDArray,
    buffer: NDArray,
    prepared: tuple[NDArray, NDArray, NDArray, NDArray, NDArray],
    box: NDArray,
    radius: int,
    soft_share: float,
    scratch: tuple[NDArray, NDArray],
    out: NDArray,
) -> None:  # pragma: no cover
    """Weighted sum of the local correlations of the smoothed image with the radiograph.

    Args:
        image: (rows, columns) float32.
        weights: Of the smoothing.
        line: Buffer of `smooth`.
        buffer: (rows, columns) float32, buffer of `smooth`.
        prepared: Each (rows, columns): fixed and inside (float32); and for the window around each pixel the mean of
            fixed, weight / root of its sum of squared deviations, and the pixels inside the region (float64).
        box: First and one-past-last row and column of the region.
        radius: Of the windows, 2 radius + 1 pixels wide.
        soft_share: Share of the image's variance added to that of each window.
        scratch: (3, columns + 2 radius) and (3, columns) float64, overwritten.
        out: 4 sums: weighted correlations; greys inside the region; their squares; squared greys of the box.
    """
    fixed, inside, mean, scale, count = prepared
    columns, windows = scratch
    v0, v1, u0, u1 = box
    wide = u1 - u0
    grey = smooth(image, weights, line, buffer, v0, v1)
    out[:] = 0.0
    moments(grey[v0:v1, u0:u1], inside[v0:v1, u0:u1], out)
    pixels = inside[v0:v1, u0:u1].sum()
    softness = soft_share * (out[2] / pixels - (out[1] / pixels) ** 2)
    if not softness > 0.0:
        return
    columns[:] = 0.0
    middle = columns[:, radius : radius + wide]
    for v in range(v0 - radius, v1):
        enters, leaves = v + radius, v - radius - 1
        if v0 <= enters < v1:
            add_row(middle, grey[enters, u0:u1], fixed[enters, u0:u1], inside[enters, u0:u1], 1.0)
        if leaves >= v0:
            add_row(middle, grey[leaves, u0:u1], fixed[leaves, u0:u1], inside[leaves, u0:u1], -1.0)
        if v >= v0:
            for k in range(3):
                slide(columns[k, : wide + 2 * radius], windows[k, :wide], radius)
            out[0] += row_correlation(windows[:, :wide], mean[v, u0:u1], scale[v, u0:u1], count[v, u0:u1], softness)
