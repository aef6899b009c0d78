"""One step of learning to regress densities: stage three, with the encoder frozen or tuned."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import lightning
import torch
from torch import Tensor

from bonedensity.estimators.bmdgan.config import BmdganConfig
from bonedensity.estimators.bmdgan.data.dataset import ExposureData, Sample
from bonedensity.estimators.bmdgan.losses.steadiness import unsteadiness
from bonedensity.estimators.bmdgan.networks.model import Regressor
from bonedensity.estimators.bmdgan.training.schedule import FIRST_CYCLE, adamw_with_restarts


class Scaling(NamedTuple):
    """Densities to the head's numbers: (value - mean) / spread.

    Attributes:
        mean: DXA (g/cm²), QCT (mg/cm³).
        spread: Likewise.
    """

    mean: tuple[float, float]
    spread: tuple[float, float]


class RegressionModule(lightning.LightningModule):
    """L1 on standardised densities, weighted by person, and steadiness over images of one hip; AdamW and SGDR.

    Args:
        config: Size.
        scaling: Of the densities.
        sample_weights: (exposures, 2) of the training data, by `Sample.number`; None for all alike.
        hips: (exposures,) number of each one's hip; None leaves steadiness out.
        steadiness: Its weight.
        frozen: Train the head alone.
        rate: Highest learning rate.
        decay: Of weights.
        cycle: Epochs of SGDR's first cycle.
    """

    def __init__(
        self,
        config: BmdganConfig,
        scaling: Scaling,
        *,
        sample_weights: Tensor | None = None,
        hips: Tensor | None = None,
        steadiness: float = 0.0,
        frozen: bool = True,
        rate: float = 6e-5,
        decay: float = 1e-2,
        cycle: int = FIRST_CYCLE,
    ) -> None:
        super().__init__()
        self.regressor = Regressor(config)
        self._scaling, self._weights, self._frozen = scaling, sample_weights, frozen
        self._hips, self._steadiness = hips, steadiness
        self._rate, self._decay, self._cycle = rate, decay, cycle
        self.regressor.encoder.requires_grad_(not frozen)

    def on_train_epoch_start(self) -> None:
        """Every epoch has other changes of the same images; a frozen encoder behaves as in prediction."""
        data = getattr(self.trainer.train_dataloader, "dataset", None)
        if isinstance(data, ExposureData):
            data.epoch = self.current_epoch
        if self._frozen:
            self.regressor.encoder.eval()

    def training_step(self, batch: Sample, _: int) -> Tensor:
        """The loss of one batch."""
        number, found = cast(Tensor, batch.number), self.regressor(batch.radiograph)
        loss = self._loss(found, batch.values, None if self._weights is None else self._weights.to(self.device)[number])
        if self._hips is not None:
            loss = loss + self._steadiness * unsteadiness(found, self._hips.to(self.device)[number])
        self.log("training_loss", loss, batch_size=len(batch.values))
        return loss

    def validation_step(self, batch: Sample, _: int) -> None:
        """The loss, not weighted, on images that are not learnt from."""
        loss = self._loss(self.regressor(batch.radiograph), batch.values, None)
        self.log("validation_loss", loss, batch_size=len(batch.values), sync_dist=True)

    def configure_optimizers(self) -> Any:
        """AdamW and SGDR over what is trained."""
        trained = self.regressor.head if self._frozen else self.regressor
        optimiser, schedule = adamw_with_restarts(trained.parameters(), self._rate, self._decay, cycle=self._cycle)
        return [optimiser], [schedule]

    def _loss(self, found: Tensor, values: Tensor, weights: Tensor | None) -> Tensor:
        """Of answers (B, 2) to measured densities (B, 2), NaN where not measured."""
        mean, spread = (torch.tensor(each, device=self.device) for each in self._scaling)
        wanted = (values - mean) / spread
        known = torch.isfinite(wanted)
        errors = (found - torch.where(known, wanted, found.detach())).abs() * known
        if weights is not None:
            errors = errors * weights
        return errors.sum() / known.sum().clamp_min(1)
