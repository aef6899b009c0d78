"""3x4 projection matrices as plain text, one below the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bonedensity.errors import GeometryError
from bonedensity.geometry.camera import PinholeCamera
from bonedensity.geometry.number_text import numbers_of_line
from bonedensity.geometry.projection_matrix import camera_from_projection_matrix

COMMENT_MARKS = ("#", "%", "//")
"""Lines that begin so are for people."""

MATRIX_NUMBERS = 12
DLT_NUMBERS = 11


def cameras_from_matrix_text(
    text: str,
    *,
    rows: int,
    columns: int,
    pixel_spacing_mm: tuple[float, float] | None = None,
    mm_per_unit: float = 1.0,
    first_pixel: float = 0.0,
) -> list[PinholeCamera]:
    """Every 3x4 matrix of a text, in order; numbers run row by row, line breaks carry no meaning.

    Args:
        text: Numbers between spaces, commas, semicolons or line breaks; # or % begins a comment line.
        rows: Detector rows.
        columns: Detector columns.
        pixel_spacing_mm: (row, column) on the detector where known.
        mm_per_unit: Length of the matrix's unit of the world (mm).
        first_pixel: Coordinate that the file gives to the centre of the first pixel: 0 here and in OpenCV, 0.5 where
            coordinates begin at the image's corner, 1 in MATLAB.

    Raises:
        GeometryError: Not twelve numbers a camera, or a matrix that is no camera.
    """
    lines = [line for line in text.lstrip("\ufeff").splitlines() if not line.strip().startswith(COMMENT_MARKS)]
    numbers = [number for line in lines for number in numbers_of_line(line)]
    _refuse_wrong_count(numbers)
    to_ours = np.array([[1, 0, -first_pixel], [0, 1, -first_pixel], [0, 0, 1]], dtype=np.float64)
    to_file_unit = np.diag([1 / mm_per_unit] * 3 + [1.0])
    return [
        camera_from_projection_matrix(
            to_ours @ matrix @ to_file_unit, rows=rows, columns=columns, pixel_spacing_mm=pixel_spacing_mm
        )
        for matrix in np.reshape(numbers, (-1, 3, 4))
    ]


def matrix_text(cameras: Sequence[PinholeCamera]) -> str:
    """Cameras as 3x4 matrices in mm, three lines each, with an empty line between."""
    return "\n".join(
        "\n".join(" ".join(repr(float(v)) for v in row) for row in camera.projection_matrix) + "\n"
        for camera in cameras
    )


def _refuse_wrong_count(numbers: Sequence[float]) -> None:
    count = len(numbers)
    if count and count % MATRIX_NUMBERS == 0:
        return
    if count and count % DLT_NUMBERS == 0:
        raise GeometryError(
            f"The calibration holds {count} numbers: eleven a camera are DLT coefficients, whose image axes are not "
            "stated; export MayaCam 2 or 3x4 matrices instead."
        )
    raise GeometryError(
        f"The calibration holds {count} numbers, but a 3x4 projection matrix has 12: give three lines of four numbers "
        "for each camera."
    )
