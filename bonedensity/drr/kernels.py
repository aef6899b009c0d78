"""Ray kernels in index space: what they share, and Joseph's interpolation; Siddon's stand in `siddon`.

Compiled by numba where it is installed. They take blocks of rows so that a thread pool can share an image: the
kernels release the interpreter lock, which is safe with every threading layer.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

PARALLEL_TO_AXIS = 1e-12
"""Direction components (voxels along the whole ray) below this never cross a plane of that axis."""

INSIDE = 1e-6
"""Voxels by which rays stay inside the volume, so that rounding never reads beyond it."""


@numba.njit(nogil=True, cache=True, fastmath=True)
def clip(p: NDArray, d: NDArray, low: NDArray, high: NDArray) -> tuple[float, float]:  # pragma: no cover
    """Part of the ray p + a d, a in [0, 1], inside the box [low, high]; (1, 0) where it misses."""
    first, last = 0.0, 1.0
    for axis in range(3):
        if abs(d[axis]) < PARALLEL_TO_AXIS:
            if p[axis] <= low[axis] or p[axis] >= high[axis]:
                return 1.0, 0.0
        else:
            a = (low[axis] - p[axis]) / d[axis]
            b = (high[axis] - p[axis]) / d[axis]
            first = max(first, min(a, b))
            last = min(last, max(a, b))
    return first, last


@numba.njit(nogil=True, cache=True, inline="always")
def place_ray(start: NDArray, end: NDArray, u: int, v: int, p: NDArray, d: NDArray) -> None:  # pragma: no cover
    """Start p and whole extent d of the ray of pixel (u, v); see RayGrid."""
    for axis in range(3):
        p[axis] = start[axis, 0] + u * start[axis, 1] + v * start[axis, 2]
        d[axis] = end[axis, 0] + u * end[axis, 1] + v * end[axis, 2] - p[axis]


@numba.njit(nogil=True, cache=True, inline="always")
def steepest_first(d: NDArray) -> tuple[int, int, int]:  # pragma: no cover
    """The axis a direction runs along most, and the other two."""
    m = 0
    if abs(d[1]) > abs(d[m]):
        m = 1
    if abs(d[2]) > abs(d[m]):
        m = 2
    return m, (m + 1) % 3, (m + 2) % 3


@numba.njit(nogil=True, cache=True, fastmath=True)
def length_mm(affine: NDArray, d: NDArray) -> float:  # pragma: no cover
    """Length in mm of the index-space vector d."""
    x = affine[0, 0] * d[0] + affine[0, 1] * d[1] + affine[0, 2] * d[2]
    y = affine[1, 0] * d[0] + affine[1, 1] * d[1] + affine[1, 2] * d[2]
    z = affine[2, 0] * d[0] + affine[2, 1] * d[1] + affine[2, 2] * d[2]
    return math.sqrt(x * x + y * y + z * z)


@numba.njit(nogil=True, cache=True, fastmath=True)
def joseph_rows(
    array: NDArray,
    strides: NDArray,
    box: NDArray,
    start: NDArray,
    end: NDArray,
    affine: NDArray,
    out: NDArray,
    row0: int,
    row1: int,
) -> None:  # pragma: no cover
    """Bilinear samples on the planes of the ray's steepest axis (Joseph 1982); the border is padded with zeros.

    Args:
        array: Flat view of a (K + 2, J + 2, I + 2) float32 volume whose outermost layer is zero.
        strides: Elements per step along (i, j, k) of that padded volume.
        box: (2, 3) first and one-past-last voxel (i, j, k), unpadded, that may be non-zero.
        start: 3x3, starts of the rays in index space (unpadded).
        end: 3x3, their far ends.
        affine: 3x3, index step to mm.
        out: (rows, columns) float32, written.
        row0: First row.
        row1: One past the last row.
    """
    low, high = box[0] - 1.0 + INSIDE, box[1] - INSIDE
    p, d = np.empty(3), np.empty(3)
    for v in range(row0, row1):
        for u in range(out.shape[1]):
            place_ray(start, end, u, v, p, d)
            first, last = clip(p, d, low, high)
            if first >= last:
                out[v, u] = 0.0
                continue
            m, a, b = steepest_first(d)
            in_m, out_m = p[m] + first * d[m], p[m] + last * d[m]
            n0 = max(math.ceil(min(in_m, out_m)), box[0, m])
            n1 = min(math.floor(max(in_m, out_m)), box[1, m] - 1)
            slope_a, slope_b = d[a] / d[m], d[b] / d[m]
            x = p[a] + (n0 - p[m]) * slope_a + 1.0  # + 1: the padding
            y = p[b] + (n0 - p[m]) * slope_b + 1.0
            base = (n0 + 1) * strides[m]
            total = np.float32(0.0)
            right, down = np.uint64(strides[a]), np.uint64(strides[b])
            for _ in range(n0, n1 + 1):
                ix, iy = int(x), int(y)
                fx, fy = np.float32(x - ix), np.float32(y - iy)
                at = np.uint64(base + ix * strides[a] + iy * strides[b])  # unsigned: no test for negative ones
                low_y = array[at] + fx * (array[at + right] - array[at])
                at += down
                high_y = array[at] + fx * (array[at + right] - array[at])
                total += low_y + fy * (high_y - low_y)
                x += slope_a
                y += slope_b
                base += strides[m]
            out[v, u] = total * length_mm(affine, d) / abs(d[m])
