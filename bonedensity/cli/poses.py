"""POSE.json: reading and writing `world_from_ct`."""

from __future__ import annotations

from pathlib import Path

from bonedensity.errors import GeometryError
from bonedensity.geometry import RigidTransform
from bonedensity.workflows.inputs import read_json_object


def read_pose(path: Path) -> RigidTransform:
    """`world_from_ct` from a POSE.json.

    Raises:
        GeometryError: The field is missing or not a rigid 4x4.
    """
    values = read_json_object(path, "pose")
    if "world_from_ct" not in values:
        raise GeometryError(f"The pose file “{path}” lacks world_from_ct (16 numbers, row by row).")
    return RigidTransform(values["world_from_ct"])
