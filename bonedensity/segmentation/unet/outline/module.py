"""What is learnt in one step of training the outline network."""

from __future__ import annotations

from typing import Any

import lightning
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from bonedensity.segmentation.unet.network import BayesianUnet
from bonedensity.segmentation.unet.one_cycle import one_cycle
from bonedensity.segmentation.unet.outline.cases import Outlines
from bonedensity.segmentation.unet.outline.fine import DOUBTFUL_LOGIT
from bonedensity.segmentation.unet.outline.network import OutlineNetwork


class OutlineModule(lightning.LightningModule):
    """Cross entropy and Dice where the U-Net doubts, AdamW, one cycle of the learning rate.

    Args:
        network: That learns.
        unet: Which prepares HU; it does not learn.
        rate: Highest learning rate.
        steps: Of the whole training.
    """

    def __init__(self, network: OutlineNetwork, unet: BayesianUnet, *, rate: float, steps: int) -> None:
        super().__init__()
        self.network = network
        self._prepared, self._rate, self._steps = unet.prepared, rate, steps

    def training_step(self, batch: Outlines, _: int) -> Tensor:
        """The loss of one batch."""
        return outline_loss(self._answer(batch), batch)

    def validation_step(self, batch: Outlines, _: int) -> None:
        """Loss of one batch that is not learnt from, and what it would be without the network."""
        self.log("validation_loss", outline_loss(self._answer(batch), batch), sync_dist=True)
        self.log("loss_before", outline_loss(batch.logit, batch), sync_dist=True)

    def configure_optimizers(self) -> Any:
        """AdamW under one cycle."""
        return one_cycle(self.network.parameters(), self._rate, self._steps)

    def _answer(self, batch: Outlines) -> Tensor:
        logit: Tensor = self.network(self._prepared(batch.hu), batch.logit)
        return logit.float()


def outline_loss(logit: Tensor, batch: Outlines) -> Tensor:
    """Cross entropy and one less the soft Dice, of the voxels that the U-Net doubts.

    Args:
        logit: The answer.
        batch: What was asked, and the truth.
    """
    asked = (batch.logit.abs() < DOUBTFUL_LOGIT).float()
    entropy = binary_cross_entropy_with_logits(logit, batch.bone, reduction="none") * asked
    chance, bone = torch.sigmoid(logit) * asked, batch.bone * asked
    dice = 2 * (chance * bone).sum() / (chance.sum() + bone.sum()).clamp_min(1)
    return entropy.sum() / asked.sum().clamp_min(1) + 1 - dice
