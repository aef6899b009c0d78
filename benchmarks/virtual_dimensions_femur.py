"""Dimensions of a proximal femur on its label, as osteometry and hip DXA define them (anatomy sheet, 1.1)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from virtual_dimensions_rays import Points, Specimen, across, angle_deg, entries

from bonedensity.anatomy.femur import FemurGeometry
from bonedensity.anatomy.femur_shaft import Shaft, fit_shaft, greater_trochanter, lesser_trochanter
from bonedensity.anatomy.labels import Side
from bonedensity.virtual.hip.posture import FemurPosture

SHAFT_BELOW_MM = 100.0
"""How far below the lesser trochanter the shaft's diameter is taken."""

NECK_RANGE = (0.75, 1.9)
"""Distances from the head's centre, in head radii, between which the neck is narrowest."""


def femur_dimensions(bone: Specimen, hip: Specimen, femur: FemurGeometry, posture: Points | None) -> dict[str, float]:
    """Millimetres and degrees; a dimension that this scan does not show is missing.

    Args:
        bone: The femur's label.
        hip: The hip bone's of the same side.
        femur: Head and neck of the femur.
        posture: (3, 3) rotation from a femur whose toes point to the front; None where it is not known.
    """
    found = {"femoral head diameter": 2 * femur.head_radius_mm}
    shaft = fit_shaft(bone.points, femur)
    if shaft is None:
        return found
    found |= _neck(bone, femur, shaft) | _trochanters(bone, femur, shaft) | _axis_length(bone, hip, femur)
    found["neck-shaft angle"] = angle_deg(-femur.neck_axis, shaft.down)
    found["femoral offset"] = float(np.linalg.norm(femur.head_centre - shaft.point))
    if posture is not None:
        found["anteversion"] = _anteversion_deg(femur, shaft, posture)
    return found


def _anteversion_deg(femur: FemurGeometry, shaft: Shaft, posture: Points) -> float:
    """Turn of the neck to the front about the shaft, against the femur's own left-right axis.

    The knee is not on the scan: how the femur was turned when it was scanned takes its place.
    """
    neck, down = posture.T @ -femur.neck_axis, posture.T @ shaft.down
    level = neck - (neck @ down) * down
    return float(np.degrees(np.arctan2(-level[1], abs(level[0]))))


def rotation_of(posture: Mapping[str, float], side: Side) -> Points:
    """(3, 3) of a femur posture as the truth of a virtual hip states it."""
    return FemurPosture(**posture).rotation(1 if side == "L" else -1)


def _neck(bone: Specimen, femur: FemurGeometry, shaft: Shaft) -> dict[str, float]:
    """Narrowest width in the plane of neck and shaft, as a DXA image shows it."""
    up, front = across(femur.neck_axis, -shaft.down)
    local = (bone.points - femur.head_centre) @ np.column_stack([femur.neck_axis, up, front])
    widths = []
    for at in np.arange(*NECK_RANGE, 0.03) * femur.head_radius_mm:
        near = (np.abs(local[:, 0] - at) < 0.75 * bone.voxel_mm) & (np.abs(local[:, 1]) < 1.5 * femur.head_radius_mm)
        if near.any():
            middle = float(np.median(local[near, 1]))
            widths.append(_chord(bone, femur.head_centre + at * femur.neck_axis + middle * up, up, front))
    return {"femoral neck width": min(widths)} if widths else {}


def _chord(bone: Specimen, middle: Points, up: Points, front: Points) -> float:
    """Greatest reach above and below a point over parallel rays from front to back."""
    origins = middle + np.arange(-9.0, 9.1, 1.5)[:, None] * front
    total = 0.0
    for way in (up, -up):
        reach = entries(bone, origins, np.tile(way, (len(origins), 1)), 0.0, 45.0, leaves=True)
        total += float(np.nanmax(reach)) if np.isfinite(reach).any() else 45.0
    return total


def _axis_length(bone: Specimen, hip: Specimen, femur: FemurGeometry) -> dict[str, float]:
    """Along the neck's axis from the lateral cortex to the head's far side, and on to the pelvis's inner surface."""
    lateral = entries(bone, femur.head_centre, femur.neck_axis[None], 1.2 * femur.head_radius_mm, 130.0, leaves=True)[0]
    inner = entries(hip, femur.head_centre, -femur.neck_axis[None], femur.head_radius_mm, 60.0)[0]
    found = {"femoral neck axis length": float(lateral) + femur.head_radius_mm}
    if np.isfinite(inner):
        brim = entries(hip, femur.head_centre, -femur.neck_axis[None], inner + 1.0, 75.0, leaves=True)[0]
        found["hip axis length"] = float(lateral) + float(brim)
    return found


def _trochanters(bone: Specimen, femur: FemurGeometry, shaft: Shaft) -> dict[str, float]:
    radius = femur.head_radius_mm
    tip = float(shaft.local(greater_trochanter(bone.points, shaft, radius)[None])[0, 2])
    found = {"greater trochanter's tip below head centre": tip - 0.5 * bone.voxel_mm}
    apex = lesser_trochanter(bone.points, shaft, radius)
    if apex is None:
        return found
    level = float(shaft.local(apex[0][None])[0, 2])
    found["lesser trochanter below head centre"] = level
    found["lesser trochanter's bulge"] = apex[1]
    diameter = _diameter(bone, shaft, level + SHAFT_BELOW_MM)
    return found if diameter is None else {**found, "shaft diameter 100 mm below lesser trochanter": diameter}


def _diameter(bone: Specimen, shaft: Shaft, level: float) -> float | None:
    """Of the circle as large as the section."""
    heights = shaft.local(bone.points)[:, 2]
    if heights.max() < level + 3.0:
        return None
    volume = float((np.abs(heights - level) < 3.0).sum()) * bone.volume.voxel_volume_mm3
    return float(2 * np.sqrt(volume / 6.0 / np.pi))
