"""What is learnt in one step of training the Bayesian U-Net."""

from __future__ import annotations

from typing import Any

import lightning
import torch
from torch import Tensor

from bonedensity.segmentation.unet.config import UnetConfig
from bonedensity.segmentation.unet.network import BayesianUnet
from bonedensity.segmentation.unet.randomise import Patch


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
        self.log("validation_loss", segmentation_loss(logits, batch.bones))
        self.log("validation_dice", mean_dice(logits.argmax(dim=1, keepdim=True), batch.bones))

    def configure_optimizers(self) -> Any:
        """AdamW under one cycle."""
        optimiser = torch.optim.AdamW(self.parameters(), lr=self._rate, weight_decay=1e-4)
        warm = max(0.1, 2 / self._steps)  # at least two steps, which a short run needs
        cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, self._rate, total_steps=self._steps, pct_start=warm)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}


def segmentation_loss(logits: Tensor, bones: Tensor) -> Tensor:
    """Cross entropy, and one less the soft Dice of the bones that the batch holds.

    Bones that it does not hold are left to the cross entropy: their Dice is 0 whatever small probability they get, and
    with few bones in a window they would be most of the loss.

    Args:
        logits: (B, 1 + bones, …).
        bones: Channel numbers (B, 1, …).
    """
    probabilities = torch.softmax(logits, dim=1)
    truth = torch.nn.functional.one_hot(bones[:, 0], logits.shape[1]).movedim(-1, 1).to(probabilities.dtype)
    over = [0, *range(2, logits.ndim)]
    counts = truth.sum(dim=over)
    dice = 2 * (probabilities * truth).sum(dim=over) / (probabilities.sum(dim=over) + counts).clamp_min(1e-6)
    entropy = torch.nn.functional.cross_entropy(logits, bones[:, 0])
    present = counts[1:] > 0
    return entropy + (1 - dice[1:][present]).mean() if present.any() else entropy


def mean_dice(found: Tensor, truth: Tensor) -> Tensor:
    """Dice averaged over the bones that either holds; channel numbers of any one shape."""
    present = [value for value in torch.unique(torch.stack([found, truth])).tolist() if value]
    if not present:
        return torch.ones(())
    scores = [
        2 * ((found == value) & (truth == value)).sum() / ((found == value).sum() + (truth == value).sum())
        for value in present
    ]
    return torch.stack(scores).mean()
