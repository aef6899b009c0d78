"""A volume laid out for one viewing axis: 16 bit, [row][slab][column], with the non-empty part of every row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

OverRows = Callable[[int, Callable[[int, int], None]], None]
"""Runs work on blocks of rows, on one thread or several."""

LEVELS = 32767
"""Grey levels: a voxel is off by at most 1/65534 of the volume's range; two voxels' difference still fits 16 bits."""

SLABS_THAT_FIT = 1000
"""Slabs whose sum fits 32 bits at full `LEVELS`; deeper volumes get fewer levels."""

PADDING = 1
"""Empty voxels added at both ends of rows and columns: interpolation at the border needs no special case."""

CACHE_LINE = 64


@dataclass(frozen=True, slots=True, eq=False)
class SlabVolume:
    """Voxels in the order the interactive renderer reads them.

    Attributes:
        voxels: (B, N, A) int16, padded along B and A; A further, to what processors read at a time.
        first: (B, N) int32, first non-empty column of each row and the next one, which are read together.
        last: (B, N) int32, one past the last.
        columns: Columns that count: the box's and `PADDING`.
        step: What one grey level is worth.
        axes: Index axes (column a, row b, slab m), each 0, 1 or 2 for (i, j, k).
        origin: Index (a, b, m) of voxel (column 0, row 0, slab 0) before padding: the crop's corner.
        filled: First and one past the last slab with content.
        content: Voxels in the non-empty parts of rows.
    """

    voxels: NDArray[np.int16]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    columns: int
    step: float
    axes: tuple[int, int, int]
    origin: tuple[int, int, int]
    filled: tuple[int, int]
    content: int

    @property
    def padded_origin(self) -> tuple[int, int, int]:
        """Index (a, b, m) of voxel (column 0, row 0, slab 0) with the padding."""
        return (self.origin[0] - PADDING, self.origin[1] - PADDING, self.origin[2])

    @property
    def used_shape(self) -> tuple[int, int, int]:
        """Rows, slabs and columns that count."""
        return (self.voxels.shape[0], self.voxels.shape[1], self.columns)


def slab_volume(
    array: NDArray[np.float32], box: NDArray[np.int64], slab_axis: int, *, skip_empty: bool, over_rows: OverRows
) -> SlabVolume:
    """Lay a volume out for rays along one index axis.

    Args:
        array: (K, J, I), C-contiguous.
        box: (2, 3) first and one-past-last non-zero voxel (i, j, k).
        slab_axis: 0, 1 or 2 for (i, j, k).
        skip_empty: Crop to the box and note the empty ends of rows; else everything is read.
        over_rows: How the work is shared among threads.
    """
    from bonedensity.drr import slab_lanes, slab_layout

    a, b = [axis for axis in range(3) if axis != slab_axis]
    if not skip_empty:
        box = np.array([[0, 0, 0], array.shape[::-1]], dtype=np.int64)
    size = box[1] - box[0]
    rows, slabs, columns = (int(size[axis]) for axis in (b, slab_axis, a))
    levels = _levels(array, box, over_rows, slabs)
    width = max(-(-(columns + 2 * PADDING) // slab_lanes.LANES) * slab_lanes.LANES, slab_lanes.WINDOW)
    voxels = _aligned_zeros((rows + 2 * PADDING, slabs, width))
    first = np.full(voxels.shape[:2], width, dtype=np.int32)
    last = np.zeros(voxels.shape[:2], dtype=np.int32)
    i, j, k = (int(n) for n in box[0])
    over_rows(
        rows,
        lambda row0, row1: slab_layout.lay_out_rows(
            array, (i, j, k), slab_axis, levels, (rows, slabs, columns), voxels, first, last, row0, row1
        ),
    )
    if not skip_empty:
        first[:], last[:] = PADDING, columns + PADDING
    used = np.flatnonzero((last > first).any(axis=0))
    filled = (int(used[0]), int(used[-1]) + 1) if used.size else (0, 0)
    origin = (int(box[0, a]), int(box[0, b]), int(box[0, slab_axis]))
    content = int(np.maximum(last - first, 0).sum())
    first[:-1], last[:-1] = np.minimum(first[:-1], first[1:]), np.maximum(last[:-1], last[1:])
    return SlabVolume(
        voxels, first, last, columns + 2 * PADDING, 1 / levels, (a, b, slab_axis), origin, filled, content
    )


def _levels(array: NDArray[np.float32], box: NDArray[np.int64], over_rows: OverRows, slabs: int) -> float:
    """Grey levels for a value of 1."""
    from bonedensity.drr import slab_layout

    found = np.empty((box[1, 2] - box[0, 2], 2), dtype=np.float32)
    over_rows(len(found), lambda k0, k1: slab_layout.extremes(array, box, k0, k1, found))
    low, high = float(found[:, 0].min()), float(found[:, 1].max())
    levels = LEVELS * min(1.0, SLABS_THAT_FIT / slabs)
    return levels / max(high, 1e-30) if low >= 0 else (levels // 2) / max(high, -low)


def _aligned_zeros(shape: tuple[int, int, int]) -> NDArray[np.int16]:
    """Zeros that start with a line of the cache."""
    size = int(np.prod(shape))
    memory = np.zeros(2 * size + CACHE_LINE, dtype=np.uint8)
    start = -memory.ctypes.data % CACHE_LINE
    return memory[start : start + 2 * size].view(np.int16).reshape(shape)
