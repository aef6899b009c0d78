"""The end plates of a vertebral body as planes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, gaussian_filter

from bonedensity.errors import AnatomyError
from bonedensity.imaging import Volume

FACING = 0.75
"""Cosine of the angle (41 degrees) within which a surface faces up or down: an end plate, no wall."""

FEWEST = 6
"""Surface voxels from which a plane can be told."""

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


def oriented_surface(mask: NDArray[np.bool_], grid: Volume) -> tuple[Points, Points]:
    """Surface voxels of a mask and the way out of it.

    Args:
        mask: (K, J, I) with a border of voxels outside.
        grid: Its grid.

    Returns:
        (n, 3) LPS mm, and as many unit vectors: downhill on the smoothed mask, so that single voxels do not turn them.
    """
    rim = np.argwhere(mask & ~binary_erosion(mask))
    slope = np.stack(
        [part[tuple(rim.T)] for part in np.gradient(gaussian_filter(mask.astype(np.float32), 1.0))], axis=1
    )
    out = -slope[:, ::-1] @ np.linalg.inv(grid.index_to_patient[:3, :3])
    return grid.to_patient(rim[:, ::-1]), out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)


def end_plates(
    points: Points, surface: tuple[Points, Points], centre: Points, axes: Points, voxel: float
) -> tuple[Plate, Plate]:
    """Planes through the surface that faces up and down; rim and outliers are left out.

    Args:
        points: (n, 3) voxels of the body (LPS mm).
        surface: Its surface voxels and the way out of them; see `oriented_surface`.
        centre: Of the body, by the last guess.
        axes: Columns left, back, up, by the last guess.
        voxel: Size of a voxel (mm).

    Returns:
        The upper and the lower end plate.

    Raises:
        AnatomyError: Nothing faces up, or nothing down.
    """
    local, rim, facing = (points - centre) @ axes, (surface[0] - centre) @ axes, surface[1] @ axes
    height = np.ptp(np.quantile(local[:, 2], [0.02, 0.98]))
    middle = (local[:, 2] < -0.1 * height) & (local[:, 2] > -0.35 * height)  # below the pedicles
    low, high = np.quantile(local[middle, :2], [0.01, 0.99], axis=0)
    half, at = (high - low) / 2, (high + low) / 2
    within = (((rim[:, :2] - at) / half) ** 2).sum(axis=1) < PLATE**2
    plates = []
    for sign in (1, -1):
        chosen = within & (sign * facing[:, 2] > FACING) & (sign * rim[:, 2] > 0)
        if chosen.sum() < FEWEST:
            raise AnatomyError(
                "No end plate was found: the label's upper or lower end is not that of a vertebral body."
            )
        plates.append(_plane(rim[chosen], sign, at, voxel, centre, axes))
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
