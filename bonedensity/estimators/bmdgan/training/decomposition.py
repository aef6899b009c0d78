"""One step of learning to decompose: stages one and two."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import lightning
import torch
from torch import Tensor
from torch.nn.functional import l1_loss

from bonedensity.estimators.bmdgan.config import BmdganConfig
from bonedensity.estimators.bmdgan.data.dataset import ExposureData, Sample
from bonedensity.estimators.bmdgan.data.network_images import areal_of_network
from bonedensity.estimators.bmdgan.losses.adversarial import critic_loss
from bonedensity.estimators.bmdgan.losses.decomposition import LossWeights, decomposition_terms
from bonedensity.estimators.bmdgan.networks.critics import Critics
from bonedensity.estimators.bmdgan.networks.generator import Generator
from bonedensity.estimators.bmdgan.training.pictures import save_pictures
from bonedensity.estimators.bmdgan.training.schedule import FIRST_CYCLE, adamw_with_restarts

Truth = Literal["bones", "proximal"]
"""Stage one learns all bones, stage two the proximal femur."""

GAME_BETAS = (0.5, 0.999)
"""Of Adam's means, as usual where two networks play against each other (Radford 2016); the paper gives none."""


class DecompositionModule(lightning.LightningModule):
    """Generator and critics, each with its AdamW and SGDR.

    Args:
        config: Size.
        truth: What is to be generated.
        weights: Of the losses.
        quiet: Epochs before the critics join.
        rate: Highest learning rate.
        decay: Of weights.
        cycle: Epochs of SGDR's first cycle.
        pictures: Folder of a picture grid an epoch; None for none.
    """

    def __init__(
        self,
        config: BmdganConfig,
        truth: Truth,
        *,
        weights: LossWeights | None = None,
        quiet: int = 0,
        rate: float = 6e-5,
        decay: float = 1e-2,
        cycle: int = FIRST_CYCLE,
        pictures: Path | None = None,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.config, self.generator = config, Generator(config)
        self.weights = weights or LossWeights()
        self.critics = Critics(config) if self.weights.game else None
        self._quiet, self._cycle = quiet, cycle
        self._truth, self._rate, self._decay, self._pictures = truth, rate, decay, pictures
        self._shown: tuple[Tensor, Tensor, Tensor] | None = None

    def on_train_epoch_start(self) -> None:
        """Every epoch has other changes of the same images, also when a run goes on."""
        data = getattr(self.trainer.train_dataloader, "dataset", None)
        if isinstance(data, ExposureData):
            data.epoch = self.current_epoch

    def training_step(self, batch: Sample, _: int) -> None:
        """One step of the critics, then one of the generator."""
        truth: Tensor = getattr(batch, self._truth)
        found = self.generator(batch.radiograph)
        own = self.critics if self.current_epoch >= self._quiet else None
        if own is None:
            terms = decomposition_terms(found, truth, [], [], self.weights.kind)
        else:
            self._step(1, self._critics_loss(own, batch.radiograph, truth, found.detach()))
            own.requires_grad_(False)
            with torch.no_grad():
                seen_true = own(batch.radiograph, truth)
            terms = decomposition_terms(found, truth, seen_true, own(batch.radiograph, found), self.weights.kind)
        self._step(0, terms.total(self.weights))
        if own is not None:
            own.requires_grad_(True)
        self.log_dict({f"training_{name}": term.detach() for name, term in terms._asdict().items()})

    def on_train_epoch_end(self) -> None:
        """SGDR moves on once an epoch; that of the critics begins as they join."""
        playing = 1 if self.current_epoch < self._quiet else None
        for schedule in _listed(self.lr_schedulers())[:playing]:
            schedule.step()

    def validation_step(self, batch: Sample, number: int) -> None:
        """L1 and PSNR on images that are not learnt from."""
        truth: Tensor = getattr(batch, self._truth)
        found = self.generator(batch.radiograph)
        self.log("validation_loss", l1_loss(found, truth), batch_size=len(truth), sync_dist=True)
        self.log("validation_psnr", peak_signal_to_noise(found, truth).mean(), batch_size=len(truth), sync_dist=True)
        if number == 0:
            self._shown = batch.radiograph, found, truth

    def on_validation_epoch_end(self) -> None:
        """A picture grid: radiograph, generated and true projection of some images."""
        trainer = self.trainer
        if self._pictures is None or self._shown is None or trainer.sanity_checking or trainer.state.fn != "fit":
            return
        if trainer.is_global_zero:
            name = f"epoch_{self.current_epoch + 1:04d}.png"
            save_pictures(self._pictures / name, [tensor.float().cpu() for tensor in self._shown])

    def configure_optimizers(self) -> Any:
        """Generator first, critics second, each with its schedule."""
        pairs = [adamw_with_restarts(self.generator.parameters(), self._rate, self._decay, GAME_BETAS, self._cycle)]
        # Without critics a second schedule of no parameter would be refused, so there is one alone.
        if self.critics is not None:
            pairs.append(
                adamw_with_restarts(self.critics.parameters(), self._rate, self._decay, GAME_BETAS, self._cycle)
            )
        optimisers, schedules = zip(*pairs, strict=True)
        return list(optimisers), list(schedules)

    def _critics_loss(self, critics: Critics, radiograph: Tensor, truth: Tensor, found: Tensor) -> Tensor:
        return critic_loss(critics(radiograph, truth), critics(radiograph, found), self.weights.kind)

    def _step(self, number: int, loss: Tensor) -> None:
        optimiser = _listed(self.optimizers())[number]
        optimiser.zero_grad()
        self.manual_backward(loss)
        optimiser.step()


def _listed(found: Any) -> list[Any]:
    """Lightning gives one optimiser or schedule alone as it is, and several as a list."""
    return found if isinstance(found, list) else [found]


def peak_signal_to_noise(found: Tensor, truth: Tensor) -> Tensor:
    """PSNR (dB) of each image (B, 1, H, W); the peak is the whole range, as densities to `top_g_cm2` are -1 to 1."""
    shares = (areal_of_network(found, 1.0) - areal_of_network(truth, 1.0)).square().flatten(1).mean(dim=1)
    return -10 * torch.log10(shares.clamp_min(1e-12))
