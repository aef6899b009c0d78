"""Dimensions of the bony pelvis on its labels (anatomy sheet, 2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_closing, binary_fill_holes, label
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist
from virtual_dimensions_rays import Points, Specimen, entries, unit

MIDDLE_MM = 40.0
"""The symphysis lies within this of the mid-plane."""

ARCH = 0.7
"""Share of the height from the pubic body's lower end to the tuberosity over which the rami's edges make the arch."""

VIEWS_DEG = range(0, 100, 10)
"""From the front to the side: the obturator foramen is measured where it looks largest."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Directions of a pelvis that may be turned: left along the line through both hips, up as near to the room's up.

    Attributes:
        middle: Between the hips (LPS mm).
        axes: Columns left, back, up.
    """

    middle: Points
    axes: Points

    def local(self, points: Points) -> Points:
        """(..., 3) LPS mm to left, back, up (mm)."""
        return (points - self.middle) @ self.axes


def pelvic_frame(left_hip: Points, right_hip: Points) -> Frame:
    """The frame of two hip centres (LPS mm)."""
    left = unit(left_hip - right_hip)
    up = unit(np.array([0.0, 0.0, 1.0]) - left[2] * left)
    return Frame((left_hip + right_hip) / 2, np.column_stack([left, np.cross(up, left), up]))


def pelvis_dimensions(hips: dict[str, Specimen], frame: Frame) -> dict[str, float]:
    """Millimetres and degrees.

    Args:
        hips: Hip bones by side, "L" and "R".
        frame: Of this pelvis.
    """
    local = {side: frame.local(bone.points) for side, bone in hips.items()}
    voxel = hips["L"].voxel_mm
    breadth = float(local["L"][:, 0].max() - local["R"][:, 0].min() + voxel)
    heights = [_longest(points) + 0.7 * voxel for points in local.values()]
    return {
        "bi-iliac breadth": breadth,
        "innominate height": float(np.mean(heights)),
        **_symphysis(hips, frame),
        **_arch(upright(local)),
        **_obturator(local, voxel),
        **_teardrops(local, voxel),
    }


def upright(local: dict[str, Points]) -> dict[str, Points]:
    """Turned about the hips until the front upper spines stand above the pubic tubercles, as on a straight film."""
    points = np.concatenate(list(local.values()))
    spine, pubis = (
        part[part[:, 1] < part[:, 1].min() + 2.0].mean(axis=0)
        for part in (points[points[:, 2] > 40.0], points[(points[:, 2] < 10.0) & (np.abs(points[:, 0]) < 45.0)])
    )
    lean = np.arctan2(spine[1] - pubis[1], spine[2] - pubis[2])
    turn = np.array([[1, 0, 0], [0, np.cos(lean), np.sin(lean)], [0, -np.sin(lean), np.cos(lean)]])
    return {side: part @ turn for side, part in local.items()}


def _longest(points: Points) -> float:
    """Greatest distance between two points."""
    return float(pdist(points[ConvexHull(points).vertices]).max())


def _symphysis(hips: dict[str, Specimen], frame: Frame) -> dict[str, float]:
    """Gap between the pubic bones where they face each other, and the height over which they do."""
    local = frame.local(hips["L"].points)
    near = local[local[:, 0] < 9.0]
    low, high = np.quantile(near[:, 1:], [0.02, 0.98], axis=0)
    y, z = np.meshgrid(np.arange(low[0], high[0], 2.0), np.arange(low[1], high[1], 2.0))
    start = frame.middle + np.column_stack([0 * y.ravel(), y.ravel(), z.ravel()]) @ frame.axes.T
    left = entries(hips["L"], start, np.tile(frame.axes[:, 0], (len(start), 1)), -6.0, 14.0)
    right = entries(hips["R"], start, np.tile(-frame.axes[:, 0], (len(start), 1)), -6.0, 14.0)
    gap = (left + right)[np.isfinite(left + right)]
    if len(gap) < 5:
        return {}
    narrow = np.isfinite(left + right) & (left + right < np.median(gap) + 3.0)
    face = np.column_stack([y.ravel(), z.ravel()])[narrow]
    return {"symphysis width": float(np.quantile(gap, 0.25)), "symphysis height": _longest(face) + 2.0}


def _arch(local: dict[str, Points]) -> dict[str, float]:
    """Sub-pubic angle of the rami's inner edges as an AP radiograph shows them."""
    angle = 0.0
    for side, sign in (("L", 1.0), ("R", -1.0)):
        points = local[side] * [sign, 1.0, 1.0]
        foot, lowest = points[points[:, 0] < 12.0, 2].min(), points[:, 2].min()
        heights = np.arange(foot - 1.0, foot - ARCH * (foot - lowest), -1.5)
        rows = [(foot - z, points[np.abs(points[:, 2] - z) < 1.5, 0]) for z in heights]
        edge = np.array([(down, x.min()) for down, x in rows if len(x)])
        angle += float(np.degrees(np.arctan(np.polyfit(edge[:, 0], edge[:, 1], 1)[0])))
    return {"sub-pubic angle": angle}


def _obturator(local: dict[str, Points], voxel: float) -> dict[str, float]:
    """Longest diameter of the foramen and the one at right angles, seen from where it is widest."""
    rows = []
    for side, sign in (("L", 1.0), ("R", -1.0)):
        lower = local[side][local[side][:, 2] < 5.0] * [sign, 1.0, 1.0]
        holes = []
        for turn in np.radians(VIEWS_DEG):
            flat = np.column_stack([lower @ [np.cos(turn), np.sin(turn), 0.0], lower[:, 2]])
            holes.append(_hole(flat, voxel))
        largest = max((hole for hole in holes if hole is not None), key=len, default=None)
        if largest is not None:
            rows.append(_feret(largest))
    if not rows:
        return {}
    longest, shortest = np.mean(rows, axis=0)
    return {"obturator foramen height": float(longest), "obturator foramen width": float(shortest)}


def _hole(flat: Points, voxel: float) -> Points | None:
    """Points of the largest hole in a projection."""
    low = flat.min(axis=0) - 4 * voxel
    cells = np.round((flat - low) / voxel).astype(int)
    picture = np.zeros(cells.max(axis=0) + 5, bool)
    picture[tuple(cells.T)] = True
    picture = binary_closing(picture, np.ones((3, 3)))
    parts, count = label(binary_fill_holes(picture) & ~picture)
    if not count:
        return None
    return np.argwhere(parts == np.bincount(parts.ravel())[1:].argmax() + 1) * voxel


def _feret(points: Points) -> tuple[float, float]:
    """Greatest extent, and the extent at right angles to it."""
    turns = np.radians(np.arange(0, 180, 3))
    extents = [np.ptp(points @ [np.cos(t), np.sin(t)]) for t in turns]
    at = int(np.argmax(extents))
    return extents[at], extents[(at + 30) % 60]


def _teardrops(local: dict[str, Points], voxel: float) -> dict[str, float]:
    """Between the teardrops: the inner surface of the sockets' floor below the heads' centres, seen from the front."""
    inner = []
    for side, sign in (("L", 1.0), ("R", -1.0)):
        points = local[side] * [sign, 1.0, 1.0]
        wall = points[(np.abs(points[:, 1]) < 8.0) & (points[:, 2] < -8.0) & (points[:, 2] > -20.0)]
        if not len(wall):
            return {}
        inner.append(float(wall[:, 0].min()) - voxel / 2)
    return {"inter-teardrop distance": sum(inner)}
