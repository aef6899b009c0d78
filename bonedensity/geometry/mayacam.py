"""MayaCam calibration files, versions 1 and 2: what XMALab exports and Autoscoper reads for biplane X-ray rooms.

Both describe a camera in the frame of the laboratory's calibration object, which is the world then. Neither states its
unit of length: XMALab keeps the calibration object's (mm or cm), so the caller says it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import GeometryError
from bonedensity.geometry.camera import PinholeCamera
from bonedensity.geometry.number_text import numbers_of_line
from bonedensity.geometry.rigid import RigidTransform
from bonedensity.geometry.rotation import rotation_about

VERSION_2_MARK = "image size"
"""First line of version 2."""

SECTIONS = {"image size": (1, 2), "camera matrix": (3, 3), "rotation": (3, 3), "translation": (3, 1)}
"""Sections of version 2, with their lines and numbers a line."""

CAMERA_FROM_MAYA = np.diag([1.0, -1.0, -1.0])
"""Maya's camera has y up and looks along -z; ours has y down and looks along +z."""


def is_mayacam2(text: str) -> bool:
    """Whether a file's text begins as version 2 does."""
    return text.lstrip("\ufeff \t\r\n").lower().startswith(VERSION_2_MARK)


def camera_from_mayacam2(
    text: str, *, mm_per_unit: float = 1.0, pixel_spacing_mm: tuple[float, float] | None = None
) -> PinholeCamera:
    """Version 2: image size (width, height), camera matrix K, rotation R and translation t; x = K (R X + t).

    K, R and t are OpenCV's: camera +z to the scene, v down, pixel centres at integers, so they are taken as they stand.

    Args:
        text: The file's content.
        mm_per_unit: Length of the file's unit (mm): 10 for files in cm.
        pixel_spacing_mm: (row, column) on the detector where known.

    Raises:
        GeometryError: A section that is missing, unknown or not of its size, or a rotation that is none.
    """
    sections = _sections(text)
    columns, rows = sections["image size"].ravel()
    intrinsics = sections["camera matrix"]
    pose = RigidTransform.from_rotation_translation(sections["rotation"], mm_per_unit * sections["translation"].ravel())
    return PinholeCamera(intrinsics, pose, _pixels(rows), _pixels(columns), pixel_spacing_mm)


def mayacam2_text(camera: PinholeCamera, *, mm_per_unit: float = 1.0) -> str:
    """A camera as version 2, which has no place for the pixel spacing; `camera_from_mayacam2` reads it back.

    Args:
        camera: Any camera.
        mm_per_unit: Length of the unit to write (mm).
    """
    pose = camera.camera_from_world
    blocks = {
        "image size": np.array([[camera.columns, camera.rows]]),
        "camera matrix": camera.intrinsics,
        "rotation": pose.rotation,
        "translation": pose.translation[:, None] / mm_per_unit,
    }
    return "\n".join(
        "\n".join([name, *(",".join(f"{value:.17g}" for value in row) for row in block), ""])
        for name, block in blocks.items()
    )


def camera_from_mayacam1(
    text: str, *, mm_per_unit: float = 1.0, pixel_spacing_mm: tuple[float, float] | None = None
) -> PinholeCamera:
    """Version 1: five lines of three numbers with commas.

    1 the source in world; 2 turns about the camera's own x, y, z (degrees; z first, then y, then x); 3 the film's
    place, which lines 4 and 5 repeat; 4 principal point (from 1, v from the **bottom** row) and focal length (pixels,
    negative: Maya looks along -z); 5 a scale without meaning here, width and height (pixels).

    Args:
        text: The file's content.
        mm_per_unit: Length of the file's unit (mm): 10 for files in cm.
        pixel_spacing_mm: (row, column) on the detector where known.

    Raises:
        GeometryError: Not five lines of three numbers, or an image without size.
    """
    lines = [numbers_of_line(line) for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    if [len(line) for line in lines] != [3] * 5:
        raise GeometryError(
            f"A MayaCam 1 file has five lines of three numbers, but this one has {[len(line) for line in lines]} "
            "numbers in its lines: export it again from XMALab."
        )
    source, turns, _, (u0, v0, focal), (_, width, height) = lines
    x, y, z = turns
    world_from_maya = rotation_about("z", z) @ rotation_about("y", y) @ rotation_about("x", x)
    world_from_camera = RigidTransform.from_rotation_translation(
        world_from_maya @ CAMERA_FROM_MAYA, mm_per_unit * np.array(source)
    )
    intrinsics = np.array([[abs(focal), 0, u0 - 1], [0, abs(focal), height - v0], [0, 0, 1]])
    return PinholeCamera(intrinsics, world_from_camera.inverse(), _pixels(height), _pixels(width), pixel_spacing_mm)


def _sections(text: str) -> dict[str, NDArray[np.float64]]:
    """Version 2's numbers by section, each of its right size."""
    found: dict[str, list[list[float]]] = {}
    name = ""
    for line in text.lstrip("\ufeff").splitlines():
        words = line.strip().lower()
        if words and words[0].isalpha() and words not in ("nan", "inf"):
            name = words
            found[name] = []
        elif words and name:
            found[name].append(numbers_of_line(line))
    unknown = [section for section in found if section not in SECTIONS]
    wrong = [
        section
        for section, (lines, each) in SECTIONS.items()
        if [len(r) for r in found.get(section, [])] != [each] * lines
    ]
    if unknown:
        raise GeometryError(
            f"The MayaCam file has a section “{unknown[0]}” that no pinhole camera has: undistort the images in XMALab "
            "and export the camera again."
        )
    if wrong:
        lines, each = SECTIONS[wrong[0]]
        raise GeometryError(
            f"The MayaCam file's section “{wrong[0]}” is missing or not {lines} line(s) of {each} number(s): export it "
            "again from XMALab."
        )
    return {section: np.array(rows) for section, rows in found.items()}


def _pixels(value: float) -> int:
    if not (np.isfinite(value) and value == int(value) and value >= 1):
        raise GeometryError(f"The calibration's image has {value:g} pixels along one side; it must be 1 or more.")
    return int(value)
