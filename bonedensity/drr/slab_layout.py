"""Kernels that bring a volume into the order and the 16 bits of the interactive renderer."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

TILE = 16
"""Slabs written side by side where the volume must be transposed: one line of the cache of float32 voxels."""


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def extremes(array: NDArray, box: NDArray, slice0: int, slice1: int, found: NDArray) -> None:  # pragma: no cover
    """Smallest and largest voxel of each slice of a box, zero counted in.

    Args:
        array: (K, J, I).
        box: (2, 3) first and one-past-last voxel (i, j, k).
        slice0: First slice of the box, from 0.
        slice1: One past the last.
        found: (slices, 2), written.
    """
    for k in range(slice0, slice1):
        low, high = np.float32(0.0), np.float32(0.0)
        for j in range(box[0, 1], box[1, 1]):
            line = array[box[0, 2] + k, j, box[0, 0] : box[1, 0]]
            for i in range(line.size):
                low, high = min(low, line[i]), max(high, line[i])
        found[k, 0], found[k, 1] = low, high


@numba.njit(nogil=True, cache=True, error_model="numpy")
def lay_out_rows(
    array: NDArray, corner: tuple[int, int, int], slab_axis: int, levels: float, size: tuple[int, int, int],
    voxels: NDArray, first: NDArray, last: NDArray, row0: int, row1: int,
) -> None:  # pragma: no cover  # fmt: skip
    """Copy rows [row0, row1) of a box to the slab order, and note where their content starts and ends.

    Args:
        array: (K, J, I) float32.
        corner: The box's first voxel (i, j, k).
        slab_axis: 0, 1 or 2 for (i, j, k).
        levels: Grey levels for a value of 1.
        size: Rows, slabs and columns of the box.
        voxels: (B, N, A) int16, zero, written from column 1 and, for row r of the box, in row r + 1.
        first: (B, N) int32, written.
        last: (B, N) int32, written.
        row0: First row.
        row1: One past the last.
    """
    i, j, k = corner
    _, slabs, columns = size
    for b in range(row0, row1):
        if slab_axis == 0:
            for tile in range(0, slabs, TILE):
                turn_tile(array[k + b], i + tile, min(TILE, slabs - tile), j, columns, levels, voxels[b + 1], tile)
        for n in range(slabs):
            line = voxels[b + 1, n]
            if slab_axis == 1:
                copy_line(array[k + b, j + n], i, columns, levels, line)
            elif slab_axis == 2:
                copy_line(array[k + n, j + b], i, columns, levels, line)
            low, high = 1, columns + 1
            while low < high and line[low] == 0:
                low += 1
            while high > low and line[high - 1] == 0:
                high -= 1
            first[b + 1, n], last[b + 1, n] = (low, high) if low < high else (columns + 2, 0)


@numba.njit(nogil=True, cache=True, error_model="numpy", inline="always")
def copy_line(source: NDArray, start: int, count: int, levels: float, line: NDArray) -> None:  # pragma: no cover
    """One row of voxels as it lies in memory, to 16 bits."""
    for a in range(count):
        line[np.uint64(a + 1)] = np.int16(np.rint(source[np.uint64(start + a)] * np.float32(levels)))


@numba.njit(nogil=True, cache=True, error_model="numpy", inline="always")
def turn_tile(
    source: NDArray, start: int, wide: int, top: int, tall: int, levels: float, slabs: NDArray, slab0: int
) -> None:  # pragma: no cover
    """The same for some columns of a slice, which become rows."""
    for a in range(tall):
        for n in range(wide):
            slabs[slab0 + n, a + 1] = np.int16(np.rint(source[top + a, start + n] * np.float32(levels)))
