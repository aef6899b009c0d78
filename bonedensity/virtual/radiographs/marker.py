"""A lead letter that tells the side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import rotate, zoom

from bonedensity.anatomy.labels import Side

LETTERS: dict[Side, tuple[str, ...]] = {
    "L": ("#....", "#....", "#....", "#....", "#....", "#....", "#####"),
    "R": ("####.", "#...#", "#...#", "####.", "#.#..", "#..#.", "#...#"),
}

HEIGHT_MM = (9.0, 15.0)
BONE_MM_OF_LEAD = 120.0
"""Cortical bone that attenuates as the letter's lead."""


def lead_letter(
    side: Side,
    shape: tuple[int, int],
    pixel_mm: float,
    rng: np.random.Generator,
    *,
    collimation: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0),
) -> NDArray[np.float32]:
    """Thickness (mm of cortical bone) of a letter near the upper outer corner, (rows, columns).

    Args:
        side: Which letter; in an AP image as seen from the source, the patient's right is on the left.
        shape: Of the image.
        pixel_mm: On the detector.
        rng: Size, place and tilt.
        collimation: Share of the image covered at the left, right, top and bottom: the letter lies inside.
    """
    letter = np.array([[cell == "#" for cell in row] for row in LETTERS[side]], dtype=np.float32)
    height = float(rng.uniform(*HEIGHT_MM)) / pixel_mm
    drawn = zoom(np.pad(letter, 1), height / len(LETTERS[side]), order=1)
    drawn = np.clip(rotate(drawn, float(rng.normal(0.0, 6.0)), order=1), 0, 1)
    covered = collimation[0 if side == "R" else 1]
    row = (rng.uniform(0.04, 0.10) + collimation[2]) * shape[0]
    column = (rng.uniform(0.06, 0.14) + covered) * shape[1]
    top = int(row)
    left = int(column) if side == "R" else shape[1] - drawn.shape[1] - int(column)
    image = np.zeros(shape, np.float32)
    part = image[top : top + drawn.shape[0], max(left, 0) : max(left, 0) + drawn.shape[1]]
    part[:] = BONE_MM_OF_LEAD * drawn[: part.shape[0], : part.shape[1]]
    return image
