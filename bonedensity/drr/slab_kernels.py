"""Kernels of the interactive renderer: slabs accumulated on a plane, then one warp to the detector.

For slabs perpendicular to one axis, perspective projection onto a parallel plane is separable: a sample costs one
contiguous mix of two rows and one interpolation along the row. Memory runs [row][slab][column], so that one row of the
plane reads the volume almost in order and its sums stay in the cache. Where a sample falls along a row is the same for
every row, so it is worked out once for a block of slabs; two rows are summed together to read it half as often.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

SLABS_AT_ONCE = 64
"""Slabs whose sample positions are kept: with a row of 600 pixels about 300 kB, within a core's cache."""


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
        voxels: (B, N, A) uint16 or float32; the outermost rows and columns are zero.
        first: (B, N) int32, first column that is not zero.
        last: (B, N) int32, one past the last such column; not above `first` where there is none.
        scale: (N, 2) float32: voxels of a slab per plane pixel, along columns and along rows.
        offset: (N, 2) float32: column and row of a slab at plane pixel (0, 0).
        slab0: First slab.
        slab1: One past the last.
        out: (Q, P) float32, written.
        row0: First row of the plane.
        row1: One past its last row.
    """
    width = out.shape[1]
    at = np.empty((SLABS_AT_ONCE, width), dtype=np.uint32)
    share = np.empty((SLABS_AT_ONCE, width), dtype=np.float32)
    mixed = np.zeros((2, voxels.shape[2]), dtype=np.float32)
    out[row0:row1] = 0.0
    for start in range(slab0, slab1, SLABS_AT_ONCE):
        stop = min(start + SLABS_AT_ONCE, slab1)
        place_samples(scale, offset, start, stop, at, share)
        for q in range(row0, row1, 2):
            for n in range(start, stop):
                add_two_rows(
                    voxels, first, last, scale, offset, n, at[n - start], share[n - start], mixed, out, q, row1
                )


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def place_samples(
    scale: NDArray, offset: NDArray, start: int, stop: int, at: NDArray, share: NDArray
) -> None:  # pragma: no cover
    """Left voxel and the right one's share, for every plane column of some slabs."""
    for n in range(start, stop):
        for p in range(at.shape[1]):
            x = offset[n, 0] + scale[n, 0] * np.float32(p)
            left = math.floor(x)
            at[n - start, p] = np.uint32(np.int32(left))
            share[n - start, p] = x - np.float32(left)


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def add_two_rows(
    voxels: NDArray,
    first: NDArray,
    last: NDArray,
    scale: NDArray,
    offset: NDArray,
    n: int,
    at: NDArray,
    share: NDArray,
    mixed: NDArray,
    out: NDArray,
    q: int,
    row1: int,
) -> None:  # pragma: no cover
    """Add one slab to plane rows q and q + 1 (the second only below `row1`)."""
    rows = voxels.shape[0]
    y = offset[n, 1] + scale[n, 1] * q
    z = y + scale[n, 1]
    upper = y >= 0.0 and y < rows - 1
    lower = q + 1 < row1 and z >= 0.0 and z < rows - 1
    if not (upper or lower):
        return
    b = np.int64(y) if upper else np.int64(z)
    c = np.int64(z) if lower else b
    low_b, high_b = min(first[b, n], first[b + 1, n]), max(last[b, n], last[b + 1, n])
    low_c, high_c = min(first[c, n], first[c + 1, n]), max(last[c, n], last[c + 1, n])
    upper = upper and low_b < high_b
    lower = lower and low_c < high_c
    if not (upper or lower):
        return
    low = min(low_b, low_c) if upper and lower else (low_b if upper else low_c)
    high = max(high_b, high_c) if upper and lower else (high_b if upper else high_c)
    p0 = max(0, np.int64(math.ceil((low - 1 - offset[n, 0]) / scale[n, 0])))
    p1 = min(out.shape[1], np.int64(math.floor((high - offset[n, 0]) / scale[n, 0])) + 1)
    if upper and lower:
        one, two = np.float32(y - b), np.float32(z - c)
        mix(voxels[b, n], voxels[b + 1, n], one, low - 1, high + 1, mixed[0])
        mix(voxels[c, n], voxels[c + 1, n], two, low - 1, high + 1, mixed[1])
        add_pair(mixed, at, share, p0, p1, out[q], out[q + 1])
    elif upper:
        mix(voxels[b, n], voxels[b + 1, n], np.float32(y - b), low - 1, high + 1, mixed[0])
        add_one(mixed[0], at, share, p0, p1, out[q])
    else:
        mix(voxels[c, n], voxels[c + 1, n], np.float32(z - c), low - 1, high + 1, mixed[0])
        add_one(mixed[0], at, share, p0, p1, out[q + 1])


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def mix(
    upper: NDArray, lower: NDArray, share: float, start: int, stop: int, mixed: NDArray
) -> None:  # pragma: no cover
    """A row between two rows of voxels. Unsigned indices spare numba its test for negative ones."""
    for i in range(start, stop):
        k = np.uint64(i)
        value = np.float32(upper[k])
        mixed[k] = value + share * (np.float32(lower[k]) - value)


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def add_pair(
    mixed: NDArray, at: NDArray, share: NDArray, p0: int, p1: int, one: NDArray, two: NDArray
) -> None:  # pragma: no cover
    """Interpolate two mixed rows at the same places and add them to two rows of the plane."""
    above, below = mixed[0], mixed[1]
    for p in range(p0, p1):
        k = np.uint64(p)
        left = np.uint64(at[k])
        right = left + np.uint64(1)
        part = share[k]
        a = above[left]
        one[k] += a + part * (above[right] - a)
        b = below[left]
        two[k] += b + part * (below[right] - b)


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy", inline="always")
def add_one(mixed: NDArray, at: NDArray, share: NDArray, p0: int, p1: int, sums: NDArray) -> None:  # pragma: no cover
    """The same for a single row."""
    for p in range(p0, p1):
        k = np.uint64(p)
        left = np.uint64(at[k])
        value = mixed[left]
        sums[k] += value + share[k] * (mixed[left + np.uint64(1)] - value)


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def warp_rows(
    plane: NDArray, homography: NDArray, length: NDArray, factor: float, out: NDArray, row0: int, row1: int
) -> None:  # pragma: no cover
    """Bring the plane to the detector, and sums over slabs to integrals over mm.

    Args:
        plane: (Q, P) float32 sums.
        homography: 3x3: detector pixel (u, v, 1) to plane pixel (p, q, 1) times the slabs its direction crosses.
        length: 3x3: detector pixel (u, v, 1) to that same direction in mm.
        factor: Multiplies the result.
        out: (rows, columns) float32, written.
        row0: First detector row.
        row1: One past the last.
    """
    height, width = plane.shape
    for v in range(row0, row1):
        for u in range(out.shape[1]):
            w = homography[2, 0] * u + homography[2, 1] * v + homography[2, 2]
            p = (homography[0, 0] * u + homography[0, 1] * v + homography[0, 2]) / w
            q = (homography[1, 0] * u + homography[1, 1] * v + homography[1, 2]) / w
            if p < 0.0 or q < 0.0 or p >= width - 1 or q >= height - 1:
                out[v, u] = 0.0
                continue
            i, j = np.uint64(p), np.uint64(q)
            fx, fy = np.float32(p - i), np.float32(q - j)
            one = np.uint64(1)
            above = plane[j, i] + fx * (plane[j, i + one] - plane[j, i])
            below = plane[j + one, i] + fx * (plane[j + one, i + one] - plane[j + one, i])
            x = length[0, 0] * u + length[0, 1] * v + length[0, 2]
            y = length[1, 0] * u + length[1, 1] * v + length[1, 2]
            z = length[2, 0] * u + length[2, 1] * v + length[2, 2]
            mm = math.sqrt(x * x + y * y + z * z) / abs(w) * factor
            out[v, u] = (above + fy * (below - above)) * np.float32(mm)


