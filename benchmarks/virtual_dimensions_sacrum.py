"""Dimensions of the sacrum, of the pelvic inlet and of the spine's base on their labels (anatomy sheet, 2 and 3)."""

from __future__ import annotations

import numpy as np
from virtual_dimensions_pelvis import Frame
from virtual_dimensions_rays import Points, Specimen, across, angle_deg, entries, fitted_plane, unit

from bonedensity.anatomy.end_plates import Plate

REACH_MM = 26.0
"""Farthest that the next end plate lies from an end plate."""

FALLS_MM, RISES_MM = 3.0, 1.5
"""A surface so far below or above the plate's plane no longer belongs to it."""

BRIM_MM = np.arange(12.0, 60.0, 2.0)
"""Heights above the hips between which the brim is widest."""


def facing_plate(bone: Specimen, plate: Plate, width_mm: float, depth_mm: float) -> tuple[Points, Points] | None:
    """The end plate of the next bone: its middle and unit normal towards the given plate (LPS mm).

    Args:
        bone: The next bone.
        plate: The end plate that it faces.
        width_mm: Of the body with that plate.
        depth_mm: The same from front to back.
    """
    normal = unit(plate.normal)
    left = unit(np.array([1.0, 0.0, 0.0]) - normal[0] * normal)
    back = np.cross(normal, left)
    x, y = np.meshgrid(np.linspace(-0.3, 0.3, 13) * width_mm, np.linspace(-0.3, 0.3, 13) * depth_mm)
    start = plate.centre + x.reshape(-1, 1) * left + y.reshape(-1, 1) * back
    reach = entries(bone, start, np.tile(normal, (len(start), 1)), -2.0, REACH_MM)
    hit = np.isfinite(reach)
    if hit.mean() < 0.7:
        return None
    middle, across = fitted_plane(start[hit] + reach[hit, None] * normal)
    return middle, across if across @ normal < 0 else -across


def gap_mm(above: Specimen, below: Specimen, middle: Points, up: Points) -> float:
    """Height of the space between two bodies, mean over 9 by 9 mm around its middle.

    Args:
        above: The upper bone.
        below: The lower bone.
        middle: A place between both (LPS mm).
        up: Unit vector from the lower to the upper.
    """
    left, back = across(up, [1.0, 0.0, 0.0])
    x, y = np.meshgrid((-4.5, 0.0, 4.5), (-4.5, 0.0, 4.5))
    start = middle + x.reshape(-1, 1) * left + y.reshape(-1, 1) * back
    ways = np.tile(up, (len(start), 1))
    gap = entries(above, start, ways, -1.0, 14.0) + entries(below, start, -ways, -1.0, 14.0)
    return float(np.nanmean(gap)) if np.isfinite(gap).any() else float("nan")


def sacrum_dimensions(bone: Specimen, frame: Frame, plate: tuple[Points, Points] | None) -> dict[str, float]:
    """Breadth, S1's end plate, pelvic incidence and sacral slope (mm, degrees).

    Args:
        bone: The sacrum.
        frame: Of its pelvis.
        plate: Middle and normal of its upper end plate; None where it was not found.
    """
    local = frame.local(bone.points)
    found = {"sacral breadth": float(np.ptp(local[:, 0]) + bone.voxel_mm)}
    if plate is None:
        return found
    middle, normal = plate
    to_hips = frame.middle - middle
    found["pelvic incidence"] = angle_deg(-normal, to_hips)
    found["S1 end plate depth"] = _plate_depth(bone, middle, normal)
    return found


def _plate_depth(bone: Specimen, middle: Points, normal: Points) -> float:
    """Of S1's end plate in the mid-plane. Its width has no end on a label: the wings rise to its level beside it."""
    back, _ = across(normal, [0.0, 1.0, 0.0])
    return sum(_edge(bone, middle, normal, sign * back) for sign in (1, -1))


def _edge(bone: Specimen, middle: Points, normal: Points, way: Points) -> float:
    along = np.arange(0.0, 45.0, 0.75)
    start = middle + along[:, None] * way + 8.0 * normal
    reach = entries(bone, start, np.tile(-normal, (len(start), 1)), 0.0, 8.0 + FALLS_MM)
    on = np.isfinite(reach) & (reach > 8.0 - RISES_MM)
    gone = np.flatnonzero(~on)
    return float(along[gone[0]] - 0.375) if len(gone) else float("nan")


def inlet_dimensions(
    hips: dict[str, Specimen], sacrum: Specimen, frame: Frame, plate: tuple[Points, Points]
) -> dict[str, float]:
    """Conjugate from promontory to symphysis, and the brim's greatest breadth as an AP radiograph shows it (mm).

    Args:
        hips: Hip bones by side.
        sacrum: The sacrum.
        frame: Of the pelvis.
        plate: Of the sacrum.
    """
    promontory, brim = _promontory(sacrum, frame, plate), _symphysis_top(hips, frame)
    breadth = np.zeros(len(BRIM_MM))
    for side, sign in (("L", 1.0), ("R", -1.0)):
        points = frame.local(hips[side].points) * [sign, 1.0, 1.0]
        breadth += [points[np.abs(points[:, 2] - height) < hips[side].voxel_mm, 0].min() for height in BRIM_MM]
    return {
        "pelvic inlet depth": float(np.linalg.norm(brim - promontory)),
        "pelvic inlet width": float(breadth.max()) - hips["L"].voxel_mm,
    }


def _promontory(sacrum: Specimen, frame: Frame, plate: tuple[Points, Points]) -> Points:
    """Front edge of the sacral plate in the mid-plane."""
    middle, normal = plate
    front = -frame.axes[:, 1]
    front = unit(front - (front @ normal) * normal)
    return middle + _edge(sacrum, middle, normal, front) * front


def _symphysis_top(hips: dict[str, Specimen], frame: Frame) -> Points:
    """Upper inner edge of the pubic bones beside the mid-plane."""
    points = np.concatenate([frame.local(bone.points) for bone in hips.values()])
    near = points[(np.abs(points[:, 0]) < 10.0) & (points[:, 1] < 0)]
    inward = near @ unit([0.0, 0.6, 1.0])
    edge = near[inward > inward.max() - 3.0].mean(axis=0)
    return np.asarray(frame.middle + frame.axes @ np.array([0.0, edge[1], edge[2]]))
