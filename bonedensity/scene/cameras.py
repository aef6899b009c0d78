"""The camera in a node's attributes, and the plane of its detector as an image grid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import GeometryError
from bonedensity.geometry import PinholeCamera, camera_from_json, camera_from_projection_matrix, camera_to_json
from bonedensity.geometry.rays import pinhole_rays
from bonedensity.imaging.grid import MAXIMUM_SHEAR

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


def detector_grid(camera: PinholeCamera) -> NDArray[np.float64]:
    """4x4 from (u, v, 0) to world LPS mm: pixel centres on the detector, third axis 1 mm along the viewing direction.

    A camera without pixel spacing has no detector distance; the image then stands beyond the patient, as
    `geometry.rays.pinhole_rays` ends its rays, and every ray still meets it in its own pixel.

    Raises:
        GeometryError: The pixels are not rectangular (a skewed projection matrix).
    """
    ends = pinhole_rays(camera).end
    grid = np.eye(4)
    grid[:3, 0], grid[:3, 1], grid[:3, 3] = ends[:, 1], ends[:, 2], ends[:, 0]
    grid[:3, 2] = camera.camera_from_world.rotation[2]
    cosine = abs(ends[:, 1] @ ends[:, 2]) / (np.linalg.norm(ends[:, 1]) * np.linalg.norm(ends[:, 2]))
    if cosine > MAXIMUM_SHEAR:
        raise GeometryError(
            f"The camera's pixels are skewed (cosine {cosine:.3f} between rows and columns), which no image node can "
            "hold: check the projection matrix, or rectify the X-ray first."
        )
    return grid
