"""The picture a Lunar iDXA exports: bone alone, 8 bits, 127 greys, margins cut in steps (anatomy sheet, 7.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

GREY_PER_G_CM2 = 130.0
"""Near linear; read off one public export."""

BRIGHTEST, FILL_WHITE = 251, 252
EXPORT_MM = 0.25
"""Pixel size of an export."""

STEP_ROWS = (60, 150)
"""Rows between two steps of a margin."""

MARGIN_SHARE = 0.035
"""Mean share of the width that a side's margin takes: both together about 7 %."""


def exported_image(
    bone: NDArray[np.float64],
    pixel_mm: tuple[float, float],
    shape: tuple[int, int],
    rng: np.random.Generator,
    *,
    stepped: bool = True,
    white: bool | None = None,
) -> NDArray[np.uint8]:
    """The picture, (rows, columns) at 0.25 mm.

    Args:
        bone: Areal density (g/cm²), manufacturer's scale.
        pixel_mm: (row, column) of it.
        shape: Of the export.
        rng: For the margins; as many numbers are drawn whatever the bone is.
        stepped: Whether the sides are cut in steps (spine), or the corners in blocks (hip).
        white: Fill of the margins; None draws it, since it differs between software versions.
    """
    rows = (np.arange(shape[0]) - (shape[0] - 1) / 2) * EXPORT_MM / pixel_mm[0] + (bone.shape[0] - 1) / 2
    columns = (np.arange(shape[1]) - (shape[1] - 1) / 2) * EXPORT_MM / pixel_mm[1] + (bone.shape[1] - 1) / 2
    at = np.stack(np.meshgrid(rows, columns, indexing="ij"))
    grey = GREY_PER_G_CM2 * map_coordinates(bone, at, order=1, mode="nearest")
    image = _levels(grey)
    draw_white, outside = bool(rng.random() < 0.5), _sides(shape, rng) if stepped else _corners(shape, rng)
    fill = FILL_WHITE if (draw_white if white is None else white) and stepped else 0
    return np.where(outside, np.uint8(fill), image)


def _levels(grey: NDArray[np.float64]) -> NDArray[np.uint8]:
    """0, then odd numbers to 251."""
    odd = 2 * np.floor(np.clip(grey, 0, BRIGHTEST) / 2) + 1
    return np.where(grey < 1, 0, odd).astype(np.uint8)


def _sides(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Left and right margins whose width changes in steps: sweeps follow the spine."""
    outside = np.zeros(shape, bool)
    lengths = rng.integers(*STEP_ROWS, size=(2, 40))
    widths = rng.uniform(0.0, 2 * MARGIN_SHARE, size=(2, 40)) * shape[1]
    for side in range(2):
        row = 0
        for length, width in zip(lengths[side], widths[side], strict=True):
            part = slice(0, int(width)) if side == 0 else slice(shape[1] - int(width), None)
            outside[row : row + length, part] = True
            row += int(length)
    return outside


def _corners(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Two opposite corners cut off in blocks."""
    outside = np.zeros(shape, bool)
    heights = np.cumsum(rng.integers(20, 60, size=(2, 3)), axis=1)
    widths = np.sort(rng.integers(15, 110, size=(2, 3)), axis=1)[:, ::-1]
    for height, width in zip(heights[0][::-1], widths[0][::-1], strict=True):
        outside[:height, :width] = True
    for height, width in zip(heights[1][::-1], widths[1][::-1], strict=True):
        outside[shape[0] - height :, shape[1] - width :] = True
    return outside
