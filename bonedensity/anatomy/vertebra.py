"""A vertebral body's geometry from the label of the whole vertebra: body, axis, end plates, corners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, label

from bonedensity.anatomy.end_plates import Plate, end_plates, oriented_surface
from bonedensity.anatomy.labels import title_of
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap, Volume

CORE_MM = 9.0
"""Radius of the ball that fits into a vertebral body everywhere, but into no pedicle or process."""

SMALLEST_CORE_MM = 5.0
"""The same in a collapsed vertebra."""

CORNER_MM = 4.5
"""How far a body's edges reach beyond the balls inside it."""

ROUNDS = 6

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class VertebralBody:
    """One vertebral body; LPS mm.

    Attributes:
        name: Label.
        mask: (K, J, I) the body without arch and processes.
        centre: Middle between both end plates.
        left: Unit vector to the patient's left.
        back: Unit vector to the back.
        up: Unit vector along the body's axis, to the head.
        superior: Upper end plate.
        inferior: Lower end plate.
        width_mm: Across, at mid-height.
        depth_mm: From front to back, at mid-height.
        cut_off: The body touches the scan's outermost voxels.
    """

    name: str
    mask: NDArray[np.bool_]
    centre: Points
    left: Points
    back: Points
    up: Points
    superior: Plate
    inferior: Plate
    width_mm: float
    depth_mm: float
    cut_off: bool

    @property
    def height_mm(self) -> float:
        """Between the end plates' middles, along the axis."""
        return float((self.superior.centre - self.inferior.centre) @ self.up)

    @property
    def axes(self) -> Points:
        """Columns: left, back, up."""
        return np.column_stack([self.left, self.back, self.up])

    def local(self, points: Points) -> Points:
        """(..., 3) LPS mm to left, back, up from the body's centre (mm)."""
        return np.asarray((points - self.centre) @ self.axes, dtype=np.float64)


def fit_vertebra(labels: LabelMap, name: str) -> VertebralBody:
    """Measure a vertebral body on its label; it may be tilted by up to 45 degrees.

    Args:
        labels: With the vertebra.
        name: TotalSegmentator's name, such as "vertebrae_L3".

    Raises:
        AnatomyError: No such label, or nothing of a body's size in it.
    """
    whole = labels.mask([name])
    box, grid = _box(labels.volume, whole)
    mask = whole[box]
    body = _body(mask, grid, name)
    points = grid.points_where(body)
    behind = grid.points_where(mask & ~body)
    centre, up = points.mean(axis=0), np.array([0.0, 0.0, 1.0])
    back = _back(behind, centre)
    voxel, surface = float(grid.spacing.mean()), oriented_surface(body, grid)
    for _ in range(ROUNDS):
        axes = _axes(up, back)
        top, bottom = end_plates(points, surface, centre, axes, voxel)
        tilt = top.normal - bottom.normal
        up = tilt / np.linalg.norm(tilt)
        centre = (top.centre + bottom.centre) / 2
    axes = _axes(up, back)
    whole_body = np.zeros_like(whole)
    whole_body[box] = body
    local = (points - centre) @ axes
    height = float((top.centre - bottom.centre) @ up)
    width, depth = _extents(local, height, voxel)
    return VertebralBody(
        name,
        whole_body,
        centre,
        axes[:, 0],
        axes[:, 1],
        axes[:, 2],
        top,
        bottom,
        width,
        depth,
        touches_border(whole_body),
    )


def fit_whole_vertebra(labels: LabelMap, name: str) -> VertebralBody | None:
    """The same, or None where the scan's edge cuts through the body.

    Args:
        labels: With the vertebra.
        name: TotalSegmentator's name.

    Raises:
        AnatomyError: No such label, or one within the scan that has no body.
    """
    at_edge = touches_border(labels.mask([name]))
    try:
        body = fit_vertebra(labels, name)
    except AnatomyError:
        if at_edge:
            return None
        raise
    return None if body.cut_off else body


def _box(volume: Volume, mask: NDArray[np.bool_]) -> tuple[tuple[slice, ...], Volume]:
    """The label's box with a border, and the grid there."""
    filled = [np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    box = tuple(slice(max(0, f[0] - 2), min(n, f[-1] + 3)) for f, n in zip(filled, mask.shape, strict=True))
    start, stop = [part.start for part in box][::-1], [part.stop for part in box][::-1]
    return box, volume.cropped(start, stop)


def _body(mask: NDArray[np.bool_], grid: Volume, name: str) -> NDArray[np.bool_]:
    """The body: what lies within or next to the balls that fit into it."""
    spacing = grid.spacing[::-1]
    inside = np.asarray(distance_transform_edt(np.pad(mask, 1), sampling=spacing))[1:-1, 1:-1, 1:-1]
    radius = min(CORE_MM, 0.75 * float(inside.max()))
    if radius < SMALLEST_CORE_MM:
        raise AnatomyError(
            f"The label {title_of(name)} holds no vertebral body: it is {2 * inside.max():.0f} mm thick. "
            "Check the segmentation."
        )
    parts, _ = label(inside >= radius)
    largest = parts == np.argmax(np.bincount(parts.ravel())[1:]) + 1
    away = np.asarray(distance_transform_edt(~largest, sampling=spacing))
    return np.asarray(mask & (away <= radius + CORNER_MM))


def _back(behind: Points, centre: Points) -> Points:
    """From the body to arch and processes; where these are missing, to the patient's back."""
    if len(behind) < 20:
        return np.array([0.0, 1.0, 0.0])
    towards = behind.mean(axis=0) - centre  # the arch is as long on both sides
    return np.asarray(towards / np.linalg.norm(towards), dtype=np.float64)


def _axes(up: Points, back: Points) -> Points:
    """Columns left, back, up at right angles."""
    level = back - (back @ up) * up
    level = level / np.linalg.norm(level)
    return np.column_stack([np.cross(level, up), level, up])


def _extents(local: Points, height: float, voxel: float) -> tuple[float, float]:
    """Width and depth at mid-height; pedicles, above the middle and behind, do not count."""
    level = np.abs(local[:, 2]) < 0.15 * height
    low, high = np.quantile(local[level, :2], [0.01, 0.99], axis=0)
    central = level & (np.abs(local[:, 0]) < 0.15 * (high[0] - low[0]))
    front, back = local[central, 1].min(), local[central, 1].max()
    forward = level & (np.abs(local[:, 1] - (front + back) / 2) < 0.25 * (back - front))
    return float(np.ptp(local[forward, 0]) + voxel), float(back - front + voxel)


def touches_border(mask: NDArray[np.bool_]) -> bool:
    """Whether a label (K, J, I) reaches the outermost voxels of the scan, where it is likely cut off."""
    return any(bool(mask.take(at, axis=axis).any()) for axis in range(3) for at in (0, -1))
