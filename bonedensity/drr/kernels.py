"""Ray kernels in index space: Siddon's exact voxel crossing and Joseph's interpolation.

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


FINITE_OR_NOT = {"contract", "reassoc", "nsz", "arcp"}
"""Liberties of fast arithmetic that still allow division by zero where its result is not used."""

ON_WALL = 1e-7
"""Voxels within which a ray lies on a wall."""

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


@numba.njit(nogil=True, cache=True, fastmath=FINITE_OR_NOT, error_model="numpy")
def siddon_rows(
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
    """Sum of voxel value x length in mm, each voxel a box around its centre (Siddon 1985).

    The ray is followed slab by slab along its steepest axis. Within a slab it meets at most one wall across each of
    the other two axes, and most often none: one voxel, no decision.

    Args:
        array: Flat view of (K, J, I) float32.
        strides: Elements per step along (i, j, k).
        box: (2, 3) first and one-past-last voxel (i, j, k) that may be non-zero.
        start: 3x3, starts of the rays in index space (see RayGrid).
        end: 3x3, their far ends.
        affine: 3x3, index step to mm, for lengths.
        out: (rows, columns) float32, written.
        row0: First row.
        row1: One past the last row.
    """
    low, high = box[0] - 0.5 + INSIDE, box[1] - 0.5 - INSIDE
    p, d = np.empty(3), np.empty(3)
    for v in range(row0, row1):
        for u in range(out.shape[1]):
            place_ray(start, end, u, v, p, d)
            first, last = clip(p, d, low, high)
            if first >= last:
                out[v, u] = 0.0
                continue
            m, a, b = steepest_first(d)
            one, other = p[m] + first * d[m], p[m] + last * d[m]
            slope_a, slope_b = d[a] / d[m], d[b] / d[m]
            base_a, base_b = p[a] + 0.5 - p[m] * slope_a, p[b] + 0.5 - p[m] * slope_b
            enter, leave = min(one, other), max(one, other)
            sides_a = 2 if runs_on_wall(base_a, slope_a, enter, leave) else 1
            sides_b = 2 if runs_on_wall(base_b, slope_b, enter, leave) else 1
            total = 0.0
            for side_a in range(sides_a):
                for side_b in range(sides_b):
                    total += follow_slabs(
                        array, strides[m], strides[a], strides[b], enter, leave,
                        base_a + ON_WALL * (side_a * 2 - 1) * (sides_a - 1), slope_a,
                        base_b + ON_WALL * (side_b * 2 - 1) * (sides_b - 1), slope_b,
                    )  # fmt: skip
            total /= sides_a * sides_b
            out[v, u] = total * length_mm(affine, d) / abs(d[m])


@numba.njit(nogil=True, cache=True, fastmath=FINITE_OR_NOT, error_model="numpy", inline="always")
def runs_on_wall(base: float, slope: float, enter: float, leave: float) -> bool:  # pragma: no cover
    """Whether a ray runs along the wall between two rows of voxels: it then counts half of each."""
    one, other = base + slope * enter, base + slope * leave
    return abs(one - other) < ON_WALL and abs(one - math.floor(one + 0.5)) < ON_WALL


@numba.njit(nogil=True, cache=True, fastmath=FINITE_OR_NOT, error_model="numpy", inline="always")
def follow_slabs(
    array: NDArray,
    step_m: int,
    step_a: int,
    step_b: int,
    enter: float,
    leave: float,
    base_a: float,
    slope_a: float,
    base_b: float,
    slope_b: float,
) -> float:  # pragma: no cover
    """Sum of value x length along the steepest axis, between two positions on it.

    Args:
        array: Flat voxels.
        step_m: Elements from one slab to the next.
        step_a: Elements per voxel along the second axis.
        step_b: Elements per voxel along the third.
        enter: Where the ray enters, in voxels along the steepest axis.
        leave: Where it leaves.
        base_a: Position along the second axis, plus one half, at 0 on the steepest one.
        slope_a: Its change for a voxel along the steepest axis; at most one.
        base_b: The same two for the third axis.
        slope_b: As above.
    """
    total = 0.0
    here = enter
    i = np.int64(base_a + slope_a * here)
    j = np.int64(base_b + slope_b * here)
    n = np.int64(enter + 0.5)
    while here < leave:
        there = min(n + 0.5, leave)
        i_next = np.int64(base_a + slope_a * there)
        j_next = np.int64(base_b + slope_b * there)
        at = n * step_m + i * step_a + j * step_b
        if i == i_next and j == j_next:
            total += (there - here) * array[np.uint64(at)]
        else:
            wall_a = there if i == i_next else (max(i, i_next) - base_a) / slope_a
            wall_b = there if j == j_next else (max(j, j_next) - base_b) / slope_b
            near, far = min(wall_a, wall_b), max(wall_a, wall_b)
            middle = n * step_m + (i_next * step_a + j * step_b if wall_a < wall_b else i * step_a + j_next * step_b)
            beyond = n * step_m + i_next * step_a + j_next * step_b
            total += (near - here) * array[np.uint64(at)] + (far - near) * array[np.uint64(middle)]
            total += (there - far) * array[np.uint64(beyond)]
        i, j, here = i_next, j_next, there
        n += 1
    return total


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
            for _ in range(n0, n1 + 1):
                ix, iy = int(x), int(y)
                fx, fy = np.float32(x - ix), np.float32(y - iy)
                at = base + ix * strides[a] + iy * strides[b]
                low_y = array[at] + fx * (array[at + strides[a]] - array[at])
                at += strides[b]
                high_y = array[at] + fx * (array[at + strides[a]] - array[at])
                total += low_y + fy * (high_y - low_y)
                x += slope_a
                y += slope_b
                base += strides[m]
            out[v, u] = total * length_mm(affine, d) / abs(d[m])
