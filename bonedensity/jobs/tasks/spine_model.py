"""What a trained CHVAE is, and whether there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.parameters import Parameters, text
from bonedensity.jobs.tasks.spine_people import model_of

if TYPE_CHECKING:
    from bonedensity.generators.chvae.storage import Chvae


def spine_model(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """What lies within the training data, by attribute (low, high); the model is in memory and warm afterwards."""
    context.on_progress(0.1, "Loading the model")
    model = model_of(text(parameters, "model"), context)
    _warm(model)
    names, ends = model.causal.graph.names, model.causal.support.tolist()
    return {"support": dict(zip(names, ends, strict=True))}


def _warm(model: Chvae) -> None:
    """One abduction and one prediction of nothing: the first is many times slower than all that follow."""
    import torch

    pixels, features = model.network.config.pixels, len(model.network.config.context)
    with torch.inference_mode():
        blank, context = torch.zeros(1, 1, pixels, pixels), torch.zeros(1, features)
        latents = model.network.abduct(blank, context, random=False).latents
        model.network.decode(latents, context)
        model.predictor(blank)
