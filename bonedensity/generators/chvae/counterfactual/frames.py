"""The frame in which a model sees images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonedensity.generators.chvae.alignment.transfer import SpineTransfer
from bonedensity.generators.chvae.alignment.view import seen_corners, shares_of
from bonedensity.generators.chvae.counterfactual.transfer import ImageTransfer, Transfer
from bonedensity.generators.chvae.reading.dxa_image import DxaImage, network_view
from bonedensity.generators.chvae.storage import Chvae

if TYPE_CHECKING:
    from bonedensity.generators.chvae.morphometry.corners import Outline


def transfer_of(model: Chvae, image: DxaImage, outline: Outline | None = None) -> Transfer:
    """The way from an image to a model's network and back.

    Args:
        model: Trained.
        image: The user's.
        outline: Corners of L1 to L4 in its pixels (4, 4, 2); None for those that the measuring network sees.

    Raises:
        AnatomyError: An outline of another shape.
    """
    config = model.network.config
    if config.frame == "image":
        return ImageTransfer(image, config.pixels)
    if outline is not None:
        return SpineTransfer(image, shares_of(outline, image), config.pixels)
    return SpineTransfer(image, seen_corners(model.predictor, network_view(image, config.pixels)), config.pixels)
