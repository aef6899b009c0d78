"""Calibrated cameras from a file: CAM.json, MayaCam 1 or 2, or plain 3x4 matrices."""

from __future__ import annotations

import json
from typing import Any

from bonedensity.errors import GeometryError, UnreadableFileError
from bonedensity.geometry import PinholeCamera, camera_from_json
from bonedensity.geometry.matrix_text import cameras_from_matrix_text
from bonedensity.geometry.mayacam import camera_from_mayacam1, camera_from_mayacam2, is_mayacam2
from bonedensity.imaging.files import AnyPath, existing_file

LARGEST_BYTES = 1_000_000
"""No calibration file is longer; what is, was chosen by mistake."""

MAYACAM_1_NUMBERS = [3] * 5
"""Numbers in the five lines of MayaCam 1."""


def read_cameras(
    path: AnyPath,
    *,
    rows: int | None = None,
    columns: int | None = None,
    pixel_spacing_mm: tuple[float, float] | None = None,
    mm_per_unit: float = 1.0,
    first_pixel: float = 0.0,
) -> list[PinholeCamera]:
    """The cameras of a calibration file, in its order; which kind it is, its content tells.

    | kind | unit | pixels |
    |---|---|---|
    | `CAM.json` | mm | first pixel's centre is 0 |
    | MayaCam 2 (XMALab, Autoscoper) | `mm_per_unit` | as OpenCV: first pixel's centre is 0, v down |
    | MayaCam 1 | `mm_per_unit` | first pixel's centre is 1, v up from the bottom row |
    | 3x4 matrices | `mm_per_unit` | first pixel's centre is `first_pixel`, v down |

    Args:
        path: The file.
        rows: Detector rows; needed for 3x4 matrices, which do not hold them.
        columns: Detector columns; the same.
        pixel_spacing_mm: (row, column) on the detector where known; CAM.json has its own.
        mm_per_unit: Length of the file's unit (mm): 10 for files in cm.
        first_pixel: For 3x4 matrices: coordinate of the first pixel's centre.

    Raises:
        UnreadableFileError: Not there, or not a small text file.
        GeometryError: The text is no calibration; the message says what it lacks.
    """
    text = _text_of(path)
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        return [camera_from_json(_json_object(text, path))]
    if is_mayacam2(text):
        return [camera_from_mayacam2(text, mm_per_unit=mm_per_unit, pixel_spacing_mm=pixel_spacing_mm)]
    counts = [len(line.replace(",", " ").split()) for line in text.splitlines() if line.strip()]
    if counts == MAYACAM_1_NUMBERS:
        return [camera_from_mayacam1(text, mm_per_unit=mm_per_unit, pixel_spacing_mm=pixel_spacing_mm)]
    if rows is None or columns is None:
        raise GeometryError(
            f"“{path}” does not say how many rows and columns its detector has: give the radiograph it belongs to, or "
            "rows and columns."
        )
    return cameras_from_matrix_text(
        text,
        rows=rows,
        columns=columns,
        pixel_spacing_mm=pixel_spacing_mm,
        mm_per_unit=mm_per_unit,
        first_pixel=first_pixel,
    )


def _text_of(path: AnyPath) -> str:
    found = existing_file(path)
    if found.stat().st_size > LARGEST_BYTES:
        raise UnreadableFileError(f"“{found.name}” is too long for a calibration file; choose the camera's text file.")
    try:
        return found.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UnreadableFileError(
            f"“{found.name}” is not a text file; choose CAM.json, a MayaCam file or 3x4 matrices as text."
        ) from None


def _json_object(text: str, path: AnyPath) -> dict[str, Any]:
    try:
        values = json.loads(text.lstrip("\ufeff"))
    except json.JSONDecodeError as error:
        raise UnreadableFileError(f"The camera file “{path}” is not whole JSON (line {error.lineno}).") from None
    return dict(values)
