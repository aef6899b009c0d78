"""The camera in a node's attributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bonedensity.geometry import PinholeCamera, camera_from_json, camera_from_projection_matrix, camera_to_json

EQUAL_FOCAL = 1e-9
"""Relative difference of the two focal lengths in mm below which one source-to-detector distance holds both."""


def camera_to_fact(camera: PinholeCamera) -> dict[str, Any]:
    """The camera as JSON that loses nothing: `CAM.json`, as a projection matrix with spacing where that is needed."""
    if camera.pixel_spacing_mm is None:
        return camera_to_json(camera)
    row, column = camera.pixel_spacing_mm
    across, down = camera.intrinsics[0, 0] * column, camera.intrinsics[1, 1] * row
    if camera.intrinsics[0, 1] == 0 and abs(across - down) <= EQUAL_FOCAL * across:
        return camera_to_json(camera)
    return {
        "projection_matrix": camera.projection_matrix.ravel().tolist(),
        "rows": camera.rows,
        "columns": camera.columns,
        "pixel_spacing_mm": [row, column],
    }


def camera_from_fact(values: Mapping[str, Any]) -> PinholeCamera:
    """The camera of `camera_to_fact`.

    Raises:
        GeometryError: A field is missing or impossible.
    """
    if "projection_matrix" in values and "pixel_spacing_mm" in values:
        row, column = values["pixel_spacing_mm"]
        return camera_from_projection_matrix(
            values["projection_matrix"],
            rows=int(values["rows"]),
            columns=int(values["columns"]),
            pixel_spacing_mm=(float(row), float(column)),
        )
    return camera_from_json(values)
