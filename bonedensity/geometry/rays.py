"""One straight ray per detector pixel, for divergent and for parallel beams alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.geometry.camera import PinholeCamera


@dataclass(frozen=True, slots=True, eq=False)
class RayGrid:
    """Rays whose two ends are affine in the pixel (u, v).

    Attributes:
        start: 3x3; columns are the start at pixel (0, 0), its step per column u and its step per row v.
        end: 3x3; the same for the far end, on the detector.
        rows: Number of rows (v).
        columns: Number of columns (u).
    """

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    rows: int
    columns: int

    def moved(self, affine: NDArray[np.float64]) -> RayGrid:
        """The same rays in another frame, by a 4x4 affine `b_from_a`."""
        return RayGrid(_move(affine, self.start), _move(affine, self.end), self.rows, self.columns)

    def ends(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Start and end of every ray, each (rows, columns, 3)."""
        v, u = np.mgrid[0 : self.rows, 0 : self.columns].astype(np.float64)
        weights = np.stack([np.ones_like(u), u, v], axis=-1)
        return weights @ self.start.T, weights @ self.end.T


def pinhole_rays(camera: PinholeCamera) -> RayGrid:
    """Rays from the source to the centre of every detector pixel, in world mm.

    A camera without pixel spacing has no detector distance; its rays then end at ten times the distance from the
    source to the world origin, beyond any patient.
    """
    world_from_camera = camera.camera_from_world.inverse()
    length = camera.sdd_mm if camera.pixel_spacing_mm else 10.0 * max(100.0, float(np.linalg.norm(camera.source)))
    at_unit_depth = np.linalg.inv(camera.intrinsics)  # columns: per u, per v, constant
    end = length * (world_from_camera.rotation @ at_unit_depth[:, [2, 0, 1]])
    end[:, 0] += world_from_camera.translation
    start = np.zeros((3, 3))
    start[:, 0] = world_from_camera.translation
    return RayGrid(start, end, camera.rows, camera.columns)


def parallel_rays(
    *,
    centre: ArrayLike,
    right: ArrayLike,
    down: ArrayLike,
    rows: int,
    columns: int,
    pixel_spacing_mm: tuple[float, float],
    reach_mm: float,
) -> RayGrid:
    """Parallel rays, as densitometry defines its regions on.

    Args:
        centre: World point (mm) that the middle of the image shows.
        right: Unit vector along increasing column.
        down: Unit vector along increasing row, perpendicular to `right`.
        rows: Image rows.
        columns: Image columns.
        pixel_spacing_mm: (row, column) spacing (mm), in the patient: nothing is magnified.
        reach_mm: Rays run from this far before the centre to this far behind it (mm).
    """
    u = np.asarray(right, dtype=np.float64)
    v = np.asarray(down, dtype=np.float64)
    along = np.cross(u, v) * reach_mm
    row_spacing, column_spacing = pixel_spacing_mm
    origin = np.asarray(centre, dtype=np.float64)
    origin = origin - u * column_spacing * (columns - 1) / 2 - v * row_spacing * (rows - 1) / 2
    steps = np.stack([origin, u * column_spacing, v * row_spacing], axis=1)
    shift = np.stack([along, np.zeros(3), np.zeros(3)], axis=1)
    return RayGrid(steps - shift, steps + shift, rows, columns)


def _move(affine: NDArray[np.float64], columns: NDArray[np.float64]) -> NDArray[np.float64]:
    moved = affine[:3, :3] @ columns
    moved[:, 0] += affine[:3, 3]
    return moved
