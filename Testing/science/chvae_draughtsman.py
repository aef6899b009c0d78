"""An image mechanism whose answer is known: it draws what the attributes say, and nothing else; and its measure."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import torch

from bonedensity.generators.chvae.causal.fit import CausalFit, fit_causal_model
from bonedensity.generators.chvae.causal.graph import shipped_graph
from bonedensity.generators.chvae.config import WITH_AGE, ChvaeConfig
from bonedensity.generators.chvae.counterfactual.engine import Abducted
from bonedensity.generators.chvae.image.distributions import Normal
from bonedensity.generators.chvae.image.protocol import Abduction
from bonedensity.generators.chvae.morphometry.network import Measured
from bonedensity.generators.chvae.reading.dxa_image import DxaImage
from bonedensity.generators.chvae.storage import Chvae
from bonedensity.virtual.population import spine_graph

DRAWN = runpy.run_path(str(Path(__file__).with_name("chvae_drawings.py")))
SIDE_CM = DRAWN["COLUMNS"] * DRAWN["PIXEL_MM"] / 10
PIXELS = 192


class Draughtsman:
    """A column as wide as the attributes say, darker with age; the latent is how far it stands from the middle."""

    def __init__(self, causal):
        self.config = ChvaeConfig(PIXELS, WITH_AGE, (8,), (8, 8), 1, 1, 1, 1)
        self._causal = causal

    def abduct(self, image, context, *, random):
        across = torch.arange(PIXELS) / PIXELS - 0.5
        middle = (image[:, 0] * across).sum((1, 2)) / image[:, 0].sum((1, 2))
        noise = 0.005 * torch.randn(len(image)) if random else torch.zeros(len(image))
        return Abduction(((middle + noise)[:, None],), torch.zeros(len(image)))

    def decode(self, latents, context):
        width = self._causal.unscaled("l1_l4_width", context[:, 0].double()) / SIDE_CM
        age = self._causal.unscaled("age", context[:, 3].double())
        level = 110 * (1 - DRAWN["BLACKER_A_YEAR"] * (age - 64)) / 252
        apart = (torch.arange(PIXELS) / PIXELS - 0.5)[None] - latents[0].double()
        row = level[:, None] * torch.sigmoid((width[:, None] / 2 - apart.abs()) * 400)
        return row[:, None, None, :].expand(-1, 1, PIXELS, -1).float()

    def identity(self, latents):
        return torch.cat([latents[0] + 1, torch.ones_like(latents[0])], dim=1)


class Ruler:
    """Reads width and age off an image, as the draughtsman draws them."""

    def __init__(self, causal):
        self._causal = causal

    def __call__(self, image):
        rows = image[:, 0, 90:102].mean(1).double()
        level = rows.topk(20, dim=1).values.mean(1)
        width = rows.sum(1) / level * SIDE_CM / PIXELS
        age = 64 + (1 - level * 252 / 110) / DRAWN["BLACKER_A_YEAR"]
        said = {"l1_l4_width": width, "age": age.clamp(1, 200)}
        columns = [self._causal.scaled(name, said[name]) if name in said else 0 * width for name in WITH_AGE]
        mean = torch.stack(columns, dim=1)
        return Measured(torch.zeros(len(image), 16, 2), Normal(mean, torch.zeros_like(mean)))


def draughtsman_model():
    """A model of both, with a causal model fitted to virtual people."""
    rows = spine_graph().draw(2000, np.random.default_rng(0)).predict()
    table = {name: torch.tensor(values) for name, values in rows.items()}
    causal = fit_causal_model(shipped_graph(), table, CausalFit(steps=0))
    return Chvae(causal, Draughtsman(causal), Ruler(causal), WITH_AGE, True, None)


def picture_of(model, attributes, seed=0):
    """What the draughtsman draws of somebody, with noise, as an export."""
    person = Abducted(model, DxaImage(np.ones((156, 143)), (0, 156, 0, 143)), attributes)
    context, _ = person._context_under({})
    drawn = 252 * model.network.decode((torch.zeros(1, 1),), context)[0, 0, 0].numpy()
    row = np.interp((np.arange(143) + 0.5) / 143, (np.arange(PIXELS) + 0.5) / PIXELS, drawn)
    noise = np.random.default_rng(seed).normal(0, 4, (156, 143))
    return DxaImage(np.clip(row + noise, 0, 251), (0, 156, 0, 143), (1.25, 1.25), name="drawn")
