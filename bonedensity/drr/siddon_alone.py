"""One ray through voxels in double precision: for rays that the quicker kernel cannot place."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

FINITE_OR_NOT = {"contract", "reassoc", "nsz", "arcp"}
"""Liberties of fast arithmetic that still allow division by zero where its result is not used."""

ON_WALL = 1e-7
"""Voxels within which a ray lies on a wall."""


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
