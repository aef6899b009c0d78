"""Slabs accumulated on a plane without a processor's own instructions: `slab_kernels` in float32."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.prefetch import prefetch
from bonedensity.drr.slab_kernels import SLABS_AHEAD, SLABS_AT_ONCE, chunks_between, place_rows
from bonedensity.drr.slab_lanes import LANES, ROWS, SAMPLES, WHOLE_MIX
from bonedensity.drr.slab_pairs import add_pairs


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
        voxels: (B, N, A) int16; the outermost rows and columns are zero.
        first: (B, N) int32, first column that is not zero in a row or the next.
        last: (B, N) int32, one past the last such column; not above `first` where there is none.
        scale: (N, 2) float32: voxels of a slab per plane pixel, along columns and along rows.
        offset: (N, 2) float32: column and row of a slab at plane pixel (0, 0).
        slab0: First slab.
        slab1: One past the last.
        out: (Q, P) float32, 1 a grey level, written; Q a multiple of `ROWS`, P of `SAMPLES`.
        row0: First row of the plane, a multiple of `ROWS`.
        row1: One past its last row, likewise.
    """
    slabs, columns, width = voxels.shape[1], voxels.shape[2], out.shape[1]
    at = np.empty((SLABS_AT_ONCE, width), dtype=np.int32)
    right_share = np.empty((SLABS_AT_ONCE, width), dtype=np.float32)
    mixed = np.empty((ROWS, columns), dtype=np.float32)
    above, share = np.empty(ROWS, dtype=np.int64), np.empty(ROWS, dtype=np.int16)
    flat, flat_mixed, sums = voxels.reshape(-1), mixed.reshape(-1), out.reshape(-1)
    flat_at, flat_share = at.reshape(-1), right_share.reshape(-1)
    out[row0:row1] = 0.0
    for block in range(slab0, slab1, SLABS_AT_ONCE):
        beyond = min(block + SLABS_AT_ONCE, slab1)
        place_samples(scale, offset, block, beyond, columns, at, right_share)
        for q in range(row0, row1, ROWS):
            for n in range(block, beyond):
                low, high = place_rows(first, last, offset[n, 1], scale[n, 1], n, q, above, share)
                g0, g1 = chunks_between(low, high, offset[n, 0], scale[n, 0], width // SAMPLES)
                if low >= high or g0 >= g1:
                    continue
                left, right = at[n - block, g0 * SAMPLES], at[n - block, g1 * SAMPLES - 1] + 2
                for row in range(ROWS):
                    b, part = above[row], np.float32(share[row]) / np.float32(WHOLE_MIX)
                    for k in range(left, right, LANES):
                        prefetch(flat, ((b + 1) * slabs + n + SLABS_AHEAD) * columns + k)
                    mix(voxels[b, n], voxels[b + 1, n], part, left, right, mixed[row])
                for p in range(g0 * SAMPLES, g1 * SAMPLES, SAMPLES):
                    table = (n - block) * width + p
                    add_pairs(flat_mixed, columns, flat_at, flat_share, table, sums, q * width + p, width)


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def place_samples(
    scale: NDArray, offset: NDArray, slab0: int, slab1: int, columns: int, at: NDArray, share: NDArray
) -> None:  # pragma: no cover
    """Left voxel and the right one's share, for every plane column of some slabs; outside, the empty border's."""
    for n in range(slab0, slab1):
        for p in range(at.shape[1]):
            x = offset[n, 0] + scale[n, 0] * np.float32(p)
            left = min(max(np.int32(np.floor(x)), np.int32(0)), np.int32(columns - 2))
            at[n - slab0, p] = left
            share[n - slab0, p] = min(max(x - np.float32(left), np.float32(0.0)), np.float32(1.0))


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def mix(
    upper: NDArray, lower: NDArray, share: float, start: int, stop: int, mixed: NDArray
) -> None:  # pragma: no cover
    """A row between two rows of voxels. Unsigned indices spare numba its test for negative ones."""
    for i in range(start, stop):
        k = np.uint64(i)
        value = np.float32(upper[k])
        mixed[k] = value + share * (np.float32(lower[k]) - value)
