"""What is learnt in one step of training the measuring network."""

from __future__ import annotations

from typing import Any

import lightning
import torch
from torch import Tensor
from torch.nn import functional

from bonedensity.generators.chvae.causal.context import context_of, table_of
from bonedensity.generators.chvae.causal.model import CausalModel
from bonedensity.generators.chvae.image.batch import Batch
from bonedensity.generators.chvae.morphometry.network import MeasuringNetwork, negative_log
from bonedensity.generators.chvae.training.mirror import mirrored_by_chance
from bonedensity.generators.chvae.training.stretch import stretched_by_chance

CORNER_WEIGHT = 100.0
"""Of the corners' error (shares of the image), beside the attributes' likelihood."""

SHORTEST_CYCLE = 30
"""Steps: a cycle cannot be cut into its phases with fewer; a shorter run ends within it."""


class PredictorModule(lightning.LightningModule):
    """Corners where they are known, and attributes, from images alone.

    Args:
        causal: Fitted; gives attributes on its scale and is not altered.
        attributes: Which are predicted.
        rate: Highest learning rate.
        steps: Of the whole training.
    """

    def __init__(self, causal: CausalModel, attributes: tuple[str, ...], *, rate: float, steps: int) -> None:
        super().__init__()
        self.network = MeasuringNetwork(len(attributes)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._causal, self._attributes = [causal], attributes
        self._rate, self._steps = rate, steps

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """The loss of one batch, half of it mirrored, all of it stretched."""
        seen = stretched_by_chance(mirrored_by_chance(batch), self._causal[0].graph.names)
        loss, corner_error = self._losses(seen)
        self.log("training_loss", loss)
        self.log("training_corner_error", corner_error)
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        """Loss and mean corner error (share of the image) of a batch that is not learnt from."""
        loss, corner_error = self._losses(batch)
        self.log("validation_loss", loss, sync_dist=True)
        self.log("validation_corner_error", corner_error, sync_dist=True)

    def configure_optimizers(self) -> Any:
        """AdamW under one cycle."""
        optimiser = torch.optim.AdamW(self.parameters(), lr=self._rate, weight_decay=1e-3)
        length = max(self._steps, SHORTEST_CYCLE)
        cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, self._rate, total_steps=length)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}

    def _losses(self, batch: Batch) -> tuple[Tensor, Tensor]:
        causal = self._causal[0].to(batch.attributes.device)
        said = self.network(batch.image)
        loss = negative_log(
            said.attributes, context_of(causal, table_of(causal, batch.attributes), self._attributes)
        ).mean()
        known = torch.isfinite(batch.corners).all(dim=2)
        if not bool(known.any()):
            return loss, loss.new_zeros(())
        apart = said.corners[known] - batch.corners[known]
        corner_error = apart.detach().norm(dim=1).mean()
        return loss + CORNER_WEIGHT * functional.smooth_l1_loss(apart, torch.zeros_like(apart), beta=0.02), corner_error
