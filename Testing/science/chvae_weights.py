"""Untrained weights of a size with a fitted causal model: the shape of everything, in half a second."""

from __future__ import annotations

import numpy as np
import torch

from bonedensity.generators.chvae.causal.fit import CausalFit, fit_causal_model
from bonedensity.generators.chvae.causal.graph import shipped_graph
from bonedensity.generators.chvae.config import SIZES
from bonedensity.generators.chvae.image.build import build_image_model
from bonedensity.generators.chvae.morphometry.network import MeasuringNetwork
from bonedensity.generators.chvae.storage import Chvae, save_chvae
from bonedensity.learning.card import ModelCard
from bonedensity.virtual.population import spine_graph


def write_weights(folder, size="tiny", seed=0):
    """A model's folder whose pictures mean nothing; its attributes follow the published graph."""
    torch.manual_seed(seed)
    rows = spine_graph().draw(2000, np.random.default_rng(seed)).predict()
    causal = fit_causal_model(
        shipped_graph(), {name: torch.tensor(values) for name, values in rows.items()}, CausalFit(steps=0)
    )
    config = SIZES[size]
    network, predictor = build_image_model(config), MeasuringNetwork(len(config.context))
    card = ModelCard("chvae", size, {}, "nothing: untrained, for tests", "", seed, "", "", {"validation_mae": 0.5})
    save_chvae(Chvae(causal, network.eval(), predictor.eval(), config.context, True, card), folder)
    return folder
