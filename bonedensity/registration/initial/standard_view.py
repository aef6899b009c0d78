"""Nominal poses of standard radiographs: how the patient stands to the source, and the bone on the central ray."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.errors import GeometryError
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.geometry.carm import AXES_OF_AP
from bonedensity.geometry.rotation import rotation_about

Posture = Literal["supine", "standing"]
"""How the patient is during the radiograph; the CT is taken supine."""

STANDING_TILT_DEG = 5.0
"""How far an adult's pelvis tips back from lying to standing, on average; single persons differ by some 5 degrees."""


@dataclass(frozen=True, slots=True)
class StandardView:
    """A projection, named after where the detector stands.

    Attributes:
        name: As given on the command line.
        primary_deg: Swing of the source from AP about the patient's long axis; positive to the patient's left.
        detector: Where the detector stands, for people.
        image_right: What the array's right side shows, as seen from the source.
    """

    name: str
    primary_deg: float
    detector: str
    image_right: str


STANDARD_VIEWS = {
    view.name: view
    for view in (
        StandardView("ap", 0.0, "behind the patient", "left"),
        StandardView("pa", 180.0, "in front of the patient", "right"),
        StandardView("lateral-left", -90.0, "at the patient's left", "front"),
        StandardView("lateral-right", 90.0, "at the patient's right", "back"),
        StandardView("lpo", -45.0, "at the patient's left and behind", "left and front"),
        StandardView("rpo", 45.0, "at the patient's right and behind", "left and back"),
        StandardView("lao", -135.0, "at the patient's left and in front", "right and front"),
        StandardView("rao", 135.0, "at the patient's right and in front", "right and back"),
    )
}
"""Views by name. All have the patient's feet at the array's bottom."""


def standard_view(name: str) -> StandardView:
    """The view of a name; upper case and spaces do not matter.

    Raises:
        GeometryError: Unknown; the message lists those that are known.
    """
    key = name.strip().lower().replace("_", "-").replace(" ", "-")
    if key not in STANDARD_VIEWS:
        raise GeometryError(f"The view “{name}” is unknown: choose {', '.join(STANDARD_VIEWS)}.")
    return STANDARD_VIEWS[key]


def standard_view_pose(
    centre: ArrayLike,
    camera: PinholeCamera,
    *,
    view: StandardView | str,
    source_to_object_mm: float | None = None,
    posture: Posture = "supine",
    tilt_deg: float = STANDING_TILT_DEG,
    primary_deg: float = 0.0,
    secondary_deg: float = 0.0,
    at_px: tuple[float, float] | None = None,
) -> RigidTransform:
    """`world_from_ct` that shows a bone as a standard view does, whatever world the camera is in.

    Args:
        centre: The bone's centre (CT LPS mm).
        camera: Of the radiograph; only its own frame counts.
        view: Name or view.
        source_to_object_mm: Depth of the centre from the source (mm); default where the world's origin lies, if that
            is between source and detector.
        posture: Standing tips the pelvis back.
        tilt_deg: How far, about the left-right axis, when standing (degrees).
        primary_deg: Further swing of the source to the patient's left (degrees).
        secondary_deg: Swing of the source to the head (degrees).
        at_px: (u, v) where the centre shows; default on the central ray, or amid a detector that this ray misses.

    Raises:
        GeometryError: An unknown view or posture, or a depth that is not between source and detector.
    """
    chosen = standard_view(view) if isinstance(view, str) else view
    depth = _depth(camera, source_to_object_mm)
    pixel = _central_pixel(camera) if at_px is None else at_px
    in_camera = camera.directions(pixel) * depth
    rotation = _camera_from_upright(chosen.primary_deg + primary_deg, secondary_deg) @ _tilt(posture, tilt_deg)
    camera_from_ct = RigidTransform.from_rotation_translation(
        rotation, in_camera - rotation @ np.asarray(centre, dtype=np.float64)
    )
    return camera.camera_from_world.inverse() @ camera_from_ct


def _camera_from_upright(primary_deg: float, secondary_deg: float) -> NDArray[np.float64]:
    """The camera's axes as `c_arm_camera` swings them, from AP."""
    if not (np.isfinite(primary_deg) and np.isfinite(secondary_deg)):
        raise GeometryError(f"The view's angles {primary_deg}° and {secondary_deg}° must be finite.")
    swing = rotation_about("z", primary_deg) @ rotation_about("x", -secondary_deg)
    return np.asarray((swing @ AXES_OF_AP).T)


def _tilt(posture: Posture, tilt_deg: float) -> NDArray[np.float64]:
    """Upright from supine: the pelvis's upper end goes back (+y), so the turn about +x (left) is negative."""
    if posture not in ("supine", "standing"):
        raise GeometryError(f"The posture “{posture}” is unknown: choose supine or standing.")
    if not abs(tilt_deg) <= 90:
        raise GeometryError(f"The pelvis cannot tip back by {tilt_deg}° on standing: give about 0 to 15.")
    angle = tilt_deg if posture == "standing" else 0.0
    return rotation_about("x", -angle)


def _depth(camera: PinholeCamera, stated: float | None) -> float:
    farthest = camera.sdd_mm if camera.pixel_spacing_mm is not None else np.inf
    depth = float(camera.camera_from_world.translation[2]) if stated is None else float(stated)
    if not 0 < depth < farthest:
        whose = "world origin, where the bone would be put," if stated is None else "bone"
        raise GeometryError(
            f"The {whose} is {depth:.0f} mm from the source, but must lie between source and detector (0 to "
            f"{farthest:.0f} mm): state the source-to-object distance."
        )
    return depth


def _central_pixel(camera: PinholeCamera) -> tuple[float, float]:
    u, v = camera.intrinsics[:2, 2]
    if 0 <= u <= camera.columns - 1 and 0 <= v <= camera.rows - 1:
        return float(u), float(v)
    return (camera.columns - 1) / 2, (camera.rows - 1) / 2
