"""A volume laid out for one viewing axis: 16 bit, [row][slab][column], with the non-empty part of every row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVELS = 65535
"""Grey levels of 16 bits: a voxel is off by at most 1/131070 of the volume's range."""

PADDING = 1
"""Empty voxels added at both ends of rows and columns: interpolation at the border needs no special case."""


@dataclass(frozen=True, slots=True, eq=False)
class SlabVolume:
    """Voxels in the order the interactive renderer reads them.

    Attributes:
        voxels: (B, N, A) uint16 or float32, padded along B and A.
        first: (B, N) int32, first non-empty column of each row.
        last: (B, N) int32, one past the last.
        step: What one grey level is worth.
        axes: Index axes (column a, row b, slab m), each 0, 1 or 2 for (i, j, k).
        origin: Index (a, b, m) of voxel (column 0, row 0, slab 0) before padding: the crop's corner.
        filled: First and one past the last slab with content.
    """

    voxels: NDArray[np.generic]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    step: float
    axes: tuple[int, int, int]
    origin: tuple[int, int, int]
    filled: tuple[int, int]

    @property
    def padded_origin(self) -> tuple[int, int, int]:
        """Index (a, b, m) of voxel (column 0, row 0, slab 0) with the padding."""
        return (self.origin[0] - PADDING, self.origin[1] - PADDING, self.origin[2])


def slab_volume(
    array: NDArray[np.float32], box: NDArray[np.int64], slab_axis: int, *, skip_empty: bool, sixteen_bit: bool
) -> SlabVolume:
    """Lay a volume out for rays along one index axis.

    Args:
        array: (K, J, I), not negative where `sixteen_bit`.
        box: (2, 3) first and one-past-last non-zero voxel (i, j, k).
        slab_axis: 0, 1 or 2 for (i, j, k).
        skip_empty: Crop to the box and note the empty ends of rows; else everything is read.
        sixteen_bit: Keep 16 bits a voxel, half the memory to read.
    """
    a, b = [axis for axis in range(3) if axis != slab_axis]
    if not skip_empty:
        box = np.array([[0, 0, 0], array.shape[::-1]], dtype=np.int64)
    block = array[box[0, 2] : box[1, 2], box[0, 1] : box[1, 1], box[0, 0] : box[1, 0]]
    ordered = np.transpose(block, (2 - b, 2 - slab_axis, 2 - a))
    rows, slabs, columns = ordered.shape
    low, high = (float(ordered.min()), float(ordered.max())) if sixteen_bit else (0.0, 0.0)
    fits = sixteen_bit and low >= 0 and high > 0
    step = high / LEVELS if fits else 1.0
    voxels = np.zeros((rows + 2 * PADDING, slabs, columns + 2 * PADDING), dtype=np.uint16 if fits else np.float32)
    for row in range(rows):  # row by row: no second copy of the whole volume
        values = ordered[row]
        voxels[row + PADDING, :, PADDING:-PADDING] = np.rint(values / step) if fits else values
    first, last = _intervals(voxels) if skip_empty else _everything(voxels)
    used = np.flatnonzero((last > first).any(axis=0))
    filled = (int(used[0]), int(used[-1]) + 1) if used.size else (0, 0)
    origin = (int(box[0, a]), int(box[0, b]), int(box[0, slab_axis]))
    return SlabVolume(voxels, first, last, step, (a, b, slab_axis), origin, filled)


def _intervals(voxels: NDArray[np.generic]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    columns = voxels.shape[2]
    first = np.empty(voxels.shape[:2], dtype=np.int32)
    last = np.empty(voxels.shape[:2], dtype=np.int32)
    for row in range(len(voxels)):
        filled = voxels[row] != 0
        any_filled = filled.any(axis=1)
        first[row] = np.where(any_filled, filled.argmax(axis=1), columns)
        last[row] = np.where(any_filled, columns - filled[:, ::-1].argmax(axis=1), 0)
    return first, last


def _everything(voxels: NDArray[np.generic]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    shape, columns = voxels.shape[:2], voxels.shape[2]
    return np.full(shape, PADDING, dtype=np.int32), np.full(shape, columns - PADDING, dtype=np.int32)
