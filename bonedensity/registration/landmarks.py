"""Landmark pairs: a point in the CT and its pixel on the radiograph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import GeometryError
from bonedensity.geometry import PinholeCamera, RigidTransform


@dataclass(frozen=True, slots=True, eq=False)
class LandmarkPairs:
    """Points that were marked on both images.

    Attributes:
        in_ct: (N, 3) LPS mm.
        on_xray: (N, 2) pixels (u, v) of the first view.
    """

    in_ct: NDArray[np.float64]
    on_xray: NDArray[np.float64]

    def __post_init__(self) -> None:
        if np.shape(self.in_ct) != (len(self.in_ct), 3) or np.shape(self.on_xray) != (len(self.in_ct), 2):
            raise GeometryError(
                f"Landmark pairs need as many CT points (x, y, z) as X-ray points (u, v), but have "
                f"{np.shape(self.in_ct)} and {np.shape(self.on_xray)}."
            )


def reprojection_distances(pairs: LandmarkPairs, camera: PinholeCamera, pose: RigidTransform) -> NDArray[np.float64]:
    """Distance (mm, at each CT point's depth, parallel to the detector) between projected and marked landmarks."""
    in_camera = camera.camera_from_world.apply(pose.apply(pairs.in_ct))
    marked = camera.directions(pairs.on_xray) * in_camera[:, 2:]
    return np.asarray(np.linalg.norm((marked - in_camera)[:, :2], axis=1))
