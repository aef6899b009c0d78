"""Which part of a radiograph the networks see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.labels import Side
from bonedensity.errors import ModelError

ONE_HIP_WIDTH = 0.75
"""Widest image, as a share of its height, that is taken as one hip; half a film is 0.4 to 0.6, a pelvis 0.8 to 1.3."""

SMALLEST = 64
"""Rows below which an image shows too little."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A box of whole pixels that holds one hip.

    Attributes:
        top: First row.
        left: First column.
        rows: Height.
        columns: Width.
        mirrored: Columns are turned, so that every hip looks like a right one seen from the source: shaft to the left.
    """

    top: int
    left: int
    rows: int
    columns: int
    mirrored: bool

    def of(self, image: NDArray[np.generic]) -> NDArray[np.generic]:
        """The box of an image, turned where `mirrored`."""
        box = image[self.top : self.top + self.rows, self.left : self.left + self.columns]
        return box[:, ::-1] if self.mirrored else box


def published_crop(shape: tuple[int, int], side: Side, *, whole_pelvis: bool, lower: float = 0.5) -> Crop:
    """The paper's crop: half of the image at the midline, then the largest box twice as tall as wide in its middle.

    Args:
        shape: Rows and columns, as seen from the source: the patient's right hip is on the left.
        side: Which hip.
        whole_pelvis: Both hips are in the image; else it shows one.
        lower: Where a box that is less tall than the image lies: 0 at the top, 1 at the bottom.

    Raises:
        ModelError: The image is too small.
    """
    height, width = shape
    left = 0
    if whole_pelvis:
        half = width // 2
        left, width = (0, half) if side == "R" else (shape[1] - half, half)
    rows = min(height, 2 * width)
    columns = rows // 2
    if rows < SMALLEST:
        raise ModelError(f"A hip of {height} x {width} pixels is too small: give a radiograph of at least {SMALLEST}.")
    top = round(lower * (height - rows))
    return Crop(top, left + (width - columns) // 2, rows, columns, side == "L")


def shows_whole_pelvis(shape: tuple[int, int]) -> bool:
    """Whether an image is as wide as those that show both hips."""
    return shape[1] > ONE_HIP_WIDTH * shape[0]
