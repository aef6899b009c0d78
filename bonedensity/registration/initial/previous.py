"""The pose that an earlier registration saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bonedensity.errors import GeometryError
from bonedensity.geometry import RigidTransform


def pose_from_json(values: Mapping[str, Any], *, name: str = "POSE.json") -> RigidTransform:
    """`world_from_ct` of the object that `POSE.json` holds.

    Args:
        values: The object.
        name: Of the file, for messages.

    Raises:
        GeometryError: The field is missing, not 16 numbers, or not rigid.
    """
    if "world_from_ct" not in values:
        raise GeometryError(f"The pose file “{name}” lacks world_from_ct (16 numbers, row by row).")
    try:
        numbers = [float(number) for number in values["world_from_ct"]]
    except (TypeError, ValueError):
        raise GeometryError(f"world_from_ct in “{name}” must be 16 numbers, row by row.") from None
    return RigidTransform(numbers)  # type: ignore[arg-type]  # it makes the array
