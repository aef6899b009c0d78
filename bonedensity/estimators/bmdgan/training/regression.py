"""One step of learning to regress densities: stage three, with the encoder frozen or tuned."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import lightning
import torch
from torch import Tensor

from bonedensity.estimators.bmdgan.config import BmdganConfig
from bonedensity.estimators.bmdgan.data.dataset import ExposureData, Sample
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
    """L1 on standardised densities, weighted by person; AdamW and SGDR.

    Args:
        config: Size.
        scaling: Of the densities.
        sample_weights: (exposures, 2) of the training data, by `Sample.number`; None for all alike.
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
        frozen: bool = True,
        rate: float = 6e-5,
        decay: float = 1e-2,
        cycle: int = FIRST_CYCLE,
    ) -> None:
        super().__init__()
        self.regressor = Regressor(config)
        self._scaling, self._weights, self._frozen = scaling, sample_weights, frozen
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
        weights = None if self._weights is None else self._weights.to(self.device)[cast(Tensor, batch.number)]
        loss = self._loss(batch, weights)
        self.log("training_loss", loss, batch_size=len(batch.values))
        return loss

    def validation_step(self, batch: Sample, _: int) -> None:
        """The loss, not weighted, on images that are not learnt from."""
        self.log("validation_loss", self._loss(batch, None), batch_size=len(batch.values))

    def configure_optimizers(self) -> Any:
        """AdamW and SGDR over what is trained."""
        trained = self.regressor.head if self._frozen else self.regressor
        optimiser, schedule = adamw_with_restarts(trained.parameters(), self._rate, self._decay, cycle=self._cycle)
        return [optimiser], [schedule]

    def _loss(self, batch: Sample, weights: Tensor | None) -> Tensor:
        found = self.regressor(batch.radiograph)
        mean, spread = (torch.tensor(each, device=self.device) for each in self._scaling)
        wanted = (batch.values - mean) / spread
        known = torch.isfinite(wanted)
        errors = (found - torch.where(known, wanted, found.detach())).abs() * known
        if weights is not None:
            errors = errors * weights
        return errors.sum() / known.sum().clamp_min(1)
