"""What is learnt in one step of training the image mechanism."""

from __future__ import annotations

from typing import Any, NamedTuple

import lightning
import torch
from torch import Tensor, nn
from torch.nn import functional

from bonedensity.generators.chvae.alignment.body_grey import log_body_grey
from bonedensity.generators.chvae.alignment.grey_law import GreyLaw
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


GREY_WEIGHT = 2.0
"""Of the brightness of bodies under another's attributes, beside the mean over pixels."""

GREY_ROUND = 0.02
"""Error of a logarithm below which its loss is round instead of absolute."""

OTHERWISE = 4
"""One of so many people of a batch is decoded under another's attributes too."""


def warm(step: int, steps: int) -> float:
    """Weight of the divergence at a step, from 1e-6 to 1."""
    return min(1.0, FIRST_BETA + (1 - FIRST_BETA) * step / max(1, round(WARM_SHARE * steps)))


class Bound(NamedTuple):
    """What one pass through the image mechanism gives.

    Attributes:
        value: Upper bound of -log p(image | context) (B,).
        mean: Image decoded from the sampled latents (B, 1, P, P).
        latents: (B, …) each.
    """

    value: Tensor
    mean: Tensor
    latents: tuple[Tensor, ...]


def negative_elbo(model: ImageModel, image: Tensor, context: Tensor, beta: float = 1.0) -> Bound:
    """The bound of images under contexts, by one sample of the latents."""
    found = model.abduct(image, context, random=True)
    mean = model.decode(found.latents, context)
    return Bound(model.pixels.negative_log(image, mean) + beta * found.divergence, mean, found.latents)


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
        law: Brightness of bodies by context, which the decoded image shall follow under any; None for no such loss. In
            the spine's frame alone, where bodies lie at known places.
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
        law: GreyLaw | None = None,
    ) -> None:
        super().__init__()
        # Few channels at full resolution: with channels last a processor's convolutions take half the time.
        self.network = build_image_model(config).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._causal = [causal]  # in a list, so that its float64 parameters are not this module's
        self._rate, self._steps, self._regions, self._published = rate, steps, regions, published
        self._law = law

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """The loss of one batch, an image."""
        batch = batch if self._published else mirrored_by_chance(batch)
        beta = warm(self.global_step, self._steps)
        context = self._context(batch)
        found = negative_elbo(self.network, batch.image, context, beta)
        bound = found.value
        if self._regions:
            bound = bound + region_loss(batch.image, found.mean, beta)
        loss = bound.mean()
        if self._law is not None:
            loss = loss + GREY_WEIGHT * batch.image[0].numel() * self._grey_loss(self._law, found, context)
        per_pixel = loss / batch.image[0].numel()
        self.log("training_loss", per_pixel)
        return loss if self._published else per_pixel

    def validation_step(self, batch: Batch, _: int) -> None:
        """Bound a pixel and error of the decoded mean, of a batch that is not learnt from."""
        context = self._context(batch)
        bound = negative_elbo(self.network, batch.image, context).value
        self.log("validation_loss", bound.mean() / batch.image[0].numel(), sync_dist=True)
        mean = self.network.decode(self.network.abduct(batch.image, context, random=False).latents, context)
        self.log("validation_mae", (mean - batch.image).abs().mean(), sync_dist=True)

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

    def _grey_loss(self, law: GreyLaw, found: Bound, context: Tensor) -> Tensor:
        """Of a few people decoded under another's attributes: bodies as much brighter as is usual."""
        few = slice(max(1, len(context) // OTHERWISE))
        other = context.roll(1, 0)[few]
        changed = self.network.decode(tuple(each[few] for each in found.latents), other)
        wanted = (law(other) - law(context[few])).float()
        brighter = log_body_grey(changed.float()) - log_body_grey(found.mean[few].float())
        return functional.smooth_l1_loss(brighter, wanted, beta=GREY_ROUND)

    def _context(self, batch: Batch) -> Tensor:
        causal = self._causal[0].to(batch.attributes.device)
        return context_of(causal, table_of(causal, batch.attributes), self.network.config.context)
