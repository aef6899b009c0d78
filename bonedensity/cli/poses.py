"""POSE.json: reading `world_from_ct`."""

from __future__ import annotations

from pathlib import Path

from bonedensity.geometry import RigidTransform
from bonedensity.registration.initial import pose_from_json
from bonedensity.workflows.inputs import read_json_object


def read_pose(path: Path) -> RigidTransform:
    """`world_from_ct` from a POSE.json.

    Raises:
        UnreadableFileError: Not there, or not JSON.
        GeometryError: The field is missing or not a rigid 4x4.
    """
    return pose_from_json(read_json_object(path, "pose"), name=str(path))
