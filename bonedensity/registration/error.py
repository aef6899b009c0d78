"""How far one pose is from another, measured on the bone's surface (van de Kraats 2005)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion

from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.imaging import LabelMap


@dataclass(frozen=True, slots=True)
class PoseError:
    """Target registration errors, means over surface points (mm).

    Attributes:
        in_plane_mm: Displacement parallel to the detector, at the bone.
        depth_mm: Displacement along the view's axis (absolute).
        total_mm: Displacement in space.
        rotation_deg: Angle between the two rotations.
    """

    in_plane_mm: float
    depth_mm: float
    total_mm: float
    rotation_deg: float


def pose_error(
    estimate: RigidTransform, truth: RigidTransform, points: NDArray[np.float64], camera: PinholeCamera
) -> PoseError:
    """Mean target registration error (mTRE) of a pose.

    Args:
        estimate: `world_from_ct` found.
        truth: `world_from_ct` known.
        points: (N, 3) surface points in CT coordinates (LPS mm).
        camera: The view that defines in-plane and depth.
    """
    shift = (estimate.apply(points) - truth.apply(points)) @ camera.camera_from_world.rotation.T
    return PoseError(
        in_plane_mm=float(np.linalg.norm(shift[:, :2], axis=1).mean()),
        depth_mm=float(np.abs(shift[:, 2]).mean()),
        total_mm=float(np.linalg.norm(shift, axis=1).mean()),
        rotation_deg=(estimate @ truth.inverse()).angle_deg,
    )


def surface_points(labels: LabelMap, bones: Iterable[str], *, count: int = 1000) -> NDArray[np.float64]:
    """About `count` surface voxels of some bones, evenly picked; (N, 3) LPS mm.

    Raises:
        AnatomyError: A bone without voxels.
    """
    mask = labels.mask(bones)
    surface = np.argwhere(mask & ~binary_erosion(mask))[:, ::-1]
    step = max(1, len(surface) // count)
    return labels.volume.to_patient(surface[::step])
