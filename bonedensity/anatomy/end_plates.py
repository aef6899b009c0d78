"""The end plates of a vertebral body as planes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PLATE = 0.65
"""Share of the body's half width and depth within which its end plates are looked at: the rim is left out."""

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Plate:
    """An end plate as a plane; LPS.

    Attributes:
        centre: Its middle (mm).
        normal: Unit vector out of the body.
        scatter_mm: Root mean square distance of the plate from the plane: its concavity, and voxels.
    """

    centre: Points
    normal: Points
    scatter_mm: float


def end_plates(points: Points, centre: Points, axes: Points, voxel: float) -> tuple[Plate, Plate]:
    """Planes through the highest and the lowest voxel of every column, rim and outliers left out.

    Args:
        points: (n, 3) voxels of the body (LPS mm).
        centre: Of the body, by the last guess.
        axes: Columns left, back, up, by the last guess.
        voxel: Size of a voxel (mm).

    Returns:
        The upper and the lower end plate.
    """
    local = (points - centre) @ axes
    height = np.ptp(np.quantile(local[:, 2], [0.02, 0.98]))
    middle = (local[:, 2] < -0.1 * height) & (local[:, 2] > -0.35 * height)  # below the pedicles
    low, high = np.quantile(local[middle, :2], [0.01, 0.99], axis=0)
    half, at = (high - low) / 2, (high + low) / 2
    within = (((local[:, :2] - at) / half) ** 2).sum(axis=1) < PLATE**2
    columns = np.round(local[within, :2] / voxel).astype(int)
    _, which = np.unique(columns, axis=0, return_inverse=True)
    plates = []
    for sign in (1, -1):
        reach = np.full(which.max() + 1, -np.inf)
        np.maximum.at(reach, which, sign * local[within, 2])
        is_top = sign * local[within, 2] >= reach[which]
        plates.append(_plane(local[within][is_top], sign, at, voxel, centre, axes))
    return plates[0], plates[1]


def _plane(surface: Points, sign: int, at: Points, voxel: float, centre: Points, axes: Points) -> Plate:
    """Least-squares plane height = a x + b y + c, twice, the second time without outliers."""
    design = np.column_stack([surface[:, :2] - at, np.ones(len(surface))])
    keep = np.ones(len(surface), dtype=bool)
    for _ in range(2):
        plane = np.linalg.lstsq(design[keep], surface[keep, 2], rcond=None)[0]
        off = surface[:, 2] - design @ plane
        keep = np.abs(off) < max(2.5 * float(off[keep].std()), 0.5 * voxel)
    normal = sign * np.array([-plane[0], -plane[1], 1.0])
    normal = normal / np.linalg.norm(normal)
    middle = np.array([at[0], at[1], plane[2] + sign * voxel / 2])  # voxels' centres lie half a voxel inside
    return Plate(centre + axes @ middle, axes @ normal, float(off[keep].std()))