@numba.njit(nogil=True, cache=True, error_model="numpy")
def plan_view(
    source: NDArray,
    directions: NDArray,
    shape: tuple[int, int, int],
    slab0: int,
    slab1: int,
    detector: tuple[int, int],
    oversampling: float,
    scale: NDArray,
    offset: NDArray,
    homography: NDArray,
) -> tuple[int, int]:  # pragma: no cover
    """How a view reads a slab volume; fills `scale`, `offset` and `homography`.

    Args:
        source: (3,) column, row and slab of the X-ray source, in padded voxels.
        directions: 3x3: detector pixel (u, v, 1) to a ray's direction (column, row, slab).
        shape: Rows, slabs and columns of the padded volume.
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
    for n in range(scale.shape[0]):
        share = (n - source[2]) / reach
        for axis in range(2):
            scale[n, axis] = share * pitch[axis]
            offset[n, axis] = source[axis] + share * (low[axis] - pitch[axis] - source[axis])
    for axis in range(2):
        for column in range(3):
            moved = homography[axis, column] - (low[axis] - pitch[axis]) * homography[2, column]
            homography[axis, column] = moved / pitch[axis]
    return math.ceil((high[1] - low[1]) / pitch[1]) + 3, math.ceil((high[0] - low[0]) / pitch[0]) + 3


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


@numba.njit(nogil=True, cache=True, error_model="numpy")
def project_alone(
    voxels: NDArray,
    first: NDArray,
    last: NDArray,
    slab0: int,
    slab1: int,
    source: NDArray,
    directions: NDArray,
    length: NDArray,
    oversampling: float,
    factor: float,
    out: NDArray,
) -> bool:  # pragma: no cover
    """A whole projection on the calling thread; False where slabs cannot serve."""
    slabs = voxels.shape[1]
    scale, offset = np.empty((slabs, 2), np.float32), np.empty((slabs, 2), np.float32)
    homography = np.empty((3, 3))
    rows, columns = plan_view(
        source, directions, voxels.shape, slab0, slab1, out.shape, oversampling, scale, offset, homography
    )
    if rows < 0:
        return False
    if rows == 0:
        out[:] = 0.0
        return True
    plane = np.empty((rows, columns), np.float32)
    accumulate_rows(voxels, first, last, scale, offset, slab0, slab1, plane, 0, rows)
    warp_rows(plane, homography, length, factor, out, 0, out.shape[0])
    return True
