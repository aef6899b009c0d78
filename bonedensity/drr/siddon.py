"""Siddon's exact voxel crossing (Siddon 1985), many rays side by side.

Rays are followed slab by slab along their steepest axis. Within a slab a ray meets at most one wall across each of the
other two axes, hence at most three voxels. Neighbouring rays take each slab together, without a decision, in single
precision: positions are right to 1e-4 voxels, integrals to 1e-5. A ray that runs within a wall goes alone.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.kernels import INSIDE, clip, length_mm, place_ray, steepest_first
from bonedensity.drr.prefetch import prefetch
from bonedensity.drr.siddon_alone import FINITE_OR_NOT, ON_WALL, follow_slabs, runs_on_wall

TOGETHER = 32
"""Rays that go side by side."""

SLABS_AHEAD = 2
"""How far ahead voxels are asked for; further, and they are pushed out of the cache again."""

RAYS_BETWEEN = 4
"""Rays from one that asks to the next: their voxels lie on the same line of the cache."""

LARGEST = 1 << 31
"""Voxels from which on 32 bits do not number them: rays then go alone."""

STEEP = 1e9
"""Voxels along the steepest axis for one across, where a ray crosses no wall at all."""

BASE_A, SLOPE_A, RUN_A, BASE_B, SLOPE_B, RUN_B, ENTER, LEAVE = range(8)
"""What is kept of a ray: position (plus one half) on the second axis at 0 on the steepest, change for a voxel along the
steepest axis, the inverse of that; the same for the third axis; where it enters and leaves on the steepest axis."""


@numba.njit(nogil=True, cache=True, fastmath=FINITE_OR_NOT, error_model="numpy")
def siddon_rows(
    array: NDArray, strides: NDArray, box: NDArray, start: NDArray, end: NDArray, affine: NDArray,
    out: NDArray, row0: int, row1: int,
) -> None:  # pragma: no cover  # fmt: skip
    """Sum of voxel value x length in mm, each voxel a box around its centre.

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
    rays = np.empty((8, TOGETHER), dtype=np.float32)
    totals, mm = np.empty(TOGETHER), np.empty(TOGETHER)
    for v in range(row0, row1):
        for u0 in range(0, out.shape[1], TOGETHER):
            rays[:] = 0.0
            totals[:] = 0.0
            axis, n0, n1 = -1, 1 << 40, -1
            for t in range(min(TOGETHER, out.shape[1] - u0)):
                place_ray(start, end, u0 + t, v, p, d)
                first, last = clip(p, d, low, high)
                mm[t] = 0.0
                if first >= last:
                    continue
                m, a, b = steepest_first(d)
                mm[t] = length_mm(affine, d) / abs(d[m])
                axis = m if axis < 0 else axis
                one, other = p[m] + first * d[m], p[m] + last * d[m]
                enter, leave = min(one, other), max(one, other)
                slope_a, slope_b = d[a] / d[m], d[b] / d[m]
                base_a, base_b = p[a] + 0.5 - p[m] * slope_a, p[b] + 0.5 - p[m] * slope_b
                wall_a = runs_on_wall(base_a, slope_a, enter, leave)
                wall_b = runs_on_wall(base_b, slope_b, enter, leave)
                if wall_a or wall_b or m != axis or array.size >= LARGEST:
                    totals[t] = follow_alone(
                        array, strides[m], strides[a], strides[b], enter, leave,
                        base_a, slope_a, wall_a, base_b, slope_b, wall_b,
                    )  # fmt: skip
                    continue
                rays[BASE_A, t], rays[SLOPE_A, t], rays[RUN_A, t] = base_a, slope_a, run_of(slope_a)
                rays[BASE_B, t], rays[SLOPE_B, t], rays[RUN_B, t] = base_b, slope_b, run_of(slope_b)
                rays[ENTER, t], rays[LEAVE, t] = enter, leave
                n0, n1 = min(n0, int(enter + 0.5)), max(n1, int(leave + 0.5) + 1)
            if n0 < n1:
                follow_together(array, strides, box, axis, n0, n1, rays, totals)
            for t in range(min(TOGETHER, out.shape[1] - u0)):
                out[v, u0 + t] = totals[t] * mm[t]


