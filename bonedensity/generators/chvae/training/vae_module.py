"""What is learnt in one step of training the image mechanism."""

from __future__ import annotations

from typing import Any

import lightning
import torch
from torch import Tensor, nn

from bonedensity.generators.chvae.causal.context import context_of, table_of
from bonedensity.generators.chvae.causal.model import CausalModel
from bonedensity.generators.chvae.config import ChvaeConfig
from bonedensity.generators.chvae.image.batch import Batch
from bonedensity.generators.chvae.image.build import build_image_model
from bonedensity.generators.chvae.image.protocol import ImageModel
from bonedensity.generators.chvae.image.region_loss import region_loss
from bonedensity.generators.chvae.training.mirror import mirrored_by_chance
from bonedensity.generators.chvae.training.predictor_module import SHORTEST_CYCLE

ENCODER_FACTOR = 3.0
"""The encoder's trunk learns this much quicker: 3e-4 against 1e-4 in the paper."""

BETAS, EPS = (0.9, 0.999), 1e-5
CLIP = 5.0
"""Of each number of a gradient, as the optimiser of the paper clips."""

MEAN_EPS = 1e-8
"""Of Adam where the loss is a mean over pixels."""

RISING = 0.1
"""Share of all steps in which the rate rises to its highest."""

FIRST_BETA = 1e-6
WARM_SHARE = 0.45
"""Of all steps: weight of the divergence and of the region's losses rises along it (900 of 2000 epochs)."""


def warm(step: int, steps: int) -> float:
    """Weight of the divergence at a step, from 1e-6 to 1."""
    return min(1.0, FIRST_BETA + (1 - FIRST_BETA) * step / max(1, round(WARM_SHARE * steps)))


def negative_elbo(model: ImageModel, image: Tensor, context: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor]:
    """Upper bound of -log p(image | context) (B,), and the mean image decoded from the sampled latents."""
    found = model.abduct(image, context, random=True)
    mean = model.decode(found.latents, context)
    return model.pixels.negative_log(image, mean) + beta * found.divergence, mean


class VaeModule(lightning.LightningModule):
    """Evidence bound with a warm-up, and the losses of edges and region. The causal model is fitted before, apart.

    Args:
        config: Size of the network.
        causal: Fitted; gives contexts and is not altered.
        rate: Learning rate of everything but the encoder's trunk.
        steps: Of the whole training.
        regions: Whether the losses of edges and region are added; off for an ablation.
        published: Whether the rate stays, and gradients are those of a sum over pixels and clipped, as in the paper.
            Else the rate rises and falls once, the loss is a mean over pixels, and half of the images are mirrored: the
            same place in far fewer steps.
    """

    def __init__(
        self,
        config: ChvaeConfig,
        causal: CausalModel,
        *,
        rate: float,
        steps: int,
        regions: bool = True,
        published: bool = True,
    ) -> None:
        super().__init__()
        # Few channels at full resolution: with channels last a processor's convolutions take half the time.
        self.network = build_image_model(config).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._causal = [causal]  # in a list, so that its float64 parameters are not this module's
        self._rate, self._steps, self._regions, self._published = rate, steps, regions, published

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """The loss of one batch, an image."""
        batch = batch if self._published else mirrored_by_chance(batch)
        beta = warm(self.global_step, self._steps)
        bound, mean = negative_elbo(self.network, batch.image, self._context(batch), beta)
        if self._regions:
            bound = bound + region_loss(batch.image, mean, beta)
        loss = bound.mean()
        per_pixel = loss / batch.image[0].numel()
        self.log("training_loss", per_pixel)
        return loss if self._published else per_pixel

    def validation_step(self, batch: Batch, _: int) -> None:
        """Bound a pixel and error of the decoded mean, of a batch that is not learnt from."""
        context = self._context(batch)
        bound, _mean = negative_elbo(self.network, batch.image, context)
        self.log("validation_loss", bound.mean() / batch.image[0].numel())
        mean = self.network.decode(self.network.abduct(batch.image, context, random=False).latents, context)
        self.log("validation_mae", (mean - batch.image).abs().mean())

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Clip the gradient."""
        nn.utils.clip_grad_value_(self.network.parameters(), CLIP)

    def configure_optimizers(self) -> Any:
        """Adam, the encoder's trunk quicker; under one cycle of the rate unless as published."""
        trunk = self.network.encoder_parameters()
        known = {id(parameter) for parameter in trunk}
        rest = [parameter for parameter in self.network.parameters() if id(parameter) not in known]
        groups = [{"params": trunk, "lr": ENCODER_FACTOR * self._rate}, {"params": rest, "lr": self._rate}]
        optimiser = torch.optim.Adam(groups, betas=BETAS, eps=EPS if self._published else MEAN_EPS)
        if self._published:
            return optimiser
        cycle = torch.optim.lr_scheduler.OneCycleLR(
            optimiser,
            [group["lr"] for group in groups],
            total_steps=max(self._steps, SHORTEST_CYCLE),
            pct_start=RISING,
            cycle_momentum=False,
        )
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}

    def _context(self, batch: Batch) -> Tensor:
        causal = self._causal[0].to(batch.attributes.device)
        return context_of(causal, table_of(causal, batch.attributes), self.network.config.context)
