"""The camera behind a bundle of diverging rays, as other tools want it told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.geometry import RayGrid


@dataclass(frozen=True, eq=False)
class Pinhole:
    """A square-on detector.

    Attributes:
        source: LPS mm.
        world_from_camera: 4x4; x along columns, y along rows, z from source to detector.
        sdd_mm: Source to detector.
        spacing_mm: (row, column).
        offset_mm: (x, y) from the point square under the source to the detector's middle.
        first_pixel: Centre of pixel (0, 0), LPS mm.
        rows: Detector rows.
        columns: Detector columns.
    """

    source: NDArray[np.float64]
    world_from_camera: NDArray[np.float64]
    sdd_mm: float
    spacing_mm: tuple[float, float]
    offset_mm: tuple[float, float]
    first_pixel: NDArray[np.float64]
    rows: int
    columns: int

    @classmethod
    def of(cls, rays: RayGrid) -> Pinhole:
        assert not rays.start[:, 1:].any(), "only rays from one source"
        column, row = np.linalg.norm(rays.end[:, 1]), np.linalg.norm(rays.end[:, 2])
        x, y = rays.end[:, 1] / column, rays.end[:, 2] / row
        pose = np.eye(4)
        pose[:3, :3] = np.stack([x, y, np.cross(x, y)], axis=1)
        pose[:3, 3] = rays.start[:, 0]
        middle = rays.end @ [1.0, (rays.columns - 1) / 2, (rays.rows - 1) / 2]
        offset = (middle - rays.start[:, 0]) @ pose[:3, :3]
        return cls(
            rays.start[:, 0], pose, float(offset[2]), (float(row), float(column)), (float(offset[0]), float(offset[1])),
            rays.end[:, 0], rays.rows, rays.columns,
        )  # fmt: skip


def box_interval(
    rays: RayGrid, shape: tuple[int, ...], affine: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Where every ray that meets the volume's box enters and leaves it (shares of the ray), and its length (mm)."""
    start, end = rays.moved(np.linalg.inv(affine)).ends()
    d = end - start
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (-0.5 - start) / d, (np.array(shape[::-1]) - 0.5 - start) / d
    first, last = np.clip(np.minimum(a, b).max(-1), 0, 1), np.clip(np.maximum(a, b).min(-1), 0, 1)
    hit = last > first
    return first[hit], last[hit], np.linalg.norm(d @ affine[:3, :3].T, axis=-1)[hit]


def samples_for_one_voxel_steps(
    rays: RayGrid, shape: tuple[int, ...], affine: NDArray[np.float64], *, common: bool = False
) -> int:
    """Samples such that they lie one voxel apart on the mean ray.

    Args:
        rays: A typical view.
        shape: Of the volume.
        affine: Its index to patient.
        common: Whether all rays are sampled between the first entry and the last exit of any of them.
    """
    first, last, length = box_interval(rays, shape, affine)
    reach = (last.max() - first.min()) * length.mean() if common else ((last - first) * length).mean()
    return int(np.ceil(reach / np.linalg.norm(affine[:3, :3], axis=0).min()))