@numba.njit(nogil=True, cache=True, inline="always")
def run_of(slope: float) -> float:  # pragma: no cover
    """Voxels along the steepest axis for one across."""
    return 1.0 / slope if abs(slope) > 1.0 / STEEP else STEEP


@numba.njit(nogil=True, cache=True, fastmath=FINITE_OR_NOT, error_model="numpy")
def follow_together(
    array: NDArray, strides: NDArray, box: NDArray, axis: int, n0: int, n1: int, rays: NDArray, totals: NDArray
) -> None:  # pragma: no cover
    """Add value x length along the steepest axis, in voxels, for all rays over slabs [n0, n1).

    First where the voxels are and how long each is crossed, which compilers turn into vectors; then the voxels.
    """
    step_m = strides[axis]
    a, b = (axis + 1) % 3, (axis + 2) % 3
    step_a, step_b = np.int32(strides[a]), np.int32(strides[b])
    last_a, last_b = np.int32(box[1, a] - 1), np.int32(box[1, b] - 1)
    at = np.empty((3, TOGETHER), dtype=np.int32)
    part = np.empty((3, TOGETHER), dtype=np.float32)
    for n in range(n0, n1):
        slab = n * step_m
        before, after = np.float32(n - 0.5), np.float32(n + 0.5)
        for t in range(TOGETHER):
            here = min(max(before, rays[ENTER, t]), rays[LEAVE, t])
            there = min(max(after, rays[ENTER, t]), rays[LEAVE, t])
            base_a, base_b = rays[BASE_A, t], rays[BASE_B, t]
            i = min(np.int32(base_a + rays[SLOPE_A, t] * here), last_a)
            i_next = min(np.int32(base_a + rays[SLOPE_A, t] * there), last_a)
            j = min(np.int32(base_b + rays[SLOPE_B, t] * here), last_b)
            j_next = min(np.int32(base_b + rays[SLOPE_B, t] * there), last_b)
            wall_a = min(max((np.float32(max(i, i_next)) - base_a) * rays[RUN_A, t], here), there)
            wall_b = min(max((np.float32(max(j, j_next)) - base_b) * rays[RUN_B, t], here), there)
            near, far = min(wall_a, wall_b), max(wall_a, wall_b)
            from_a, to_a = np.int32(i * step_a), np.int32(i_next * step_a)
            from_b, to_b = np.int32(j * step_b), np.int32(j_next * step_b)
            at[0, t], at[2, t] = from_a + from_b, to_a + to_b
            at[1, t] = np.int32(to_a + from_b) if wall_a < wall_b else np.int32(from_a + to_b)
            part[0, t], part[1, t], part[2, t] = near - here, far - near, there - far
        for t in range(0, TOGETHER, RAYS_BETWEEN):
            prefetch(array, slab + SLABS_AHEAD * step_m + at[2, t])
        for t in range(TOGETHER):
            k = np.uint64(t)
            first, middle = array[np.uint64(slab + at[0, k])], array[np.uint64(slab + at[1, k])]
            totals[k] += part[0, k] * first + part[1, k] * middle + part[2, k] * array[np.uint64(slab + at[2, k])]


@numba.njit(nogil=True, cache=True, fastmath=FINITE_OR_NOT, error_model="numpy", inline="always")
def follow_alone(
    array: NDArray, step_m: int, step_a: int, step_b: int, enter: float, leave: float,
    base_a: float, slope_a: float, wall_a: bool, base_b: float, slope_b: float, wall_b: bool,
) -> float:  # pragma: no cover  # fmt: skip
    """One ray in double precision; where it runs within a wall, the mean of both sides."""
    sides_a, sides_b = 2 if wall_a else 1, 2 if wall_b else 1
    total = 0.0
    for side_a in range(sides_a):
        for side_b in range(sides_b):
            total += follow_slabs(
                array, step_m, step_a, step_b, enter, leave,
                base_a + ON_WALL * (side_a * 2 - 1) * (sides_a - 1), slope_a,
                base_b + ON_WALL * (side_b * 2 - 1) * (sides_b - 1), slope_b,
            )  # fmt: skip
    return total / (sides_a * sides_b)
