"""The proximal femur's geometry from its label: head sphere, narrowest neck, shaft, and where the scan cut it off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.femur_head import head_sphere, head_surface, refuse_two_femurs, towards_neck
from bonedensity.anatomy.labels import Side, femur_name, side_word
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap

NECK_SHELL = (1.15, 1.65)
"""Radii, in head radii, of the shell around the head centre that only the neck crosses."""

NECK_SEARCH = (0.9, 1.9)
"""Distances from the head centre, in head radii, between which the narrowest neck lies."""

ALIKE, ALIKE_MM = 1.03, 5.0
"""Sections this near to the narrowest, in area and in place, are as narrow: their middle is the neck's."""

SHAFT_STARTS_MM = 75.0
"""Below the head centre by this, a femur is its shaft alone (lesser trochanter ends at about 60-65 mm)."""

SHAFT_NEEDED_MM = 20.0
"""Length of shaft from which its axis can be told."""

SHAFT_USED_MM = 70.0
"""Farther down the shaft bows."""

SECTION_MM = 3.0
"""Thickness of the sections whose middles make the axis."""


@dataclass(frozen=True, slots=True, eq=False)
class FemurGeometry:
    """Landmarks and axes of a proximal femur, CT coordinates (LPS mm).

    Attributes:
        side: The patient's side.
        head_centre: Centre of the sphere through the head's joint surface.
        head_radius_mm: Its radius.
        neck_centre: Centroid of the narrowest cross-section of the neck.
        neck_axis: Unit vector from head to neck.
        neck_area_mm2: Area of that cross-section.
        shaft_axis: Unit vector towards the knee; None where too little shaft was scanned.
        below_head_mm: How far the label reaches below the head centre (along patient feet).
        cut_off_below: The label ends at the scan's lowest slice, so bone is missing there.
        cut_off_above: The same at the highest slice.
        lesser_trochanter: Its apex where a person set it; None where it is to be found.
        edited: Landmarks that a person moved.
    """

    side: Side
    head_centre: NDArray[np.float64]
    head_radius_mm: float
    neck_centre: NDArray[np.float64]
    neck_axis: NDArray[np.float64]
    neck_area_mm2: float
    shaft_axis: NDArray[np.float64] | None
    below_head_mm: float
    cut_off_below: bool
    cut_off_above: bool
    lesser_trochanter: NDArray[np.float64] | None = None
    edited: tuple[str, ...] = ()

    @property
    def junction_mm(self) -> float:
        """Distance from the head centre, along the neck axis, at which the head's sphere meets the neck."""
        neck_radius_squared = self.neck_area_mm2 / np.pi
        return float(np.sqrt(max(self.head_radius_mm**2 - neck_radius_squared, 0.0)))

    def landmarks(self) -> dict[str, NDArray[np.float64]]:
        """Named points for display, CT coordinates (LPS mm)."""
        where = side_word(self.side)
        return {f"{where} femoral head centre": self.head_centre, f"{where} femoral neck centre": self.neck_centre}


def fit_femur(labels: LabelMap, side: Side) -> FemurGeometry:
    """Measure a femur on its label.

    Args:
        labels: With the femur and the hip bone of that side, in TotalSegmentator's names.
        side: The patient's side.

    Raises:
        AnatomyError: A label is missing or holds both femurs, or the head is not on the scan or not round.
    """
    mask = labels.mask([femur_name(side)])
    refuse_two_femurs(labels.volume, mask, side)
    points = labels.volume.points_where(mask)
    surface, near_hip = head_surface(labels, mask, side)
    beyond_head = towards_neck(side)
    for _ in range(2):  # the neck is found beside the head, and where it begins the head is no ball any more
        centre, radius = head_sphere(surface, near_hip, beyond_head, labels, side)
        axis, neck_centre, area = _neck(points, centre, radius, labels.volume.voxel_volume_mm3, side)
        beyond_head = axis
    below = centre[2] - points[:, 2]
    lowest, highest = _touches_ends(labels, mask)
    return FemurGeometry(
        side=side,
        head_centre=centre,
        head_radius_mm=radius,
        neck_centre=neck_centre,
        neck_axis=axis,
        neck_area_mm2=area,
        shaft_axis=_shaft_axis(points, below),
        below_head_mm=float(below.max()),
        cut_off_below=lowest,
        cut_off_above=highest,
    )


