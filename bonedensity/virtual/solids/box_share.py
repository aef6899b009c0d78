"""Compiled inner loops of `facing`: normals from neighbouring distances, volume of a box cut by planes."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

SPREAD = 0.41
"""Each share is the mean over voxels moved so far (edges) to both sides along the normal, the middle one twice.

Rays that run askew to the voxels else see a comb of bright and dark rows where a surface is nearly along them.
"""

THINNEST = 0.02
"""Share of a voxel's edge that every axis adds to its extent at least: the sum of cubes is divided by all three."""

STEPS_FROM = 0.3
"""Part of the normal along an axis from which the way to the opposite surface steps along it."""

EVEN = 0.3
"""Share of the slope below which a voxel lies so near to the middle of a plate that its neighbours differ little."""

THICK_MM = 1e6
"""Where the opposite surface is not seen."""


@numba.njit(nogil=True, cache=True, error_model="numpy")
def surface_facing(
    distance: NDArray, at: NDArray, voxel_mm: float, extent: NDArray, thickness: NDArray
) -> None:  # pragma: no cover
    """See `facing`.

    The slope along an axis is the larger of those to both sides: next to the middle of a plate one of them is too
    small. The voxel one step inwards lies across a plate thinner than a voxel, and both distances give its thickness;
    in a thicker bone the same sum is a thickness beyond which the opposite surface does not matter.

    Args:
        distance: (K, J, I) mm.
        at: (N, 3) indices.
        voxel_mm: Edge of a voxel.
        extent: (N, 3), written.
        thickness: (N,), written.
    """
    slope, lean = np.empty(3), np.empty(3)
    inwards = np.empty(3, np.int64)
    for n in range(len(at)):
        here = distance[at[n, 0], at[n, 1], at[n, 2]]
        for axis in range(3):
            _slope(distance, at[n], axis, here, slope, lean)
        length = max(np.sqrt(slope[0] ** 2 + slope[1] ** 2 + slope[2] ** 2), 1e-9)
        way = 0.0
        for axis in range(3):
            part = slope[axis] / length
            extent[n, axis] = voxel_mm * max(part, THINNEST)
            inwards[axis] = 0 if part < STEPS_FROM else (-1 if lean[axis] > 0 else 1)
            way += voxel_mm * part * abs(inwards[axis])
        opposite = _across(distance, at[n], inwards, np.abs(lean) < EVEN * slope)
        thickness[n] = THICK_MM if np.isnan(opposite) else way - here - opposite


@numba.njit(nogil=True, cache=True, error_model="numpy", inline="always")
def _across(distance: NDArray, at: NDArray, inwards: NDArray, even: NDArray) -> float:  # pragma: no cover
    """Distance one step inwards.

    Where both ways along an axis are alike, the turn counts that leads farthest from the plate's middle to both sides.
    """
    farthest, found = -np.inf, np.nan
    there, back = np.empty(3, np.int64), np.empty(3, np.int64)
    for turned in range(8):
        allowed = True
        for axis in range(3):
            flip = (turned >> axis) & 1
            step = (1 - 2 * flip) * inwards[axis]
            there[axis], back[axis] = at[axis] + step, at[axis] - step
            allowed = allowed and (flip == 0 or (even[axis] and step != 0))
            allowed = (
                allowed and min(there[axis], back[axis]) >= 0 and max(there[axis], back[axis]) < distance.shape[axis]
            )
        if allowed:
            first, second = distance[there[0], there[1], there[2]], distance[back[0], back[1], back[2]]
            if first + second > farthest:
                farthest, found = first + second, min(first, second)
    return found


@numba.njit(nogil=True, cache=True, error_model="numpy", inline="always")
def _slope(
    distance: NDArray, at: NDArray, axis: int, here: float, slope: NDArray, lean: NDArray
) -> None:  # pragma: no cover
    """Steepest change of the distance along one axis, and which way it rises."""
    k, j, i = at[0], at[1], at[2]
    one_k, one_j, one_i = int(axis == 0), int(axis == 1), int(axis == 2)
    after, before = np.nan, np.nan
    if at[axis] + 1 < distance.shape[axis]:
        after = distance[k + one_k, j + one_j, i + one_i] - here
    if at[axis] > 0:
        before = here - distance[k - one_k, j - one_j, i - one_i]
    after, before = 0.0 if np.isnan(after) else after, 0.0 if np.isnan(before) else before
    slope[axis] = max(abs(after), abs(before))
    lean[axis] = after + before


@numba.njit(nogil=True, cache=True, error_model="numpy")
def plate_share(
    distance: NDArray, extent: NDArray, thickness: NDArray, below: NDArray, voxel_mm: float, out: NDArray
) -> None:  # pragma: no cover
    """See `Facing.share`.

    Args:
        distance: (N,) mm.
        extent: (N, 3) mm.
        thickness: (N,) mm.
        below: (N,) mm.
        voxel_mm: Edge of a voxel.
        out: (N,), written.
    """
    aside = SPREAD * voxel_mm
    for n in range(len(distance)):
        a, b, c = float(extent[n, 0]), float(extent[n, 1]), float(extent[n, 2])
        near = _mean_inside(distance[n] + below[n], aside, a, b, c)
        far = distance[n] + thickness[n] - below[n]
        out[n] = max(near - _mean_inside(far, aside, a, b, c), 0.0) if near > 0 else 0.0


@numba.njit(nogil=True, cache=True, error_model="numpy", inline="always")
def _mean_inside(away: float, aside: float, a: float, b: float, c: float) -> float:  # pragma: no cover
    """`_inside` spread along the normal."""
    half = 0.5 * (a + b + c) + aside
    if away >= half:
        return 0.0
    if away <= -half:
        return 1.0
    return 0.5 * _inside(away, a, b, c) + 0.25 * (_inside(away - aside, a, b, c) + _inside(away + aside, a, b, c))


@numba.njit(nogil=True, cache=True, error_model="numpy", inline="always")
def _inside(away: float, a: float, b: float, c: float) -> float:  # pragma: no cover
    """Share of a box inside a plane so far (mm) from its centre; a, b, c are its edges' parts along the normal."""
    half = 0.5 * (a + b + c)
    if away >= half:
        return 0.0
    if away <= -half:
        return 1.0
    cut = half - abs(away)  # from the corner, of the smaller part
    cubes = cut**3 - _cube(cut - a) - _cube(cut - b) - _cube(cut - c)
    cubes += _cube(cut - a - b) + _cube(cut - b - c) + _cube(cut - a - c)
    part = cubes / (6 * a * b * c)
    return part if away > 0 else 1 - part


@numba.njit(nogil=True, cache=True, error_model="numpy", inline="always")
def _cube(value: float) -> float:  # pragma: no cover
    return value * value * value if value > 0 else 0.0
