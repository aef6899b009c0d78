"""The X-ray's beam in space: its detector's plane, its outline, and from where it is seen whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import GeometryError
from bonedensity.geometry import PinholeCamera
from bonedensity.geometry.rays import pinhole_rays
from bonedensity.imaging.grid import MAXIMUM_SHEAR

DISTANCE = 1.9
"""Eye to the beam's middle, over the beam's length, for a view that opens 30 degrees."""

DIRECTION = np.array([0.8, -0.35, -0.5])
"""From the beam's middle to the eye, in the X-ray camera's axes: from its right, above, and the source's side."""

LINES = ((0, 1), (0, 2), (0, 3), (0, 4), (1, 2, 3, 4, 1))
"""The outline through the points of `beam_points`."""


@dataclass(frozen=True, slots=True, eq=False)
class Eye:
    """Where a 3D view looks from; each (3,) in LPS, mm.

    Attributes:
        position: The eye.
        focus: What it looks at.
        up: What is upwards on the screen.
    """

    position: NDArray[np.float64]
    focus: NDArray[np.float64]
    up: NDArray[np.float64]


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


def beam_points(camera: PinholeCamera) -> NDArray[np.float64]:
    """(5, 3) LPS mm: the source, then the detector's outer corners from the first pixel, rightwards, then down."""
    right, bottom = camera.columns - 0.5, camera.rows - 0.5
    pixels = np.array([(-0.5, -0.5), (right, -0.5), (right, bottom), (-0.5, bottom)])
    grid = detector_grid(camera)
    corners = pixels @ grid[:3, :2].T + grid[:3, 3]
    return np.vstack([camera.source, corners])


def eye_on_beam(camera: PinholeCamera) -> Eye:
    """Far enough to see X-ray source, bones and detector together, with the X-ray's rows level."""
    points = beam_points(camera)
    detector = points[1:].mean(axis=0)
    focus = (points[0] + detector) / 2
    world_from_axes = camera.camera_from_world.rotation.T
    towards = world_from_axes @ (DIRECTION / np.linalg.norm(DIRECTION))
    position = focus + DISTANCE * np.linalg.norm(detector - points[0]) * towards
    return Eye(position, focus, -world_from_axes[:, 1])
