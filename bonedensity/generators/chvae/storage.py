"""A trained CHVAE as a folder: image mechanism, causal model and measuring network, each as numbers with a card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonedensity.errors import MissingDependencyError, ModelError
from bonedensity.generators.chvae.causal.graph import graph_of
from bonedensity.generators.chvae.config import config_of
from bonedensity.learning.card import ModelCard, read_card
from bonedensity.learning.weights import load_weights, save_weights

if TYPE_CHECKING:
    from bonedensity.generators.chvae.alignment.grey_law import GreyLaw
    from bonedensity.generators.chvae.causal.model import CausalModel
    from bonedensity.generators.chvae.counterfactual.engine import Abducted
    from bonedensity.generators.chvae.image.ladder import LadderVae
    from bonedensity.generators.chvae.image.two_level import TwoLevelVae
    from bonedensity.generators.chvae.morphometry.corners import Outline
    from bonedensity.generators.chvae.morphometry.network import MeasuringNetwork
    from bonedensity.generators.chvae.reading.dxa_image import DxaImage

MODEL_NAME = "chvae"
CAUSAL, MEASURE = "causal", "measure"
"""Folders within the model's."""


@dataclass(frozen=True, slots=True, eq=False)
class Chvae:
    """The parts of one trained model.

    Attributes:
        causal: Attributes.
        network: Image under attributes.
        predictor: Corners and attributes from an image.
        predicted: The attributes that it tells, in its order.
        residual: Whether counterfactuals carry the image's residual unless told otherwise.
        card: What it was trained on.
        law: Brightness of bodies by context, in the spine's frame; None where the network alone decides it.
    """

    causal: CausalModel
    network: TwoLevelVae | LadderVae
    predictor: MeasuringNetwork
    predicted: tuple[str, ...]
    residual: bool
    card: ModelCard
    law: GreyLaw | None = None

    def abduct(
        self,
        image: DxaImage,
        attributes: Mapping[str, float],
        *,
        samples: int = 1,
        seed: int = 0,
        outline: Outline | None = None,
    ) -> Abducted:
        """One person's image and attributes with the noise that makes them: `.do(age=80).predict()` follows.

        See `Abducted` for what may be given.

        Raises:
            PopulationError: An attribute is missing.
            ModelError: Fewer than 1 or too many samples.
        """
        from bonedensity.generators.chvae.counterfactual.engine import Abducted

        return Abducted(self, image, attributes, samples=samples, seed=seed, outline=outline)


def save_chvae(model: Chvae, folder: Path) -> None:
    """Write all parts; the causal model in full precision, because its inverse is promised to be exact."""
    values: dict[str, Any] = {
        "image": asdict(model.network.config),
        "graph": model.causal.graph.to_json(),
        "predicted": list(model.predicted),
        "residual": model.residual,
        "law": None if model.law is None else model.law.to_json(),
    }
    card = replace(model.card, config=values)
    save_weights(model.causal, replace(card, name=f"{MODEL_NAME}-{CAUSAL}"), folder / CAUSAL, half=False)
    save_weights(model.predictor, replace(card, name=f"{MODEL_NAME}-{MEASURE}"), folder / MEASURE)
    save_weights(model.network, card, folder)


def load_chvae(folder: Path) -> Chvae:
    """A model from its folder, ready to predict.

    Raises:
        UnreadableFileError: Weights or cards are missing or damaged.
        ModelError: They do not fit each other.
        MissingDependencyError: torch is not installed.
    """
    try:
        from torch import channels_last
    except ImportError:
        raise MissingDependencyError("CHVAE needs torch (pip install 'bonedensity[models]').") from None
    from bonedensity.generators.chvae.alignment.grey_law import law_of
    from bonedensity.generators.chvae.causal.model import CausalModel
    from bonedensity.generators.chvae.image.build import build_image_model
    from bonedensity.generators.chvae.morphometry.network import MeasuringNetwork

    values = read_card(folder).config
    try:
        graph, config = graph_of(values["graph"]), config_of(values["image"])
        predicted, residual = tuple(map(str, values["predicted"])), bool(values["residual"])
        law = law_of(values["law"], len(config.context))
    except (KeyError, TypeError) as error:
        raise ModelError(f"The card in “{folder}” describes no CHVAE: {error} is missing.") from None
    for name in (*config.context, *predicted):
        graph.node(name)
    causal, network, predictor = CausalModel(graph), build_image_model(config), MeasuringNetwork(len(predicted))
    load_weights(causal, folder / CAUSAL)
    load_weights(predictor, folder / MEASURE)
    card = load_weights(network, folder)
    network.to(memory_format=channels_last)  # type: ignore[call-overload]  # a quarter quicker on processors
    for part in (causal, network, predictor):
        part.requires_grad_(False)
    return Chvae(causal, network, predictor, predicted, residual, card, law)
