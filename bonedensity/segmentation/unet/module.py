"""What is learnt in one step of training the Bayesian U-Net."""

from __future__ import annotations

from typing import Any

import lightning
import torch
from torch import Tensor

from bonedensity.segmentation.unet.config import UnetConfig
from bonedensity.segmentation.unet.loss import mean_dice, segmentation_loss
from bonedensity.segmentation.unet.network import BayesianUnet
from bonedensity.segmentation.unet.one_cycle import one_cycle
from bonedensity.segmentation.unet.patch import Patch
from bonedensity.segmentation.unet.probabilities import channels_of


class UnetModule(lightning.LightningModule):
    """Dice and cross entropy, AdamW, one cycle of the learning rate.

    Args:
        config: Size of the network.
        rate: Highest learning rate.
        steps: Of the whole training.
    """

    def __init__(self, config: UnetConfig, *, rate: float = 2e-3, steps: int = 1000) -> None:
        super().__init__()
        self.network = BayesianUnet(config)
        self._rate, self._steps = rate, steps

    def training_step(self, batch: Patch, _: int) -> Tensor:
        """The loss of one batch."""
        loss = segmentation_loss(self.network(self.network.prepared(batch.hu)), batch.bones)
        self.log("training_loss", loss)
        return loss

    def validation_step(self, batch: Patch, _: int) -> None:
        """Loss and Dice of one batch that is not learnt from."""
        logits = self.network(self.network.prepared(batch.hu))
        found = channels_of(torch.sigmoid(logits.bone.float()), torch.softmax(logits.which.float(), dim=1))
        self.log("validation_loss", segmentation_loss(logits, batch.bones), sync_dist=True)
        self.log("validation_dice", mean_dice(found, batch.bones), sync_dist=True)

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """A window of air alone has no gradient that is a number: nothing is learnt from it."""
        gradients = [each.grad for each in self.parameters() if each.grad is not None]
        if not all(torch.isfinite(each).all() for each in gradients):
            optimizer.zero_grad(set_to_none=True)

    def configure_optimizers(self) -> Any:
        """AdamW under one cycle."""
        return one_cycle(self.parameters(), self._rate, self._steps)
