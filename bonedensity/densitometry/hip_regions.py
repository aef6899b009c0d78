"""Regions of the proximal femur, seen in neutral rotation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion

from bonedensity.anatomy.femur import FemurGeometry, fit_femur
from bonedensity.anatomy.femur_shaft import fit_shaft, lesser_trochanter
from bonedensity.anatomy.labels import Side, femur_name, side_word
from bonedensity.densitometry.regions import PATIENT_FEET, Region, RegionName, cut_off_share
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap

NECK_BOX_MM = 10.0
"""Width of the femoral neck region along the neck's axis: the 1 cm next to the head, as in Uemura 2022."""

NECK_REACH = 1.2
"""Voxels farther from the neck's axis than this, in head radii, belong to the trochanter or the pelvis."""

DISTAL_CUT_IN_HEAD_RADII = 2.0
"""Where the lesser trochanter is not found, it is taken so far below the head centre (50 mm to 25 mm)."""

DISTAL_CUT_BELOW_TROCHANTER_MM = 20.0
"""The proximal femur ends 2 cm below the lesser trochanter (Uemura 2022)."""


def femoral_neck(labels: LabelMap, side: Side, femur: FemurGeometry | None = None) -> Region:
    """The 1 cm of neck next to the head, seen in neutral rotation (neck axis in the image plane).

    Raises:
        AnatomyError: Femur or hip bone missing, or the scan ends within the neck.
    """
    geometry = femur or fit_femur(labels, side)
    name = femur_name(side)
    bone = labels.mask([name])
    indices = np.argwhere(bone)
    offset = labels.volume.to_patient(indices[:, ::-1]) - geometry.head_centre
    along = offset @ geometry.neck_axis
    off_axis = np.linalg.norm(offset - along[:, None] * geometry.neck_axis, axis=1)
    past_junction = along - geometry.junction_mm
    chosen = (past_junction >= 0) & (past_junction <= NECK_BOX_MM) & (off_axis <= NECK_REACH * geometry.head_radius_mm)
    mask = _from_indices(bone.shape, indices[chosen])
    share = cut_off_share(mask, labels, f"{side_word(side)} femoral neck")
    right, down = _neutral_plane(geometry)
    return Region(
        "femoral-neck",
        f"Femoral neck, {side_word(side)}",
        name,
        mask,
        right,
        down,
        {
            "label": name,
            "neck_centre": geometry.neck_centre.tolist(),
            "neck_axis": geometry.neck_axis.tolist(),
            "box_mm": NECK_BOX_MM,
            "cut_off_share": share,
            **_by_hand(geometry),
        },
        share,
    )


def proximal_femur(labels: LabelMap, side: Side, femur: FemurGeometry | None = None) -> Region:
    """All of the femur outside the head's sphere, down to 2 cm below the lesser trochanter, in neutral rotation.

    Where the lesser trochanter does not stand out, it is taken two head radii below the head centre.

    Raises:
        AnatomyError: The scan does not hold the whole region; the message says how much is missing.
    """
    geometry = femur or fit_femur(labels, side)

    def outside_head(offset: NDArray[np.float64]) -> NDArray[np.bool_]:
        past_head = offset @ geometry.neck_axis > geometry.head_radius_mm * 0.75
        return np.asarray(past_head & (np.linalg.norm(offset, axis=1) > geometry.head_radius_mm))

    return _upper_femur(labels, geometry, "proximal-femur", f"Proximal femur, {side_word(side)}", outside_head)


def total_hip(labels: LabelMap, side: Side, femur: FemurGeometry | None = None) -> Region:
    """The same, cut straight across where head and neck meet, as a DXA scanner's total hip and Uemura 2022 do.

    Raises:
        AnatomyError: As `proximal_femur`.
    """
    geometry = femur or fit_femur(labels, side)

    def past_junction(offset: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.asarray(offset @ geometry.neck_axis >= geometry.junction_mm)

    return _upper_femur(labels, geometry, "total-hip", f"Total hip, {side_word(side)}", past_junction)


def _upper_femur(
    labels: LabelMap,
    femur: FemurGeometry,
    name: RegionName,
    title: str,
    without_head: Callable[[NDArray[np.float64]], NDArray[np.bool_]],
) -> Region:
    """Down to the distal cut.

    Args:
        labels: With the femur.
        femur: Its geometry.
        name: Of the region.
        title: As shown to people.
        without_head: Of (n, 3) offsets from the head's centre (mm), those that count.
    """
    label = femur_name(femur.side)
    bone = labels.mask([label])
    indices = np.argwhere(bone)
    points = labels.volume.to_patient(indices[:, ::-1])
    level, distal_mm, found = _distal_cut(labels, bone, points, femur)
    if float(level.max()) < distal_mm:
        raise AnatomyError(
            f"The {title.split(',')[0].lower()} on the {side_word(femur.side)} cannot be measured: the scan ends "
            f"{femur.below_head_mm:.0f} mm below the femoral head's centre, and the region reaches "
            f"{distal_mm:.0f} mm below it. Scan down to the lesser trochanter plus 2 cm, or measure the femoral neck."
        )
    chosen = without_head(points - femur.head_centre) & (level <= distal_mm)
    right, down = _neutral_plane(femur)
    cut = {"label": label, "distal_cut_below_head_mm": distal_mm, "lesser_trochanter": found, **_by_hand(femur)}
    return Region(name, title, label, _from_indices(bone.shape, indices[chosen]), right, down, cut)


def _distal_cut(
    labels: LabelMap, bone: NDArray[np.bool_], points: NDArray[np.float64], femur: FemurGeometry
) -> tuple[NDArray[np.float64], float, str]:
    """Each voxel's level below the head centre (mm), the level of the cut, and how the trochanter was found."""
    shaft = fit_shaft(points, femur)
    apex, how = femur.lesser_trochanter, "apex set by hand"
    if apex is None and shaft is not None:
        surface = labels.volume.points_where(bone & ~binary_erosion(bone))
        found = lesser_trochanter(surface, shaft, femur.head_radius_mm)
        apex, how = None if found is None else found[0], "apex found"
    if apex is not None and shaft is not None:
        level = float(shaft.local(apex[None])[0, 2])
        return shaft.local(points)[:, 2], level + DISTAL_CUT_BELOW_TROCHANTER_MM, how
    below = femur.head_centre[2] - points[:, 2]
    if apex is not None:
        return below, float(femur.head_centre[2] - apex[2]) + DISTAL_CUT_BELOW_TROCHANTER_MM, how
    nominal = DISTAL_CUT_IN_HEAD_RADII * femur.head_radius_mm
    return below, nominal + DISTAL_CUT_BELOW_TROCHANTER_MM, "nominal, two head radii"


def _neutral_plane(femur: FemurGeometry) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Image axes such that the neck lies in the image plane: columns towards patient left, rows towards the feet."""
    shaft = femur.shaft_axis if femur.shaft_axis is not None else PATIENT_FEET
    normal = np.cross(femur.neck_axis, shaft)
    normal = normal / np.linalg.norm(normal)
    normal = normal if normal[1] > 0 else -normal  # from front to back
    right = np.cross(shaft, normal)
    return right / np.linalg.norm(right), np.asarray(shaft, dtype=np.float64)


def _from_indices(shape: tuple[int, ...], indices: NDArray[np.intp]) -> NDArray[np.bool_]:
    mask = np.zeros(shape, dtype=bool)
    mask[tuple(indices.T)] = True
    return mask


def _by_hand(femur: FemurGeometry) -> dict[str, object]:
    return {"landmarks_set_by_hand": list(femur.edited)} if femur.edited else {}
