"""The built-in segmentation's networks, from a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bonedensity.learning.card import ModelCard, read_card
from bonedensity.learning.weights import load_weights
from bonedensity.segmentation.unet.config import config_of

if TYPE_CHECKING:
    from bonedensity.segmentation.unet.network import BayesianUnet
    from bonedensity.segmentation.unet.outline.network import OutlineNetwork


class Unet(NamedTuple):
    """Ready to predict.

    Attributes:
        network: Which bone is where.
        outline: Where bone ends; None where none was trained.
        card: Of the first.
    """

    network: BayesianUnet
    outline: OutlineNetwork | None
    card: ModelCard

    def to(self, device: str) -> Unet:
        """Moved to a device, in place; itself."""
        for network in (self.network, self.outline):
            if network is not None:
                network.to(device)
        return self


def load_unet(folder: Path) -> Unet:
    """The networks of a folder and the card.

    Raises:
        UnreadableFileError, ModelError: Weights or card are missing or do not fit.
    """
    from bonedensity.segmentation.unet.network import BayesianUnet
    from bonedensity.segmentation.unet.outline.settle import load_outline

    network = BayesianUnet(config_of(read_card(folder).config))
    card = load_weights(network, folder)
    return Unet(network, load_outline(folder), card)
