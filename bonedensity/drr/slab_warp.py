"""The other part of the interactive renderer: one homography brings the plane of sums to the detector."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def warp_rows(
    plane: NDArray, homography: NDArray, length: NDArray, factor: float, out: NDArray, row0: int, row1: int
) -> None:  # pragma: no cover
    """Bring the plane to the detector, and sums over slabs to integrals over mm.

    Args:
        plane: (Q, P) int32 or float32 sums.
        homography: 3x3: detector pixel (u, v, 1) to plane pixel (p, q, 1) times the slabs its direction crosses.
        length: 3x3: detector pixel (u, v, 1) to that same direction in mm.
        factor: Multiplies the result.
        out: (rows, columns) float32, written.
        row0: First detector row.
        row1: One past the last.
    """
    width = out.shape[1]
    at = np.empty(width, dtype=np.int32)
    right, down, worth = (
        np.empty(width, dtype=np.float32),
        np.empty(width, dtype=np.float32),
        np.empty(width, dtype=np.float32),
    )
    sums = plane.reshape(-1)
    pitch = np.uint64(plane.shape[1])
    for v in range(row0, row1):
        u0, u1 = pixels_on_plane(homography, v, plane.shape[0], plane.shape[1], width)
        place_pixels(homography, length, factor, v, u0, u1, plane.shape[0], plane.shape[1], at, right, down, worth)
        out[v, :u0] = 0.0
        out[v, u1:] = 0.0
        for u in range(u0, u1):
            i = np.uint64(at[u])
            j = i + pitch
            one = np.uint64(1)
            above, below = np.float32(sums[i]), np.float32(sums[j])
            above += right[u] * (np.float32(sums[i + one]) - above)
            below += right[u] * (np.float32(sums[j + one]) - below)
            out[v, u] = (above + down[u] * (below - above)) * worth[u]


@numba.njit(nogil=True, cache=True, error_model="numpy", inline="always")
def pixels_on_plane(
    homography: NDArray, v: int, rows: int, columns: int, width: int
) -> tuple[int, int]:  # pragma: no cover
    """First and one past the last pixel of detector row v whose four neighbours all lie on the plane."""
    low, high = 0.0, float(width - 1)
    w = homography[2, 1] * v + homography[2, 2]
    w_step = homography[2, 0]
    sign = 1.0 if w + w_step * (width - 1) / 2 > 0 else -1.0
    for axis in range(2):
        size = (columns if axis == 0 else rows) - 1
        at = homography[axis, 1] * v + homography[axis, 2]
        step = homography[axis, 0]
        for side in range(2):  # at + step u >= 0, then size (w + w_step u) - (at + step u) >= 0, both times the sign
            base = sign * (at if side == 0 else size * w - at)
            slope = sign * (step if side == 0 else size * w_step - step)
            if slope > 0.0:
                low = max(low, -base / slope)
            elif slope < 0.0:
                high = min(high, -base / slope)
            elif base < 0.0:
                return 0, 0
    if high < low:
        return 0, 0
    first = math.ceil(low)
    return first, max(first, math.floor(high) + 1)


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def place_pixels(
    homography: NDArray,
    length: NDArray,
    factor: float,
    v: int,
    u0: int,
    u1: int,
    rows: int,
    columns: int,
    at: NDArray,
    right: NDArray,
    down: NDArray,
    worth: NDArray,
) -> None:  # pragma: no cover
    """Upper left neighbour of a row's pixels on the plane, shares of the others, and what a sum is worth there."""
    p0, p1 = along_row(homography, 0, v)
    q0, q1 = along_row(homography, 1, v)
    w0, w1 = along_row(homography, 2, v)
    x0, x1 = along_row(length, 0, v)
    y0, y1 = along_row(length, 1, v)
    z0, z1 = along_row(length, 2, v)
    scale = np.float32(abs(factor))
    sign = np.float32(1.0 if factor >= 0 else -1.0)
    for u in range(u0, u1):
        s = np.float32(u)
        a_slab = np.float32(1.0) / (w0 + w1 * s)
        p, q = (p0 + p1 * s) * a_slab, (q0 + q1 * s) * a_slab
        i = min(max(np.int32(p), np.int32(0)), np.int32(columns - 2))
        j = min(max(np.int32(q), np.int32(0)), np.int32(rows - 2))
        at[u] = j * np.int32(columns) + i
        right[u], down[u] = p - np.float32(i), q - np.float32(j)
        x, y, z = x0 + x1 * s, y0 + y1 * s, z0 + z1 * s
        worth[u] = sign * scale * abs(a_slab) * math.sqrt(x * x + y * y + z * z)


@numba.njit(nogil=True, cache=True, error_model="numpy", inline="always")
def along_row(matrix: NDArray, axis: int, v: int) -> tuple[np.float32, np.float32]:  # pragma: no cover
    """One component of matrix @ (u, v, 1), as start and step along u."""
    return np.float32(matrix[axis, 1] * v + matrix[axis, 2]), np.float32(matrix[axis, 0])
