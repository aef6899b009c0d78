"""A camera as the object that `CAM.json` holds, in either of its two forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bonedensity.errors import GeometryError
from bonedensity.geometry.camera import PinholeCamera
from bonedensity.geometry.projection_matrix import camera_from_projection_matrix
from bonedensity.geometry.rigid import RigidTransform


def camera_to_json(camera: PinholeCamera) -> dict[str, Any]:
    """The camera as the object that `CAM.json` holds; nothing is lost either way."""
    detector: dict[str, Any] = {"rows": camera.rows, "columns": camera.columns}
    if camera.pixel_spacing_mm is not None:
        detector["pixel_spacing_mm"] = list(camera.pixel_spacing_mm)
    if not _has_one_distance(camera):
        return {"projection_matrix": camera.projection_matrix.ravel().tolist(), **detector}
    return {
        "sdd_mm": camera.sdd_mm,
        **detector,
        "principal_point_px": camera.intrinsics[:2, 2].tolist(),
        "camera_from_world": camera.camera_from_world.matrix.ravel().tolist(),
    }


def camera_from_json(values: Mapping[str, Any]) -> PinholeCamera:
    """From the object that `CAM.json` holds, in either of its two forms.

    Raises:
        GeometryError: A field is missing or has no possible value; the message names it.
    """
    try:
        rows, columns = _whole(values["rows"], "rows"), _whole(values["columns"], "columns")
        if "projection_matrix" in values:
            spacing = _pair(values["pixel_spacing_mm"]) if values.get("pixel_spacing_mm") is not None else None
            return camera_from_projection_matrix(
                values["projection_matrix"], rows=rows, columns=columns, pixel_spacing_mm=spacing
            )
        principal = values.get("principal_point_px")
        pose = values.get("camera_from_world")
        return PinholeCamera.from_source_to_detector_distance(
            sdd_mm=float(values["sdd_mm"]),
            rows=rows,
            columns=columns,
            pixel_spacing_mm=_pair(values["pixel_spacing_mm"]),
            principal_point_px=None if principal is None else _pair(principal),
            camera_from_world=None if pose is None else RigidTransform(pose),
        )
    except KeyError as error:
        raise GeometryError(
            f"The camera description lacks {error}: give sdd_mm, rows, columns, pixel_spacing_mm [row, column], or "
            "projection_matrix (12 numbers), rows, columns."
        ) from error
    except (TypeError, ValueError, IndexError) as error:
        raise GeometryError(f"The camera description holds a value that is not a number or a list: {error}.") from error


def _has_one_distance(camera: PinholeCamera) -> bool:
    """Whether a source-to-detector distance and a principal point say all: square to the detector, no skew."""
    if camera.pixel_spacing_mm is None or camera.intrinsics[0, 1] != 0:
        return False
    row, column = camera.pixel_spacing_mm
    return bool(np.isclose(camera.intrinsics[0, 0] * column, camera.intrinsics[1, 1] * row, rtol=1e-12, atol=0))


def _pair(values: Any) -> tuple[float, float]:
    first, second = (float(value) for value in values)
    return first, second


def _whole(value: Any, name: str) -> int:
    if float(value) != int(value):
        raise GeometryError(f"The camera's {name} are {value}, but must be a whole number of pixels.")
    return int(value)
