"""A frame in which every spine stands alike: its corners at fixed places, so that a network learns looks, not places.

Where the corners of L1 to L4 lie is read off the image (or set by hand), and a smooth map leads them to those of the
frame. What the network changes in the frame is carried back along that map; sizes that an intervention changes move the
image itself, so that an edge stays as sharp as it was taken.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.generators.chvae.alignment.thin_plate import ThinPlate, thin_plate
from bonedensity.generators.chvae.morphometry.corners import CORNERS, LEVELS, SHAPE

HALF_WIDTH = 0.2
"""Of a vertebra in the frame, as a share of its columns."""

TOP, BOTTOM = 0.1, 0.9
"""Rows (shares) of the upper end plate of L1 and the lower one of L4."""

DISC = 0.24
"""Of the way from one vertebra to the next that is disc."""


def frame_corners() -> NDArray[np.float64]:
    """Corners of L1 to L4 in the frame, as shares of columns and rows (16, 2), in the order of `corners.CORNERS`.

    Left and right are the patient's; on an AP export the patient's right lies where the columns begin.
    """
    period = (BOTTOM - TOP) / (len(LEVELS) - DISC)
    upper = TOP + period * np.arange(len(LEVELS))
    lower = upper + period * (1 - DISC)
    left, right = 0.5 + HALF_WIDTH, 0.5 - HALF_WIDTH
    rows = np.stack([upper, upper, lower, lower], axis=1)
    columns = np.broadcast_to([left, right, right, left], rows.shape)
    return np.stack([columns, rows], axis=-1).reshape(-1, 2)


def to_image(corners: NDArray[np.floating]) -> ThinPlate:
    """The map from the frame to an image with these corners; shares of columns and rows (16, 2) in both."""
    return thin_plate(frame_corners(), corners)


def to_frame(corners: NDArray[np.floating]) -> ThinPlate:
    """The map from an image with these corners to the frame."""
    return thin_plate(corners, frame_corners())


def resized_corners(corners: NDArray[np.floating], wider: float, taller: float) -> NDArray[np.float64]:
    """Corners of the same spine with bodies so much wider and the whole so much taller.

    Each body keeps the middle of its own width, the spine the middle of its height.

    Args:
        corners: Shares of columns and rows (16, 2).
        wider: Factor of all widths.
        taller: Factor of all heights.
    """
    bodies = np.asarray(corners, np.float64).reshape(SHAPE)
    middle = np.empty(SHAPE)
    middle[..., 0] = bodies[..., 0].mean(axis=1, keepdims=True)
    middle[..., 1] = bodies[..., 1].mean()
    return np.asarray((middle + (bodies - middle) * np.array([wider, taller])).reshape(-1, 2))


def movement(corners: NDArray[np.floating], wider: float, taller: float) -> ThinPlate:
    """How far back what is at a place after bodies grew was before it (shares of columns and rows).

    Along the spine the whole image grows, for ribs and sacrum go with the vertebrae; across it nothing moves at the
    image's border.

    Args:
        corners: Before (16, 2).
        wider: Factor of widths; see `resized_corners`.
        taller: Factor of heights.
    """
    first, border = _vertebrae(corners), _border()
    then = _vertebrae(resized_corners(corners, wider, taller))
    middle = np.asarray(corners)[:, 1].mean()
    upward = np.column_stack([np.zeros(len(border)), (border[:, 1] - middle) * (1 / taller - 1)])
    return thin_plate(np.concatenate([then, border]), np.concatenate([first - then, upward]))


def _vertebrae(corners: NDArray[np.floating]) -> NDArray[np.float64]:
    """Corners (16, 2), middles of end plates and tips of transverse processes (32, 2), so that a vertebra grows alike.

    Tips lie as far from a body's side as the side from its middle.
    """
    bodies = np.asarray(corners, np.float64).reshape(SHAPE)
    ends = bodies.reshape(2 * len(LEVELS), len(CORNERS) // 2, 2).mean(axis=1)
    left, right = bodies[:, [0, 3]].mean(axis=1), bodies[:, [1, 2]].mean(axis=1)
    aside = (left - right) / 2
    return np.concatenate([bodies.reshape(-1, 2), ends, left + aside, right - aside])


def _border() -> NDArray[np.float64]:
    ends = np.array([0.0, 0.5, 1.0])
    grid = np.stack(np.meshgrid(ends, ends), axis=-1).reshape(-1, 2)
    return grid[np.abs(grid - 0.5).max(axis=1) == 0.5]
