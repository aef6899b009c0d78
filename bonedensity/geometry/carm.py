"""Cameras from C-arm or table geometry: distances and two angles about an isocentre."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.errors import GeometryError
from bonedensity.geometry.camera import PinholeCamera
from bonedensity.geometry.rigid import RigidTransform
from bonedensity.geometry.rotation import rotation_about

Beam = Literal["AP", "PA"]
"""AP: the source is in front of the patient. PA: the detector is, as in most C-arms."""

AXES_OF_AP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
"""Columns: camera x (patient left), y (patient feet) and z (towards the back), in LPS."""

AXES_OF_PA = np.array([[-1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, -1.0, 0.0]])
"""Columns: camera x (patient right), y (patient feet) and z (towards the front), in LPS."""


def c_arm_camera(
    *,
    sdd_mm: float,
    source_to_isocentre_mm: float,
    rows: int,
    columns: int,
    pixel_spacing_mm: tuple[float, float],
    beam: Beam = "AP",
    primary_deg: float = 0.0,
    secondary_deg: float = 0.0,
    isocentre: ArrayLike = (0.0, 0.0, 0.0),
    principal_point_px: tuple[float, float] | None = None,
) -> PinholeCamera:
    """The camera of a source and detector that swing about an isocentre.

    What stands in front of the patient (the source for AP, the detector for PA) swings towards the patient's left
    with a positive primary angle and towards the head with a positive secondary one. For PA these are DICOM's
    positioner angles (LAO and cranial positive; C.8.7.5.1.2).

    Args:
        sdd_mm: Source-to-detector distance (mm).
        source_to_isocentre_mm: Source to isocentre (mm), less than `sdd_mm`.
        rows: Detector rows.
        columns: Detector columns.
        pixel_spacing_mm: (row, column) spacing on the detector (mm).
        beam: Which way the rays run.
        primary_deg: Swing about the patient's long axis (degrees).
        secondary_deg: Swing towards head or feet (degrees).
        isocentre: In world mm (LPS).
        principal_point_px: (u, v) of the central ray; default the detector's middle.

    Raises:
        GeometryError: An unknown beam, an angle that is not finite, or an isocentre not between source and detector.
    """
    if beam not in ("AP", "PA"):
        raise GeometryError(f"The beam “{beam}” is unknown: choose AP or PA, and swing it by the primary angle.")
    if not (np.isfinite(primary_deg) and np.isfinite(secondary_deg)):
        raise GeometryError(f"The C-arm angles {primary_deg}° and {secondary_deg}° must be finite.")
    if not 0 < source_to_isocentre_mm < sdd_mm:
        raise GeometryError(
            f"The isocentre is {source_to_isocentre_mm} mm from the source, but must lie between source and detector "
            f"(0 to {sdd_mm} mm)."
        )
    world_from_axes = _swing(primary_deg, secondary_deg) @ (AXES_OF_AP if beam == "AP" else AXES_OF_PA)
    source = np.asarray(isocentre, dtype=np.float64) - source_to_isocentre_mm * world_from_axes[:, 2]
    world_from_camera = RigidTransform.from_rotation_translation(world_from_axes, source)
    return PinholeCamera.from_source_to_detector_distance(
        sdd_mm=sdd_mm,
        rows=rows,
        columns=columns,
        pixel_spacing_mm=pixel_spacing_mm,
        principal_point_px=principal_point_px,
        camera_from_world=world_from_camera.inverse(),
    )


def _swing(primary_deg: float, secondary_deg: float) -> NDArray[np.float64]:
    about_long_axis, towards_head = rotation_about("z", primary_deg), rotation_about("x", -secondary_deg)
    return about_long_axis @ towards_head
