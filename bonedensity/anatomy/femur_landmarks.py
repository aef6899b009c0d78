"""The landmarks of a proximal femur that densitometry needs, from its label (Uemura et al. 2022)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion

from bonedensity.anatomy.femur import FemurGeometry, fit_femur
from bonedensity.anatomy.femur_shaft import Shaft, fit_shaft, greater_trochanter, lesser_trochanter
from bonedensity.anatomy.labels import Side, femur_name
from bonedensity.anatomy.landmark import Landmark
from bonedensity.imaging import LabelMap

EIGHT = (
    "head_centre", "neck_centre", "junction_superior", "junction_inferior", "junction_anterior", "junction_posterior",
    "shaft_20mm", "shaft_50mm",
)  # fmt: skip
"""The eight landmarks; the lesser trochanter's apex and the greater trochanter's tip come with them."""

NEAR_JUNCTION_MM = 1.5
"""Half the thickness of the section at the junction of head and neck."""

WITHIN_DEG = 25.0
"""A junction point lies in its direction within this angle."""

PATCHES = 12
"""Parts of a head's surface whose bumps, and whose voxels' errors, do not depend on each other."""

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class FemurLandmarks:
    """Points of one proximal femur.

    Attributes:
        side: The patient's side.
        femur: Head and neck that they rest on.
        found: Name to landmark.
        missing: Name to the reason why it was not found.
    """

    side: Side
    femur: FemurGeometry
    found: dict[str, Landmark]
    missing: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """As a JSON object: points, and for each how it was found."""
        return {
            "landmarks": {name: landmark.point.tolist() for name, landmark in self.found.items()},
            "details": {name: landmark.to_json() for name, landmark in self.found.items()},
            "missing": dict(self.missing),
        }


def femur_landmarks(labels: LabelMap, side: Side) -> FemurLandmarks:
    """Find a proximal femur's landmarks by its geometry.

    Args:
        labels: With the femur and the hip bone of that side, in TotalSegmentator's names.
        side: The patient's side.

    Raises:
        AnatomyError: A label is missing, or head or neck are not on the scan.
    """
    femur = fit_femur(labels, side)
    mask = labels.mask([femur_name(side)])
    points = labels.volume.points_where(mask)
    surface = labels.volume.points_where(mask & ~binary_erosion(mask))
    voxel = float(labels.volume.spacing.mean())
    shaft = fit_shaft(points, femur)
    found = {
        "head_centre": Landmark(
            femur.head_centre, _head_error(surface, femur, voxel), "sphere through the joint surface"
        ),
        "neck_centre": Landmark(femur.neck_centre, 0.6 * voxel + 0.8, "narrowest section of the neck"),
        **_junction(surface, femur, voxel),
    }
    missing: dict[str, str] = {}
    if shaft is None:
        why = f"the scan ends {femur.below_head_mm:.0f} mm below the femoral head's centre, above the shaft"
        missing = dict.fromkeys(("greater_trochanter", "lesser_trochanter", "shaft_20mm", "shaft_50mm"), why)
    else:
        found["greater_trochanter"] = Landmark(
            greater_trochanter(surface, shaft, femur.head_radius_mm), voxel + 2.0, "highest bone beside the shaft axis"
        )
        below, why = _below_trochanter(points, surface, shaft, femur, voxel)
        found |= below
        missing |= dict.fromkeys({"lesser_trochanter", "shaft_20mm", "shaft_50mm"} - set(below), why)
    return FemurLandmarks(side, femur, found, missing)


def _head_error(surface: Points, femur: FemurGeometry, voxel: float) -> float:
    """From how far the medial surface lies off the sphere, which that many independent patches of it share."""
    offset = surface - femur.head_centre
    off = np.linalg.norm(offset, axis=1) - femur.head_radius_mm
    facing = (offset @ femur.neck_axis < 0) & (np.abs(off) < 4)
    return float(np.hypot(off[facing].std() / np.sqrt(PATCHES), 0.1 * voxel)) if facing.any() else 4.0


def _junction(surface: Points, femur: FemurGeometry, voxel: float) -> dict[str, Landmark]:
    """Where head meets neck: above, below, before and behind the neck's axis."""
    offset = surface - femur.head_centre
    along = offset @ femur.neck_axis
    near = np.abs(along - femur.junction_mm) < max(NEAR_JUNCTION_MM, 0.75 * voxel)
    across = offset - along[:, None] * femur.neck_axis
    length = np.linalg.norm(across, axis=1)
    near &= (length > 0) & (length < 1.3 * femur.head_radius_mm)
    up = np.array([0.0, 0.0, 1.0]) if femur.shaft_axis is None else -femur.shaft_axis
    up = up - (up @ femur.neck_axis) * femur.neck_axis
    up /= np.linalg.norm(up)
    front = np.cross(up, femur.neck_axis)
    front = front if front[1] < 0 else -front
    found = {}
    for name, direction in (("superior", up), ("inferior", -up), ("anterior", front), ("posterior", -front)):
        towards = across @ direction / np.maximum(length, 1e-9)
        chosen = near & (towards > np.cos(np.radians(WITHIN_DEG)))
        if chosen.any():
            reach = float(np.median(length[chosen])) + voxel / 2
            point = femur.head_centre + femur.junction_mm * femur.neck_axis + reach * direction
            error = float(np.hypot(voxel / 2, length[chosen].std()))
            found[f"junction_{name}"] = Landmark(point, error, "where the neck leaves the head's sphere")
    return found


def _below_trochanter(
    points: Points, surface: Points, shaft: Shaft, femur: FemurGeometry, voxel: float
) -> tuple[dict[str, Landmark], str]:
    """Lesser trochanter and the shaft's centres below it, and why one may be missing."""
    apex = lesser_trochanter(surface, shaft, femur.head_radius_mm)
    if apex is None:
        return {}, "the lesser trochanter does not stand out of the shaft on this scan"
    point, prominence = apex
    error = voxel / 2 + 6.0 / max(prominence, 1.0)
    found = {"lesser_trochanter": Landmark(point, error, f"stands {prominence:.0f} mm out of the shaft")}
    level = float(shaft.local(point[None])[0, 2])
    heights = shaft.local(points)[:, 2]
    for below in (20.0, 50.0):
        section = np.abs(heights - level - below) < max(1.5, 0.75 * voxel)
        if heights.max() < level + below or not section.any():
            continue  # not scanned
        middle = points[section].mean(axis=0)
        off = float(np.hypot(shaft.scatter_mm, error / 2))
        found[f"shaft_{below:.0f}mm"] = Landmark(middle, off, "centre of the shaft's section")
    return found, f"the scan ends {heights.max() - level:.0f} mm below the lesser trochanter"
