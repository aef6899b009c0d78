"""Counterfactual fine-tuning: what a frozen predictor reads off a counterfactual must be what was asked for.

After Ribeiro et al., ICML 2023: the predictor's likelihood is improved under the constraint that the evidence bound
stays as good as it was, by a damped Lagrangian.
"""

from __future__ import annotations

from typing import Any, cast

import lightning
import torch
from torch import Tensor, nn

from bonedensity.generators.chvae.causal.context import context_of, table_of
from bonedensity.generators.chvae.causal.model import CausalModel, Table
from bonedensity.generators.chvae.image.batch import Batch
from bonedensity.generators.chvae.image.ladder import LadderVae
from bonedensity.generators.chvae.image.two_level import TwoLevelVae
from bonedensity.generators.chvae.morphometry.network import MeasuringNetwork, negative_log

RATE, DECAY = 1e-4, 0.1
MULTIPLIER_RATE = 1e-2
DAMPING = 100.0
CLIP_NORM = 1.0


class FineTuneModule(lightning.LightningModule):
    """Random interventions on one attribute at a time, to another person's value.

    Args:
        network: The image mechanism, altered in place.
        causal: Fitted and frozen.
        predictor: Trained on images as taken, and frozen.
        attributes: Which it predicts.
        bound: Mean negative evidence bound (a pixel) on the training data before: the constraint.
        residual: Whether the counterfactual that is judged carries the image's residual, as what is shown does.
    """

    def __init__(
        self,
        network: TwoLevelVae | LadderVae,
        causal: CausalModel,
        predictor: MeasuringNetwork,
        attributes: tuple[str, ...],
        *,
        bound: float,
        residual: bool = True,
    ) -> None:
        super().__init__()
        self.network = network
        self._frozen = [causal, predictor.requires_grad_(False).eval()]
        self._attributes, self._bound, self._residual = attributes, bound, residual
        self.multiplier = nn.Parameter(torch.zeros(()))

    def on_train_epoch_start(self) -> None:
        """Keep the batch normalisation as it was trained: counterfactuals must not move its averages."""
        self.network.eval()

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """The Lagrangian of one batch; the multiplier's gradient is turned by the optimiser's `maximize`."""
        auxiliary, bound = self._losses(batch)
        slack = self._bound - bound
        loss = auxiliary - (self.multiplier - DAMPING * slack.detach()) * slack
        self.log("training_loss", loss)
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        """The predictor's loss on counterfactuals, and the bound."""
        auxiliary, bound = self._losses(batch)
        self.log("validation_loss", auxiliary, sync_dist=True)
        self.log("validation_bound", bound, sync_dist=True)

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Clip the network's gradient and turn the multiplier's, which climbs."""
        nn.utils.clip_grad_norm_(self.network.parameters(), CLIP_NORM)
        if self.multiplier.grad is not None:
            self.multiplier.grad.neg_()

    def on_train_batch_end(self, *_: Any) -> None:
        """Keep the multiplier from falling below nothing."""
        with torch.no_grad():
            self.multiplier.clamp_min_(0)

    def configure_optimizers(self) -> Any:
        """AdamW; the multiplier without decay."""
        groups = [
            {"params": list(self.network.parameters()), "lr": RATE, "weight_decay": DECAY},
            {"params": [self.multiplier], "lr": MULTIPLIER_RATE, "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, betas=(0.9, 0.9))

    def _losses(self, batch: Batch) -> tuple[Tensor, Tensor]:
        causal, predictor = cast(tuple[CausalModel, MeasuringNetwork], tuple(self._frozen))
        causal, predictor = causal.to(batch.image.device), predictor.to(batch.image.device)
        table = table_of(causal, batch.attributes)
        names = self.network.config.context
        context, after = context_of(causal, table, names), _one_set(causal, table)
        found = self.network.abduct(batch.image, context, random=True)
        mean = self.network.decode(found.latents, context)
        changed = self.network.decode(found.latents, context_of(causal, after, names))
        shown = (batch.image + changed - mean).clamp(0, 1) if self._residual else changed
        auxiliary = negative_log(predictor(shown).attributes, context_of(causal, after, self._attributes)).mean()
        bound = (self.network.pixels.negative_log(batch.image, mean) + found.divergence).mean()
        return auxiliary, bound / batch.image[0].numel()


def _one_set(causal: CausalModel, table: Table) -> Table:
    """What follows when one attribute of everybody is set to that of somebody else."""
    names = causal.graph.names
    name = names[int(torch.randint(len(names), ()))]
    order = torch.randperm(len(table[name]), device=table[name].device)
    return causal.predict(causal.abduct(table), {name: table[name][order]})
