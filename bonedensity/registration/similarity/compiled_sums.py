"""Compiled sums over a DRR, one thread, no allocation: the fast engine of the similarities.

Each function has a namesake with the same arguments in `plain_sums.py`. The loops run over slices, so that the compiler
can prove every index and use vector instructions; `fastmath` leaves NaN and infinity alone, so that they are seen.
Rows are summed in 32 bits and the image in 64, except where a large offset would cancel.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

REORDER = {"reassoc", "contract", "nsz", "arcp"}
"""Sums may be taken in any order; NaN stays NaN."""


@numba.njit(nogil=True, cache=True)
def mirrored(i: int, size: int) -> int:  # pragma: no cover
    """The index inside [0, size) that a mirror at the edges shows at i."""
    while i < 0 or i >= size:
        i = -1 - i if i < 0 else 2 * size - 1 - i
    return i


@numba.njit(nogil=True, cache=True, fastmath=REORDER)
def smooth(
    image: NDArray, weights: NDArray, line: NDArray, out: NDArray, row0: int, row1: int
) -> NDArray:  # pragma: no cover
    """Gaussian smoothing of some rows into `out`; the image itself where there is nothing to smooth.

    Args:
        image: (rows, columns) float32.
        weights: At distance 0, 1, 2 … (see `gaussian_weights`).
        line: columns + 2 reach, float32, overwritten.
        out: (rows, columns) float32, written.
        row0: First row.
        row1: One past the last row.
    """
    rows, columns = image.shape
    reach = len(weights) - 1
    if reach == 0:
        return image
    middle = line[reach : reach + columns]
    for v in range(row0, row1):
        here = image[v]
        for u in range(columns):
            middle[u] = weights[0] * here[u]
        for k in range(1, reach + 1):
            above, below, weight = image[mirrored(v - k, rows)], image[mirrored(v + k, rows)], weights[k]
            for u in range(columns):
                middle[u] += weight * (above[u] + below[u])
        for k in range(1, reach + 1):
            line[reach - k] = middle[mirrored(-k, columns)]
            line[reach + columns - 1 + k] = middle[mirrored(columns - 1 + k, columns)]
        to = out[v]
        for u in range(columns):
            to[u] = weights[0] * middle[u]
        for k in range(1, reach + 1):
            left, right, weight = (
                line[reach - k : reach - k + columns],
                line[reach + k : reach + k + columns],
                weights[k],
            )
            for u in range(columns):
                to[u] += weight * (left[u] + right[u])
    return out


@numba.njit(nogil=True, cache=True, fastmath=REORDER)
def gradient_sums(
    image: NDArray,
    weights: NDArray,
    line: NDArray,
    buffer: NDArray,
    fixed: NDArray,
    inside: NDArray,
    box: NDArray,
    out: NDArray,
) -> None:  # pragma: no cover
    """Sums over central differences g of the smoothed image, inside the region.

    Args:
        image: (rows, columns) float32.
        weights: Of the smoothing.
        line: Buffer of `smooth`.
        buffer: (rows, columns) float32, buffer of `smooth`.
        fixed: (2, rows, columns) float32, right and down; zero outside the region.
        inside: (rows, columns) float32, 1 inside the region; 0 on the rim.
        box: First and one-past-last row and column of the region.
        out: 7 sums: g right, g down, their squares, their products with fixed; and the squared greys of the box.
    """
    v0, v1, u0, u1 = box
    grey = smooth(image, weights, line, buffer, v0 - 1, v1 + 1)
    out[:] = 0.0
    for v in range(v0, v1):
        left, right = grey[v, u0 - 1 : u1 - 1], grey[v, u0 + 1 : u1 + 1]
        above, below, here = grey[v - 1, u0:u1], grey[v + 1, u0:u1], grey[v, u0:u1]
        within, fixed_x, fixed_y = inside[v, u0:u1], fixed[0, v, u0:u1], fixed[1, v, u0:u1]
        zero = np.float32(0.0)
        x, y, xx, yy, fx, fy, energy = zero, zero, zero, zero, zero, zero, zero
        for u in range(u1 - u0):
            gx, gy = right[u] - left[u], below[u] - above[u]
            mx, my = within[u] * gx, within[u] * gy
            x += mx
            y += my
            xx += mx * gx
            yy += my * gy
            fx += fixed_x[u] * gx
            fy += fixed_y[u] * gy
            energy += here[u] * here[u]
        out[0] += x
        out[1] += y
        out[2] += xx
        out[3] += yy
        out[4] += fx
        out[5] += fy
        out[6] += energy


@numba.njit(nogil=True, cache=True, fastmath=REORDER)
def orientation_sums(
    image: NDArray,
    weights: NDArray,
    line: NDArray,
    buffer: NDArray,
    fixed: NDArray,
    inside: NDArray,
    box: NDArray,
    weakest: float,
    out: NDArray,
) -> None:  # pragma: no cover
    """Sum of the cosines between the image's gradients and fixed directions.

    Args as `gradient_sums`, with unit vectors or zeros in `fixed`, and:
        weakest: Gradients of the image below this share of their root mean square have no direction.
        out: 4 sums: cosines; squared gradients inside the region; squared greys of the box; pixels compared.
    """
    v0, v1, u0, u1 = box
    grey = smooth(image, weights, line, buffer, v0 - 1, v1 + 1)
    out[:] = 0.0
    for v in range(v0, v1):
        left, right = grey[v, u0 - 1 : u1 - 1], grey[v, u0 + 1 : u1 + 1]
        above, below, here = grey[v - 1, u0:u1], grey[v + 1, u0:u1], grey[v, u0:u1]
        within = inside[v, u0:u1]
        squares, energy, pixels = np.float32(0.0), np.float32(0.0), np.float32(0.0)
        for u in range(u1 - u0):
            gx, gy = right[u] - left[u], below[u] - above[u]
            squares += within[u] * (gx * gx + gy * gy)
            energy += here[u] * here[u]
            pixels += within[u]
        out[1] += squares
        out[2] += energy
        out[0] += pixels
    least = np.float32(max(weakest * weakest * out[1] / out[0], 1e-30))
    out[0] = 0.0
    for v in range(v0, v1):
        left, right = grey[v, u0 - 1 : u1 - 1], grey[v, u0 + 1 : u1 + 1]
        above, below = grey[v - 1, u0:u1], grey[v + 1, u0:u1]
        fixed_x, fixed_y = fixed[0, v, u0:u1], fixed[1, v, u0:u1]
        cosines, both = np.float32(0.0), np.float32(0.0)
        for u in range(u1 - u0):
            gx, gy = right[u] - left[u], below[u] - above[u]
            length2 = gx * gx + gy * gy
            along = fixed_x[u] * gx + fixed_y[u] * gy
            edge = length2 > least
            cosines += along / math.sqrt(length2) if edge else np.float32(0.0)
            both += fixed_x[u] * fixed_x[u] + fixed_y[u] * fixed_y[u] if edge else np.float32(0.0)
        out[0] += cosines
        out[3] += both


@numba.njit(nogil=True, cache=True, fastmath=REORDER)
def grey_sums(
    image: NDArray,
    weights: NDArray,
    line: NDArray,
    buffer: NDArray,
    fixed: NDArray,
    inside: NDArray,
    box: NDArray,
    out: NDArray,
) -> None:  # pragma: no cover
    """Sums over the smoothed image m inside the region, taken from its grey in the middle of the box.

    Args as `gradient_sums`, with one (rows, columns) `fixed` and:
        out: 4 sums: m, m squared, m times fixed; and the squared greys of the box, not taken from anything.
    """
    v0, v1, u0, u1 = box
    grey = smooth(image, weights, line, buffer, v0, v1)
    pivot = np.float64(grey[(v0 + v1) // 2, (u0 + u1) // 2])
    out[:] = 0.0
    for v in range(v0, v1):
        here, within, other = grey[v, u0:u1], inside[v, u0:u1], fixed[v, u0:u1]
        total, square, product, energy = 0.0, 0.0, 0.0, 0.0
        for u in range(u1 - u0):
            raw = np.float64(here[u])
            value = raw - pivot
            total += within[u] * value
            square += within[u] * value * value
            product += other[u] * value
            energy += raw * raw
        out[0] += total
        out[1] += square
        out[2] += product
        out[3] += energy
