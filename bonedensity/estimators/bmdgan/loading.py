"""A trained model from its folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bonedensity.errors import MissingDependencyError, ModelError
from bonedensity.estimators.bmdgan.config import config_of
from bonedensity.estimators.bmdgan.readout.calibration import Calibration, calibration_of
from bonedensity.learning.card import ModelCard, read_card
from bonedensity.learning.weights import load_weights, model_folder

if TYPE_CHECKING:
    from bonedensity.estimators.bmdgan.networks.generator import Generator
    from bonedensity.estimators.bmdgan.networks.model import BmdganNetwork

MODEL_NAME = "bmdgan"

BONES_FOLDER = "bones"
"""Below a model's folder: the generator of all bones, for the overlay; may be absent."""


class Model(NamedTuple):
    """A model that is ready to predict.

    Attributes:
        network: Its networks.
        calibration: Its read-outs, intervals and limits.
        card: Its card.
        bones: Generator of all bones; None where the folder has none.
    """

    network: BmdganNetwork
    calibration: Calibration
    card: ModelCard
    bones: Generator | None


def load_bmdgan(folder: Path | None = None) -> Model:
    """A model with its card.

    Args:
        folder: With weights and card; None for those that are shipped.

    Raises:
        UnreadableFileError: Weights or card are missing or damaged.
        ModelError: They are another network's, or the card holds what cannot be.
        MissingDependencyError: PyTorch is not installed.
    """
    try:
        from bonedensity.estimators.bmdgan.networks.generator import Generator
        from bonedensity.estimators.bmdgan.networks.model import BmdganNetwork
    except ImportError:
        raise MissingDependencyError("BMD-GAN needs PyTorch (pip install 'bonedensity[models]').") from None
    place = model_folder(MODEL_NAME, folder)
    card = read_card(place)
    if card.name != MODEL_NAME or not {"network", "calibration"} <= set(card.config):
        raise ModelError(f"“{place}” holds the model {card.name or 'without a name'}, not a calibrated BMD-GAN.")
    network = BmdganNetwork(config_of(card.config["network"]))
    load_weights(network, place)
    bones = None
    if (place / BONES_FOLDER).is_dir():
        bones = Generator(network.config)
        load_weights(bones, place / BONES_FOLDER)
    return Model(network, calibration_of(card.config["calibration"]), card, bones)
