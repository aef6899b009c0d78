"""Where rays enter a label: what a caliper or a probe does on a specimen, on voxels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import map_coordinates

from bonedensity.imaging import LabelMap, Volume

Points = NDArray[np.float64]

STEP_MM = 0.5
"""Step along a ray; the crossing between two steps is interpolated."""

MARGIN = 3
"""Voxels kept around a label."""


@dataclass(frozen=True, slots=True, eq=False)
class Specimen:
    """One bone's label, cut out.

    Attributes:
        volume: Its block of the grid; the array is 1 in bone, float32.
        points: (n, 3) voxels of the bone (LPS mm).
    """

    volume: Volume
    points: Points

    @property
    def voxel_mm(self) -> float:
        """Mean size of a voxel (mm)."""
        return float(self.volume.spacing.mean())


def specimen(labels: LabelMap, name: str) -> Specimen:
    """A bone of a label map.

    Raises:
        AnatomyError: No such label.
    """
    mask = labels.mask([name])
    filled = [np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    start = [max(0, part[0] - MARGIN) for part in filled][::-1]
    stop = [part[-1] + 1 + MARGIN for part in filled][::-1]
    block = labels.volume.with_array(mask.astype(np.float32)).cropped(start, stop)
    return Specimen(block, block.to_patient(np.argwhere(block.array > 0)[:, ::-1]))


def occupancy(bone: Specimen, points: ArrayLike) -> NDArray[np.float64]:
    """How much a place (..., 3) lies in bone, 0 to 1; 0.5 is the surface."""
    at = np.asarray(points, dtype=np.float64)
    index = bone.volume.to_index(at.reshape(-1, 3))[:, ::-1].T
    return np.asarray(map_coordinates(bone.volume.array, index, order=1, cval=0.0).reshape(at.shape[:-1]))


def entries(
    bone: Specimen, origin: ArrayLike, directions: ArrayLike, start_mm: float, end_mm: float, *, leaves: bool = False
) -> NDArray[np.float64]:
    """Distance (mm) at which each ray first enters bone, NaN where it does not.

    Args:
        bone: The label.
        origin: (3,) or (n, 3) LPS mm.
        directions: (n, 3) unit vectors.
        start_mm: Where the rays start.
        end_mm: Where they end.
        leaves: Whether the distance at which the ray first leaves bone is wanted instead.
    """
    ways = np.atleast_2d(np.asarray(directions, dtype=np.float64))
    along = np.arange(start_mm, end_mm + STEP_MM, STEP_MM)
    points = np.asarray(origin, dtype=np.float64).reshape(-1, 1, 3) + along[:, None] * ways[:, None, :]
    inside = occupancy(bone, points)
    inside = 1 - inside if leaves else inside
    crosses = (inside[:, :-1] < 0.5) & (inside[:, 1:] >= 0.5)
    first = crosses.argmax(axis=1)
    row = np.arange(len(inside))
    before, after = inside[row, first], inside[row, first + 1]
    share = (0.5 - before) / np.where(after > before, after - before, 1.0)
    return np.where(crosses.any(axis=1), along[first] + STEP_MM * share, np.nan)


def unit(vector: ArrayLike) -> Points:
    """A vector of length 1."""
    v = np.asarray(vector, dtype=np.float64)
    return v / np.linalg.norm(v)


def across(axis: Points, hint: ArrayLike) -> tuple[Points, Points]:
    """Two unit vectors at right angles to an axis and to each other, the first nearest to `hint`."""
    h = np.asarray(hint, dtype=np.float64)
    first = unit(h - (h @ axis) * axis)
    return first, np.cross(axis, first)


def fitted_plane(points: Points, rounds: int = 3, kept: float = 0.9) -> tuple[Points, Points]:
    """Middle and unit normal of the plane nearest to points, the farthest tenth left out."""
    chosen = points
    for _ in range(rounds):
        middle = chosen.mean(axis=0)
        normal = np.linalg.svd(chosen - middle, full_matrices=False)[2][2]
        off = np.abs((points - middle) @ normal)
        chosen = points[off <= np.quantile(off, kept)]
    return middle, normal


def fitted_sphere(points: Points, rounds: int = 6, kept: float = 0.85) -> tuple[Points, float]:
    """Centre and radius of the sphere nearest to points (algebraic), outliers left out."""
    chosen = points
    for _ in range(rounds):
        middle = chosen.mean(axis=0)
        shifted = chosen - middle
        solution = np.linalg.lstsq(np.c_[2 * shifted, np.ones(len(shifted))], (shifted**2).sum(axis=1), rcond=None)[0]
        centre = solution[:3] + middle
        radius = float(np.sqrt(solution[3] + solution[:3] @ solution[:3]))
        off = np.abs(np.linalg.norm(points - centre, axis=1) - radius)
        chosen = points[off <= np.quantile(off, kept)]
    return centre, radius


def angle_deg(first: Points, second: Points) -> float:
    """Between two directions (degrees)."""
    return float(np.degrees(np.arccos(np.clip(unit(first) @ unit(second), -1, 1))))
