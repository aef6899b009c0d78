"""The femur below its neck: shaft axis, lesser trochanter, greater trochanter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.femur import FemurGeometry

BELOW_TROCHANTER = 2.9
"""Distance below the head centre, in head radii, from which the femur is shaft alone."""

SLICE_MM = 3.0
"""Thickness of the sections whose centroids make the axis and the profile."""

SHORTEST_SHAFT_MM = 12.0
"""Length of shaft from which its axis can be told."""

UP_TO_MM = 70.0
"""Length of shaft that is used: farther down it bows."""

TROCHANTER_SEARCH = (1.3, 3.0)
"""Distances below the head centre, in head radii, between which the lesser trochanter's apex lies."""

BEHIND_NECK_DEG = 65.0
"""Direction in which the lesser trochanter points, turned to the back from the plane of neck and shaft."""

BESIDE_SHAFT, BEHIND_NECK = 0.3, 0.1
"""The greater trochanter's tip lies at least so far outside the shaft's axis and behind the plane of neck and shaft, in
head radii; the root of a level neck rises as high nearer to them."""

PROMINENCE_MM = 1.0
"""The lesser trochanter stands out of the shaft by at least this."""

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Shaft:
    """The shaft's axis, and the directions across it; LPS.

    Attributes:
        point: On the axis, level with the head's centre (mm).
        down: Unit vector towards the knee.
        medial: Unit vector from the axis to the head, at right angles to `down`.
        back: Unit vector to the back, at right angles to both.
        scatter_mm: Root mean square distance of the sections' centroids from the axis.
        length_mm: Of the shaft that was used.
    """

    point: Points
    down: Points
    medial: Points
    back: Points
    scatter_mm: float
    length_mm: float

    def local(self, points: Points) -> Points:
        """(n, 3) LPS mm to medial, back and down (mm)."""
        return (points - self.point) @ np.column_stack([self.medial, self.back, self.down])

    def on_axis(self, below_head_mm: float) -> Points:
        """Point of the axis."""
        return self.point + below_head_mm * self.down


def fit_shaft(points: Points, femur: FemurGeometry) -> Shaft | None:
    """The axis through the centroids of the shaft's sections; None where too little shaft was scanned.

    Args:
        points: (n, 3) voxels of the femur (LPS mm).
        femur: Its head and neck.
    """
    down = np.array([0.0, 0.0, -1.0])
    origin = femur.head_centre
    for _ in range(3):
        below = (points - femur.head_centre) @ down
        start = BELOW_TROCHANTER * femur.head_radius_mm
        chosen = (below > start) & (below < start + UP_TO_MM)
        bins = np.floor(below[chosen] / SLICE_MM).astype(int)
        if not chosen.any() or np.ptp(bins) * SLICE_MM < SHORTEST_SHAFT_MM:
            return None
        centres = np.array([points[chosen][bins == b].mean(axis=0) for b in np.unique(bins)[:-1]])
        origin, direction = centres.mean(axis=0), np.linalg.svd(centres - centres.mean(axis=0))[2][0]
        down = direction if direction[2] < 0 else -direction
    off = centres - origin
    scatter = float(np.sqrt(np.mean(np.sum((off - (off @ down)[:, None] * down) ** 2, axis=1))))
    point = origin + ((femur.head_centre - origin) @ down) * down
    medial = femur.head_centre - point
    medial = medial / np.linalg.norm(medial)
    back = np.cross(down, medial)
    back = back if back[1] > 0 else -back
    return Shaft(point, down, medial, back, scatter, float(np.ptp(centres @ down)))


def lesser_trochanter(points: Points, shaft: Shaft, head_radius_mm: float) -> tuple[Points, float] | None:
    """Apex of the lesser trochanter and how far it stands out (mm); None where no apex was scanned.

    Going up the shaft, it is the first summit of how far the bone reaches to the back and the middle.

    Args:
        points: (n, 3) surface voxels of the femur (LPS mm).
        shaft: Its axis.
        head_radius_mm: Of the head.
    """
    turn = np.radians(BEHIND_NECK_DEG)
    local = shaft.local(points)
    reach = np.cos(turn) * local[:, 0] + np.sin(turn) * local[:, 1]
    low, high = (share * head_radius_mm for share in TROCHANTER_SEARCH)
    heights = np.arange(high + 2 * SLICE_MM, low, -1.0)
    sections = [np.abs(local[:, 2] - height) < SLICE_MM / 2 for height in heights]
    if not all(section.any() for section in sections[:4]):
        return None
    profile = np.array([reach[section].max() if section.any() else -np.inf for section in sections])
    summit = _first_summit(profile)
    if summit is None:
        return None
    level = np.flatnonzero(profile >= profile[summit] - 0.5)
    level = level[np.abs(level - summit) <= 6]
    height = float(heights[level[: (len(level) + 1) // 2]].mean())  # above, the summit passes into the crest
    near = np.flatnonzero(np.abs(local[:, 2] - height) < SLICE_MM)
    apex = near[reach[near] >= reach[near].max() - 0.7]
    return points[apex].mean(axis=0), float(profile[summit] - np.median(profile[:4]))


def greater_trochanter(points: Points, shaft: Shaft, head_radius_mm: float) -> Points:
    """Tip of the greater trochanter: the highest bone outside the shaft's axis and behind the neck.

    Args:
        points: (n, 3) surface voxels of the femur (LPS mm).
        shaft: Its axis.
        head_radius_mm: Of the head.
    """
    local = shaft.local(points)
    beside = (local[:, 0] < -BESIDE_SHAFT * head_radius_mm) & (local[:, 1] > BEHIND_NECK * head_radius_mm)
    highest = local[beside, 2].min()
    return np.asarray(points[beside & (local[:, 2] < highest + 1.5)].mean(axis=0), dtype=np.float64)


def _first_summit(profile: NDArray[np.float64]) -> int | None:
    """First place that stands out of all before it, and after which the profile falls."""
    highest = 0
    for at in range(1, len(profile)):
        if profile[at] > profile[highest]:
            highest = at
        risen = profile[highest] - profile[: highest + 1].min()
        if risen >= PROMINENCE_MM and profile[highest] - profile[at] >= PROMINENCE_MM:
            return highest
    return None
