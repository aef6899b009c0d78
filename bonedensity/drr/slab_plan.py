"""How one view reads a slab volume: which axis, where each slab falls on the plane, and from there to the detector."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.slab_lanes import SAMPLES, WINDOW

WIDEST_STEP = (WINDOW - 3) / SAMPLES
"""Voxels from one sample to the next at most: the samples taken at a time must fit one window of voxels."""


@numba.njit(nogil=True, cache=True, error_model="numpy")
def plan_view(
    source: NDArray, directions: NDArray, shape: tuple[int, int, int], slab0: int, slab1: int,
    detector: tuple[int, int], oversampling: float, scale: NDArray, offset: NDArray, homography: NDArray,
) -> tuple[int, int]:  # pragma: no cover  # fmt: skip
    """How a view reads a slab volume; fills `scale`, `offset` and `homography`.

    Args:
        source: (3,) column, row and slab of the X-ray source, in padded voxels.
        directions: 3x3: detector pixel (u, v, 1) to a ray's direction (column, row, slab).
        shape: Rows, slabs and columns of the volume, with its empty border.
        slab0: First slab with content.
        slab1: One past the last.
        detector: Rows and columns.
        oversampling: Plane pixels for each detector pixel along one axis.
        scale: (N, 2), written; see `accumulate_rows`.
        offset: (N, 2), written.
        homography: 3x3, written; see `warp_rows`.

    Returns:
        Rows and columns of the plane; (0, 0) where the view sees nothing, (-1, -1) where slabs cannot serve
        (the source stands among the slabs).
    """
    near, far = slab0 - source[2], slab1 - 1 - source[2]
    if near * far <= 0.0 or min(abs(near), abs(far)) < 2.0:
        return -1, -1
    reach = np.floor((slab0 + slab1) / 2) - source[2]
    for column in range(3):
        homography[0, column] = reach * directions[0, column] + source[0] * directions[2, column]
        homography[1, column] = reach * directions[1, column] + source[1] * directions[2, column]
        homography[2, column] = directions[2, column]
    low, high = np.empty(2), np.empty(2)
    pitch = np.empty(2)
    middle_u, middle_v = (detector[1] - 1) / 2, (detector[0] - 1) / 2
    w = homography[2, 0] * middle_u + homography[2, 1] * middle_v + homography[2, 2]
    for axis in range(2):
        size = shape[2] if axis == 0 else shape[0]
        row = homography[axis]
        at = (row[0] * middle_u + row[1] * middle_v + row[2]) / w
        pitch[axis] = math.hypot(row[0] - at * homography[2, 0], row[1] - at * homography[2, 1]) / abs(w) / oversampling
        if axis == 0:
            pitch[axis] = min(pitch[axis], WIDEST_STEP * abs(reach) / max(abs(near), abs(far)))
        low[axis], high[axis] = shadow(source[axis], size, reach / near, reach / far)
        seen_low, seen_high = math.inf, -math.inf
        for u in (-1.0, float(detector[1])):
            for v in (-1.0, float(detector[0])):
                x = (row[0] * u + row[1] * v + row[2]) / (
                    homography[2, 0] * u + homography[2, 1] * v + homography[2, 2]
                )
                seen_low, seen_high = min(seen_low, x), max(seen_high, x)
        low[axis], high[axis] = max(low[axis], seen_low), min(high[axis], seen_high)
        if high[axis] <= low[axis]:
            return 0, 0
    place_slabs(source, reach, pitch, low, scale, offset)
    for axis in range(2):
        for column in range(3):
            moved = homography[axis, column] - (low[axis] - pitch[axis]) * homography[2, column]
            homography[axis, column] = moved / pitch[axis]
    return math.ceil((high[1] - low[1]) / pitch[1]) + 3, math.ceil((high[0] - low[0]) / pitch[0]) + 3


@numba.njit(nogil=True, cache=True, error_model="numpy", inline="always")
def place_slabs(
    source: NDArray, reach: float, pitch: NDArray, low: NDArray, scale: NDArray, offset: NDArray
) -> None:  # pragma: no cover
    """Fill `scale` and `offset` for a plane of `pitch` whose pixel (1, 1) lies at `low`."""
    for n in range(scale.shape[0]):
        share = (n - source[2]) / reach
        for axis in range(2):
            scale[n, axis] = share * pitch[axis]
            offset[n, axis] = source[axis] + share * (low[axis] - pitch[axis] - source[axis])


@numba.njit(nogil=True, cache=True, error_model="numpy", inline="always")
def shadow(source: float, size: int, near: float, far: float) -> tuple[float, float]:  # pragma: no cover
    """Where the volume's columns (or rows) fall on the plane, from its nearest and its farthest slab."""
    a, b = source - near * source, source + near * (size - 1 - source)
    c, d = source - far * source, source + far * (size - 1 - source)
    return min(a, c), max(b, d)


@numba.njit(nogil=True, cache=True, error_model="numpy")
def steepest_axis(start: NDArray, end: NDArray, rows: int, columns: int) -> int:  # pragma: no cover
    """The index axis (0, 1, 2) that divergent rays run along most; -1 where slabs cannot serve.

    They cannot for parallel rays, nor where some rays run backwards along that axis.

    Args:
        start: 3x3 starts of the rays in index space (see RayGrid).
        end: 3x3, their far ends.
        rows: Detector rows.
        columns: Detector columns.
    """
    best, steepest = -1, 0.0
    for axis in range(3):
        if start[axis, 1] != 0.0 or start[axis, 2] != 0.0:
            return -1
        base = end[axis, 0] - start[axis, 0]
        across, down = end[axis, 1] * (columns - 1), end[axis, 2] * (rows - 1)
        middle = base + (across + down) / 2
        if abs(middle) > steepest:
            steepest = abs(middle)
            one_way = base * middle > 0 and (base + across) * middle > 0
            one_way = one_way and (base + down) * middle > 0 and (base + across + down) * middle > 0
            best = axis if one_way else -1
    return best


@numba.njit(nogil=True, cache=True, error_model="numpy")
def turn_view(
    start: NDArray,
    end: NDArray,
    axes: tuple[int, int, int],
    origin: tuple[int, int, int],
    affine: NDArray,
    source: NDArray,
    directions: NDArray,
    length: NDArray,
) -> None:  # pragma: no cover
    """Rays of a view in the order of a slab volume; fills `source`, `directions` and `length`.

    Args:
        start: 3x3, as above.
        end: 3x3, as above.
        axes: Index axes of column, row and slab.
        origin: Padded voxel (0, 0, 0)'s column, row and slab index.
        affine: 3x3, index step to mm.
        source: (3,), written; see `plan_view`.
        directions: 3x3, written; see `plan_view`.
        length: 3x3, written; see `warp_rows`.
    """
    for k in range(3):
        axis = axes[k]
        source[k] = start[axis, 0] - origin[k]
        directions[k, 0], directions[k, 1] = end[axis, 1], end[axis, 2]
        directions[k, 2] = end[axis, 0] - start[axis, 0]
    for row in range(3):
        for column in range(3):
            total = 0.0
            for k in range(3):
                total += affine[row, axes[k]] * directions[k, column]
            length[row, column] = total
