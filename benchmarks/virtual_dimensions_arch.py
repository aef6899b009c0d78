"""Dimensions of a vertebra's arch on its label: canal, pedicles, processes (anatomy sheet, 3.2)."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import label
from virtual_dimensions_rays import Points

from bonedensity.anatomy.vertebra import VertebralBody

MIDDLE_MM = 4.0
"""Half the thickness of the slab in the mid-plane."""


def arch_dimensions(body: VertebralBody, whole: Points, voxel: float) -> dict[str, float]:
    """Canal, pedicles, transverse and spinous processes (mm).

    Args:
        body: Measured on the label.
        whole: (n, 3) voxels of the whole vertebra (LPS mm).
        voxel: Their size (mm).
    """
    points = body.local(whole)
    wall = _wall(points, body, voxel)
    found = {"transverse span": float(np.ptp(points[:, 0]) + voxel)}
    lamina = _canal_back(points, wall, body)
    if lamina is None:
        return found
    found["canal depth"] = lamina - wall - voxel
    found["spinous length"] = float(points[np.abs(points[:, 0]) < 8.0, 1].max()) + voxel / 2 - lamina
    return found | _pedicles(points, wall, lamina, body, voxel)


def _wall(points: Points, body: VertebralBody, voxel: float) -> float:
    """The body's back wall in the mid-plane at mid-height: last voxel before the canal."""
    middle = points[(np.abs(points[:, 0]) < MIDDLE_MM) & (np.abs(points[:, 2]) < 0.2 * body.height_mm)]
    depths = np.sort(middle[:, 1])
    gaps = np.flatnonzero(np.diff(depths) > 4 * voxel)
    return float(depths[gaps[0]] if len(gaps) else min(depths[-1], body.depth_mm / 2))


def _canal_back(points: Points, wall: float, body: VertebralBody) -> float | None:
    """Nearest bone behind the wall in the mid-plane."""
    middle = points[(np.abs(points[:, 0]) < 3.0) & (np.abs(points[:, 2]) < 0.35 * body.height_mm)]
    behind = middle[middle[:, 1] > wall + 7.0, 1]
    return float(np.quantile(behind, 0.05)) if len(behind) > 10 else None


def _pedicles(points: Points, wall: float, lamina: float, body: VertebralBody, voxel: float) -> dict[str, float]:
    """Both pedicles in coronal sections between wall and lamina: least width and height, and the canal between them."""
    rows = []
    for share in (0.15, 0.25, 0.35, 0.45):
        at = wall + voxel / 2 + share * (lamina - wall)
        near = np.abs(points[:, 1] - at) < 0.75 * voxel
        rows.append(_coronal_section(points[near][:, [0, 2]], body, voxel))
    found = [row for row in rows if row]
    if not found:
        return {}
    angle = _inwards(found, lamina - wall)
    width, height = (float(min(row[i] for row in found)) for i in range(2))
    canal = float(max(row[2] for row in found))
    return {"pedicle width": width * float(np.cos(angle)), "pedicle height": height, "canal width": canal}


def _inwards(rows: list[tuple[float, float, float, float]], depth: float) -> float:
    """Angle (radians) of the pedicles' axis to the mid-plane, from how far apart they stand."""
    if len(rows) < 3:
        return 0.0
    apart = np.array([row[3] for row in rows])
    return float(np.arctan(np.polyfit(0.1 * depth * np.arange(len(rows)), apart / 2, 1)[0]))


def _coronal_section(flat: Points, body: VertebralBody, voxel: float) -> tuple[float, float, float, float] | None:
    """Mean width and height of the two pedicles, the gap between them, the distance of their middles."""
    keep = (np.abs(flat[:, 0]) < 0.75 * body.width_mm) & (np.abs(flat[:, 1]) < 0.9 * body.height_mm)
    cells = np.round(flat[keep] / (0.7 * voxel)).astype(int)
    if len(cells) < 8:
        return None
    low = cells.min(axis=0) - 2
    picture = np.zeros(np.ptp(cells, axis=0) + 5, bool)
    for shift in ((0, 0), (0, 1), (1, 0), (1, 1)):
        picture[tuple((cells - low + shift).T)] = True
    parts, count = label(picture)
    sizes = np.bincount(parts.ravel())[1:]
    if count < 2:
        return None
    two = np.argsort(sizes)[-2:] + 1
    sides = sorted(
        ((np.argwhere(parts == part) + low - 0.5) * 0.7 * voxel for part in two), key=lambda p: p[:, 0].mean()
    )
    if sides[0][:, 0].max() > 0 or sides[1][:, 0].min() < 0:
        return None
    widths = [_mean_extent(side, 0, voxel) for side in sides]
    heights = [_mean_extent(side, 1, voxel) for side in sides]
    gap = float(sides[1][:, 0].min() - sides[0][:, 0].max() - 0.7 * voxel)
    return float(np.mean(widths)), float(np.mean(heights)), gap, float(sides[1][:, 0].mean() - sides[0][:, 0].mean())


def _mean_extent(section: Points, axis: int, voxel: float) -> float:
    """Extent through the section's middle."""
    other = section[:, 1 - axis]
    near = np.abs(other - np.median(other)) < 2.0 * voxel
    return float(np.ptp(section[near, axis]))
