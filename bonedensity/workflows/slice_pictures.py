"""Slices of a CT as pictures on which points are marked, laid as radiologists lay them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.imaging import Volume

Plane = Literal["axial", "coronal", "sagittal"]

PLANES: tuple[Plane, ...] = get_args(Plane)

SCREEN: dict[Plane, tuple[int, int]] = {"axial": (0, 1), "coronal": (0, 2), "sagittal": (1, 2)}
"""Patient axes (0 left, 1 posterior, 2 superior) along the picture's columns and rows."""

DOWNWARDS = {1: 1.0, 2: -1.0}
"""Sign of a row's step along that axis: posterior lies below in an axial picture, feet in the others."""

BLACK_HU, WHITE_HU = -250.0, 1250.0
"""Window of bone, with some soft tissue to find one's way."""


@dataclass(frozen=True, slots=True, eq=False)
class SlicePicture:
    """One slice along the CT's own grid, with square pixels.

    Attributes:
        grey: (rows, columns).
        origin: Centre of the first pixel in LPS mm.
        steps: (2, 3), mm in LPS for one pixel to the right and one downwards.
    """

    grey: NDArray[np.uint8]
    origin: NDArray[np.float64]
    steps: NDArray[np.float64]

    def to_patient(self, at: ArrayLike) -> NDArray[np.float64]:
        """LPS mm of a point (x, y) of the picture; pixel centres are whole numbers."""
        return np.asarray(self.origin + np.asarray(at, dtype=np.float64) @ self.steps)

    def from_patient(self, point: ArrayLike) -> NDArray[np.float64]:
        """The picture's point (x, y) of LPS mm, square to the slice where it lies off it."""
        away = np.asarray(point, dtype=np.float64) - self.origin
        return np.asarray(away @ np.linalg.pinv(self.steps))

    def distance_mm(self, point: ArrayLike) -> float:
        """How far a point lies from the slice."""
        across = np.cross(*self.steps)
        away = np.asarray(point, dtype=np.float64) - self.origin
        return float(abs(away @ across) / np.linalg.norm(across))


def slice_count(ct: Volume, plane: Plane) -> int:
    """How many slices there are."""
    return int(ct.array.shape[2 - _through(ct, plane)])


def slice_at(ct: Volume, plane: Plane, point: ArrayLike) -> int:
    """The slice nearest to a point (LPS mm); the first or last where it lies beyond them."""
    index = ct.to_index(point)[_through(ct, plane)]
    return int(np.clip(np.round(index), 0, slice_count(ct, plane) - 1))


def slice_picture(ct: Volume, plane: Plane, number: int) -> SlicePicture:
    """A slice of a CT in HU.

    Args:
        ct: Any grid; its axes are named after the patient's to which they are nearest.
        plane: Which way it cuts.
        number: From 0.
    """
    across, down = (_grid_axis(ct, axis) for axis in SCREEN[plane])
    through = _through(ct, plane)
    cut = np.take(ct.array, number, axis=2 - through)
    cut = cut if across < down else cut.T  # rows along `down`
    corner = np.zeros(3)
    corner[through] = number
    steps = np.zeros((2, 3))
    for row, (axis, wanted) in enumerate(zip((across, down), (1.0, DOWNWARDS[SCREEN[plane][1]]), strict=True)):
        direction = ct.index_to_patient[:3, axis]
        if direction[SCREEN[plane][row]] * wanted < 0:
            cut, direction = np.flip(cut, 1 - row), -direction
            corner[axis] = ct.array.shape[2 - axis] - 1
        steps[row] = direction
    sizes = np.linalg.norm(steps, axis=1)
    grey = _square(np.clip((cut - BLACK_HU) * (255 / (WHITE_HU - BLACK_HU)), 0, 255), sizes[::-1] / sizes.min())
    return SlicePicture(np.round(grey).astype(np.uint8), ct.to_patient(corner), steps / sizes[:, None] * sizes.min())


def _grid_axis(ct: Volume, patient_axis: int) -> int:
    """The grid's axis (0 i, 1 j, 2 k) that goes with a patient axis: each goes with another one."""
    from scipy.optimize import linear_sum_assignment

    directions = np.abs(ct.index_to_patient[:3, :3]) / ct.spacing
    return int(linear_sum_assignment(-directions)[1][patient_axis])


def _through(ct: Volume, plane: Plane) -> int:
    return _grid_axis(ct, ({0, 1, 2} - set(SCREEN[plane])).pop())


def _square(values: NDArray[np.float64], stretch: NDArray[np.float64]) -> NDArray[np.float64]:
    """Stretched along rows and columns by linear interpolation; the first pixel stays where it is."""
    for axis, by in enumerate(stretch):
        if by > 1.001:
            count = values.shape[axis]
            at = np.arange(int((count - 1) * by) + 1) / by
            low = np.minimum(at.astype(int), max(count - 2, 0))
            share = np.expand_dims(at - low, 1 - axis)
            high = np.minimum(low + 1, count - 1)
            values = np.take(values, low, axis) * (1 - share) + np.take(values, high, axis) * share
    return values
