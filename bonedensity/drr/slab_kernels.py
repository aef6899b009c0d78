"""Slabs accumulated on a plane: the part of the interactive renderer that reads the volume.

For slabs perpendicular to one axis, perspective projection onto a parallel plane is separable: a sample costs one
contiguous mix of two rows and one interpolation along the row. Memory runs [row][slab][column], so that one row of the
plane reads the volume almost in order and its sums stay in the cache. Where a sample falls along a row is the same for
every row, so it is worked out once for a block of slabs. For processors with AVX-512BW; `slab_plain` serves others.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.prefetch import prefetch
from bonedensity.drr.slab_lanes import LANES, ROWS, SAMPLES, WHOLE_MIX, WHOLE_WEIGHT, WINDOW, add, mix

SLABS_AT_ONCE = 32
"""Slabs whose sample positions are kept: with a row of 600 pixels about 150 kB, within a core's cache."""

SLABS_AHEAD = 2
"""How far ahead memory is asked for."""


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def accumulate_rows(
    voxels: NDArray,
    first: NDArray,
    last: NDArray,
    scale: NDArray,
    offset: NDArray,
    slab0: int,
    slab1: int,
    out: NDArray,
    row0: int,
    row1: int,
) -> None:  # pragma: no cover
    """Sum all slabs onto rows of the plane.

    Args:
        voxels: (B, N, A) int16, A a multiple of `LANES`, at least `WINDOW`; the outermost rows and columns are zero.
        first: (B, N) int32, first column that is not zero in a row or the next.
        last: (B, N) int32, one past the last such column; not above `first` where there is none.
        scale: (N, 2) float32: voxels of a slab per plane pixel, along columns and along rows.
        offset: (N, 2) float32: column and row of a slab at plane pixel (0, 0).
        slab0: First slab.
        slab1: One past the last.
        out: (Q, P) int32, `slab_lanes.WORTH` a grey level, written; Q a multiple of `ROWS`, P of `SAMPLES`.
        row0: First row of the plane, a multiple of `ROWS`.
        row1: One past its last row, likewise.
    """
    slabs, columns = voxels.shape[1], voxels.shape[2]
    chunks = out.shape[1] // SAMPLES
    start = np.empty((SLABS_AT_ONCE, chunks), dtype=np.int32)
    where = np.empty(SLABS_AT_ONCE * chunks * LANES, dtype=np.int16)
    weights = np.empty(SLABS_AT_ONCE * chunks * LANES, dtype=np.int16)
    mixed = np.zeros(ROWS * columns, dtype=np.int16)
    above, share = np.empty(ROWS, dtype=np.int64), np.empty(ROWS, dtype=np.int16)
    flat, sums = voxels.reshape(-1), out.reshape(-1)
    below = slabs * columns
    out[row0:row1] = 0
    for block in range(slab0, slab1, SLABS_AT_ONCE):
        beyond = min(block + SLABS_AT_ONCE, slab1)
        place_samples(scale, offset, block, beyond, columns, start, where, weights)
        for q in range(row0, row1, ROWS):
            for n in range(block, beyond):
                low, high = place_rows(first, last, offset[n, 1], scale[n, 1], n, q, above, share)
                g0, g1 = chunks_between(low, high, offset[n, 0], scale[n, 0], chunks)
                if low >= high or g0 >= g1:
                    continue
                for row in range(ROWS):
                    upper = (above[row] * slabs + n) * columns
                    for k in range(start[n - block, g0] & -LANES, start[n - block, g1 - 1] + WINDOW, LANES):
                        mix(flat, upper + k, upper + below + k, share[row], mixed, row * columns + k)
                        prefetch(flat, upper + below + k + SLABS_AHEAD * columns)
                for g in range(g0, g1):
                    table = ((n - block) * chunks + g) * LANES
                    at = q * out.shape[1] + g * SAMPLES
                    add(mixed, start[n - block, g], columns, where, weights, table, sums, at, out.shape[1])


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def place_samples(
    scale: NDArray,
    offset: NDArray,
    slab0: int,
    slab1: int,
    columns: int,
    start: NDArray,
    where: NDArray,
    weights: NDArray,
) -> None:  # pragma: no cover
    """Window, voxels and weights of every plane column of some slabs; samples outside weigh nothing."""
    chunks = start.shape[1]
    for n in range(slab0, slab1):
        for g in range(chunks):
            x = offset[n, 0] + scale[n, 0] * np.float32(g * SAMPLES)
            begin = min(max(math.floor(x), 0), columns - WINDOW)
            start[n - slab0, g] = begin
            table = ((n - slab0) * chunks + g) * LANES
            for i in range(SAMPLES):
                x = offset[n, 0] + scale[n, 0] * np.float32(g * SAMPLES + i)
                left = np.floor(x)
                right_weight = np.int32(np.float32(WHOLE_WEIGHT) * (x - left) + np.float32(0.5))
                k = np.int32(np.int32(left) - np.int32(begin))
                inside = (k >= 0) & (k < WINDOW - 1)
                at = np.uint64(table + 2 * i)
                where[at] = np.int16(k) if inside else np.int16(0)
                where[at + np.uint64(1)] = np.int16(k + 1) if inside else np.int16(0)
                weights[at] = np.int16(WHOLE_WEIGHT - right_weight) if inside else np.int16(0)
                weights[at + np.uint64(1)] = np.int16(right_weight) if inside else np.int16(0)


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def place_rows(
    first: NDArray, last: NDArray, offset: float, scale: float, n: int, q: int, above: NDArray, share: NDArray
) -> tuple[int, int]:  # pragma: no cover
    """Upper row of voxels and the lower one's share for plane rows q to q + `ROWS`; first and one past last column.

    A row outside the volume reads row 0, which is empty.
    """
    low, high = 1 << 30, 0
    for row in range(ROWS):
        y = offset + scale * np.float32(q + row)
        b = np.int64(0)
        share[row] = 0
        if y >= 0.0 and y < first.shape[0] - 1:
            b = np.int64(y)
            share[row] = min(np.int32(WHOLE_MIX - 1), np.int32(np.float32(WHOLE_MIX) * (y - np.float32(b))))
            low, high = min(low, first[b, n]), max(high, last[b, n])
        above[row] = b
    return low, high


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def chunks_between(
    low: int, high: int, offset: float, scale: float, chunks: int
) -> tuple[int, int]:  # pragma: no cover
    """First and one past the last `SAMPLES` plane columns that see columns [low, high) of a slab."""
    a_voxel = np.float32(1.0) / scale
    p0 = max(np.float32(0.0), (np.float32(low - 1) - offset) * a_voxel)
    p1 = max(np.float32(-1.0), (np.float32(high) - offset) * a_voxel)
    return int(p0) // SAMPLES, min(chunks, int(p1 + np.float32(1.0)) // SAMPLES + 1)
