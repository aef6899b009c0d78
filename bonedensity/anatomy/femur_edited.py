"""A proximal femur whose landmarks a person has moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.anatomy.femur import FemurGeometry
from bonedensity.anatomy.femur_landmarks import FemurLandmarks, femur_landmarks
from bonedensity.anatomy.labels import Side, side_word
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap

JUNCTION = "junction_"
"""Landmarks where head meets neck begin with this."""

MOVED_MM = 0.01
"""A point that lies nearer to where it was found has not been moved; files round to about this."""

FARTHEST_MM = 40.0
"""No landmark is mended by more: farther away it is another bone's, or in another frame."""


def edited_femur(labels: LabelMap, side: Side, edited: Mapping[str, ArrayLike]) -> FemurGeometry:
    """The femur as its moved landmarks say; what was not moved stays as it was found.

    The head's centre and the neck's make the neck's axis; the two points of the shaft make its axis; the four of the
    junction make the head's radius and the neck's section; the lesser trochanter sets the distal cut.

    Args:
        labels: With the femur and the hip bone of that side.
        side: The patient's side.
        edited: Name, as `femur_landmarks` gives it, to (3,) LPS mm after editing; other names are left alone.

    Raises:
        AnatomyError: A point that is not finite or moved by more than 40 mm, or a femur that is none.
    """
    found = femur_landmarks(labels, side)
    femur, moved = found.femur, moved_points({n: landmark.point for n, landmark in found.found.items()}, edited)
    if not moved:
        return femur
    _refuse_far(found, moved)
    points = {name: landmark.point for name, landmark in found.found.items()} | moved
    changed = replace(femur, head_centre=points["head_centre"], neck_centre=points["neck_centre"])
    changed = replace(changed, neck_axis=_direction(changed.head_centre, changed.neck_centre, side))
    if {"shaft_20mm", "shaft_50mm"} & set(moved) and {"shaft_20mm", "shaft_50mm"} <= set(points):
        changed = replace(changed, shaft_axis=_direction(points["shaft_20mm"], points["shaft_50mm"], side))
    if any(name.startswith(JUNCTION) for name in moved):
        changed = _with_junction(changed, [point for name, point in points.items() if name.startswith(JUNCTION)])
    return replace(changed, lesser_trochanter=moved.get("lesser_trochanter"), edited=tuple(sorted(moved)))


def moved_points(found: Mapping[str, ArrayLike], edited: Mapping[str, ArrayLike]) -> dict[str, NDArray[np.float64]]:
    """Those of the edited points that no longer lie where they were found, or are no numbers.

    Args:
        found: Name to (3,) LPS mm.
        edited: The same after editing; other names are left alone.
    """
    points = {name: np.asarray(edited[name], dtype=np.float64) for name in found if name in edited}
    return {
        name: point
        for name, point in points.items()
        if not np.linalg.norm(point - np.asarray(found[name], dtype=np.float64)) <= MOVED_MM
    }


def _refuse_far(found: FemurLandmarks, moved: Mapping[str, NDArray[np.float64]]) -> None:
    for name, point in moved.items():
        away = float(np.linalg.norm(point - found.found[name].point))
        if not away <= FARTHEST_MM:
            raise AnatomyError(
                f"The landmark {name} of the {side_word(found.side)} femur was moved by {away:.0f} mm; more than "
                f"{FARTHEST_MM:.0f} mm is another place: check that the points belong to this CT and are in LPS mm."
            )


def _direction(start: NDArray[np.float64], end: NDArray[np.float64], side: Side) -> NDArray[np.float64]:
    length = float(np.linalg.norm(end - start))
    if length < 1.0:
        raise AnatomyError(
            f"Two landmarks of the {side_word(side)} femur lie on each other, so they give no axis: move them apart."
        )
    return np.asarray((end - start) / length)


def _with_junction(femur: FemurGeometry, ring: list[NDArray[np.float64]]) -> FemurGeometry:
    """The points lie on the head's sphere and on the neck's outline at once."""
    offset = np.array(ring) - femur.head_centre
    along = offset @ femur.neck_axis
    radius = float(np.linalg.norm(offset, axis=1).mean())
    across = float(np.linalg.norm(offset - along[:, None] * femur.neck_axis, axis=1).mean())
    return replace(femur, head_radius_mm=radius, neck_area_mm2=np.pi * across**2)
