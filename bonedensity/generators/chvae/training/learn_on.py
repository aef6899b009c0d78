"""Beginning where an earlier training ended."""

from __future__ import annotations

from pathlib import Path

from bonedensity.errors import ModelError
from bonedensity.generators.chvae.morphometry.network import MeasuringNetwork
from bonedensity.generators.chvae.storage import load_chvae


def learn_on_from(folder: Path, network: MeasuringNetwork, attributes: tuple[str, ...]) -> None:
    """Give a measuring network the weights of a trained model's.

    Args:
        folder: Of the model.
        network: Altered in place.
        attributes: That it shall tell.

    Raises:
        ModelError: That model tells other attributes.
        UnreadableFileError: No model is there.
    """
    earlier = load_chvae(folder)
    if earlier.predicted != attributes:
        raise ModelError(
            f"The model in “{folder}” measures {', '.join(earlier.predicted)}, not {', '.join(attributes)}: "
            "begin without it."
        )
    network.load_state_dict(earlier.predictor.state_dict())