def _medial(side: Side) -> NDArray[np.float64]:
    return np.array([-1.0 if side == "L" else 1.0, 0.0, 0.0])


def _neck(
    points: NDArray[np.float64], centre: NDArray[np.float64], radius: float, voxel_mm3: float, side: Side
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Axis, centre and area of the narrowest neck: the shell just outside the head is crossed by the neck alone."""
    offset = points - centre
    distance = np.linalg.norm(offset, axis=1)
    shell = (distance > NECK_SHELL[0] * radius) & (distance < NECK_SHELL[1] * radius)
    shell &= offset @ _medial(side) < 0.5 * radius
    if not shell.any():
        raise AnatomyError(f"The femoral neck on the {side_word(side)} is not on the scan: only the head was found.")
    axis = offset[shell].mean(axis=0)
    axis /= np.linalg.norm(axis)
    neck_centre, area = centre, 0.0
    for _ in range(3):
        neck_centre, area = _narrowest(offset, axis, radius, voxel_mm3)
        axis = neck_centre / np.linalg.norm(neck_centre)
    return axis, centre + neck_centre, area


def _narrowest(
    offset: NDArray[np.float64], axis: NDArray[np.float64], radius: float, voxel_mm3: float
) -> tuple[NDArray[np.float64], float]:
    """Centroid (relative to the head centre) and area of the smallest cross-section along an axis."""
    along = offset @ axis
    off_axis = np.linalg.norm(offset - along[:, None] * axis, axis=1)
    near = off_axis < 1.3 * radius
    thickness = max(2.0, 1.5 * voxel_mm3 ** (1 / 3))
    heights, areas, centres = [], [], []
    for at in np.arange(NECK_SEARCH[0] * radius, NECK_SEARCH[1] * radius, 1.0):
        chosen = near & (np.abs(along - at) < thickness / 2)
        if chosen.any():
            heights.append(at)
            areas.append(float(chosen.sum()) * voxel_mm3 / thickness)
            centres.append(offset[chosen].mean(axis=0))
    if not areas:
        return axis * radius, np.inf
    least = int(np.argmin(areas))
    alike = np.array(areas) <= ALIKE * areas[least]
    alike &= np.abs(np.array(heights) - heights[least]) <= ALIKE_MM
    return np.array(centres)[alike].mean(axis=0), areas[least]


def _shaft_axis(points: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Through the middles of the shaft's sections: the stump itself is often as wide as it is long."""
    in_shaft = (below > SHAFT_STARTS_MM) & (below < SHAFT_STARTS_MM + SHAFT_USED_MM)
    shaft, section = points[in_shaft], np.floor(below[in_shaft] / SECTION_MM).astype(int)
    if not len(shaft) or np.ptp(shaft[:, 2]) < SHAFT_NEEDED_MM:
        return None
    middles = np.array([shaft[section == at].mean(axis=0) for at in np.unique(section)[1:-1]])
    axis = np.asarray(np.linalg.svd(middles - middles.mean(axis=0))[2][0], dtype=np.float64)
    return axis if axis[2] < 0 else -axis


def _touches_ends(labels: LabelMap, mask: NDArray[np.bool_]) -> tuple[bool, bool]:
    """Whether the label reaches the scan's lowest and highest slice (along the axis nearest to patient feet-head)."""
    towards_head = labels.volume.index_to_patient[2, :3]
    axis = int(np.argmax(np.abs(towards_head)))
    slices = np.moveaxis(mask, 2 - axis, 0)
    first, last = bool(slices[0].any()), bool(slices[-1].any())
    return (first, last) if towards_head[axis] > 0 else (last, first)
