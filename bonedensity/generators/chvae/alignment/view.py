"""A DXA as the network sees it in the spine's frame, and where the spine is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import AnatomyError
from bonedensity.generators.chvae.alignment.sampling import grid_of, places, read_at
from bonedensity.generators.chvae.alignment.spine_frame import frame_corners, to_image
from bonedensity.generators.chvae.morphometry.corners import SHAPE, Outline, check_outline
from bonedensity.generators.chvae.morphometry.mirror import mirrored_corners
from bonedensity.generators.chvae.reading.dxa_image import WHITE, DxaImage, without_margins

if TYPE_CHECKING:
    from bonedensity.generators.chvae.morphometry.network import MeasuringNetwork

FINER = 2
"""Places read along each side of a pixel of the view."""

NOT_FOUND = "L1 to L4 were not found in order, so the image was taken as it lies: drag the corners to where they are."


def canonical_view(image: DxaImage, corners: NDArray[np.floating], pixels: int) -> NDArray[np.float32]:
    """The crop with these corners led to those of the frame (pixels, pixels) in [0, 1], margins black.

    Args:
        image: As taken.
        corners: Shares of the crop's columns and rows (16, 2).
        pixels: Rows and columns of the view.
    """
    grid = grid_of(places(to_image(corners), FINER * pixels, FINER * pixels))
    fine = read_at(without_margins(image) / WHITE, grid, beyond="border")
    return np.asarray(fine.reshape(pixels, FINER, pixels, FINER).mean(axis=(1, 3)), dtype=np.float32)


def shares_of(outline: Outline, image: DxaImage) -> NDArray[np.float64]:
    """Corners (4, 4, 2) in pixels of the whole image as shares of its crop (16, 2).

    Raises:
        AnatomyError: Of another shape.
    """
    if outline.shape != SHAPE:
        raise AnatomyError(f"The corners of L1 to L4 are {SHAPE[0]} x {SHAPE[1]} points, not {outline.shape}.")
    top, bottom, left, right = image.crop
    inside = outline.reshape(-1, 2) + 0.5 - np.array([left, top])
    return np.asarray(inside / np.array([right - left, bottom - top]))


def seen_corners(network: MeasuringNetwork, view: NDArray[np.floating]) -> NDArray[np.float64]:
    """Corners in a plain view (P, P) by the measuring network, mean of those in the view and in its mirror image.

    Returns:
        Shares of columns and rows (16, 2).
    """
    import torch

    plain = torch.from_numpy(np.ascontiguousarray(view, dtype=np.float32))[None, None]
    with torch.inference_mode():
        said = network(torch.cat([plain, plain.flip(-1)])).corners
    return np.asarray(((said[0] + mirrored_corners(said[1:])[0]) / 2).double().numpy())


def usable_corners(corners: NDArray[np.floating]) -> tuple[NDArray[np.float64], str]:
    """Corners if they lie in order, else those of the frame, which leave the image as it lies, and why."""
    try:
        check_outline(np.asarray(corners, np.float64).reshape(SHAPE))
    except AnatomyError:
        return frame_corners(), NOT_FOUND
    return np.asarray(corners, np.float64), ""
