"""Source, CT and detector in an order that no X-ray room has, refused in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import GeometryError, RegistrationError
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.geometry.camera import MINIMUM_DEPTH_MM
from bonedensity.imaging import Volume
from bonedensity.registration.quality import visible_share
from bonedensity.registration.view import View


def refuse_impossible_setup(
    volume: Volume, points: NDArray[np.float64], views: Sequence[View], pose: RigidTransform
) -> None:
    """Raise unless every view has its source outside the CT, the bone in front of it and the detector behind.

    A projection matrix whose image axes are mirrored cannot be told from one number alone: read with a proper
    rotation, it looks away from what it showed. The CT behind the source betrays it.

    Args:
        volume: The CT; its grid is the patient's place.
        points: Of the bone (CT LPS mm).
        views: With cameras in one world.
        pose: `world_from_ct` at the start.

    Raises:
        GeometryError: An order of source, bone and detector that cannot be.
        RegistrationError: The bone projects outside a radiograph.
    """
    for number, view in enumerate(views, 1):
        which = f"camera {number}" if len(views) > 1 else "the camera"
        _refuse_source_inside(volume, view.camera, pose, which)
        depths = view.camera.camera_from_world.apply(pose.apply(points))[:, 2]
        _refuse_order(depths, view.camera, which)
        if visible_share(points, view.camera, pose) == 0:
            raise RegistrationError(
                f"At the starting pose the bone projects outside radiograph {number}: move it into the image first, or "
                "state the view."
            )


def _refuse_source_inside(volume: Volume, camera: PinholeCamera, pose: RigidTransform, which: str) -> None:
    index = volume.to_index(pose.inverse().apply(camera.source))
    if np.all((index > -0.5) & (index < np.array(volume.array.shape[::-1]) - 0.5)):
        raise GeometryError(
            f"The X-ray source of {which} lies inside the CT “{volume.name}” at the starting pose: check the camera's "
            "distances (mm) and the pose."
        )


def _refuse_order(depths: NDArray[np.float64], camera: PinholeCamera, which: str) -> None:
    if depths.max() <= MINIMUM_DEPTH_MM:
        raise GeometryError(
            f"The CT lies behind the X-ray source of {which}: its projection matrix mirrors the image (left and right, "
            "or top and bottom, exchanged), or the pose is of another world; export the matrix for the image as it is "
            "stored, or state the view."
        )
    if depths.min() <= MINIMUM_DEPTH_MM:
        raise GeometryError(
            f"The X-ray source of {which} lies amid the bone's depth at the starting pose: check the source-to-object "
            "distance."
        )
    if camera.pixel_spacing_mm is not None and depths.mean() >= camera.sdd_mm:
        raise GeometryError(
            f"The detector of {which} lies between source and patient: the bone is {depths.mean():.0f} mm from the "
            f"source, the detector {camera.sdd_mm:.0f} mm; check the distances and the pose."
        )
