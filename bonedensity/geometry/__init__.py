"""Frames, rigid transforms and the pinhole camera. Patient frame LPS, millimetres, float64."""

from bonedensity.geometry.camera import PinholeCamera
from bonedensity.geometry.camera_json import camera_from_json, camera_to_json
from bonedensity.geometry.carm import c_arm_camera
from bonedensity.geometry.projection_matrix import camera_from_projection_matrix
from bonedensity.geometry.rays import RayGrid, parallel_rays, pinhole_rays
from bonedensity.geometry.rigid import RigidTransform

__all__ = [
    "PinholeCamera",
    "RayGrid",
    "RigidTransform",
    "c_arm_camera",
    "camera_from_json",
    "camera_from_projection_matrix",
    "camera_to_json",
    "parallel_rays",
    "pinhole_rays",
]
