"""Training by Lightning: resumable, stoppable, on one processor or many cards."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from torch.utils.data import DataLoader

from bonedensity.progress import OnProgress, ShouldStop, never, silent, stop_if_asked

LAST = "last.ckpt"


@dataclass(frozen=True, slots=True)
class FitOptions:
    """How long and on what a network is trained.

    Attributes:
        epochs: Passes through the training data.
        seed: Of initialisation, order and augmentation.
        devices: Cards or processes on each node.
        nodes: Machines.
        precision: Lightning's name, such as "32-true" or "16-mixed".
        clip: Longest gradient (norm); None for any.
    """

    epochs: int
    seed: int = 0
    devices: int = 1
    nodes: int = 1
    precision: str = "32-true"
    clip: float | None = None


def fit(
    module: lightning.LightningModule,
    training: DataLoader[Any],
    validation: DataLoader[Any],
    folder: Path,
    options: FitOptions,
    *,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> dict[str, float]:
    """Train a module in place; where the folder holds an unfinished run, that run goes on.

    Args:
        module: Logs "validation_loss".
        training: Batches to learn from.
        validation: Batches to judge on.
        folder: Of the checkpoints.
        options: Length, seed, devices.
        on_progress: Fraction and message.
        should_stop: True ends the run after the present batch; it can be resumed.

    Returns:
        What the module logs on the validation data at the end.

    Raises:
        CancelledError: `should_stop` said so.
    """
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)  # the house tells of progress in its own way
    warnings.filterwarnings("ignore", r"`isinstance\(treespec, LeafSpec\)`", FutureWarning)  # of Lightning's own code
    warnings.filterwarnings("ignore", "Checkpoint directory .* exists and is not empty")  # the run that goes on
    lightning.seed_everything(options.seed, workers=True, verbose=False)
    keeper = ModelCheckpoint(folder, LAST.removesuffix(".ckpt"), enable_version_counter=False)  # after every epoch
    trainer = lightning.Trainer(
        max_epochs=options.epochs,
        accelerator="auto",
        devices=options.devices,
        num_nodes=options.nodes,
        strategy=_strategy(options),
        precision=options.precision,
        gradient_clip_val=options.clip,
        callbacks=[keeper, _Teller(on_progress, should_stop)],
        default_root_dir=folder,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    last = folder / LAST
    # A checkpoint is a file like any other: only its numbers are read.
    trainer.fit(module, training, validation, ckpt_path=str(last) if last.is_file() else None, weights_only=True)
    stop_if_asked(should_stop)
    return {name: float(value) for name, value in trainer.validate(module, validation, verbose=False)[0].items()}


def _strategy(options: FitOptions) -> str:
    """Lightning's name; a step of critics leaves the generator without a slope, one of the generator the critics."""
    return "ddp_find_unused_parameters_true" if options.devices * options.nodes > 1 else "auto"


class _Teller(Callback):
    """Lightning's hooks to the house's progress and stop."""

    def __init__(self, on_progress: OnProgress, should_stop: ShouldStop) -> None:
        self._on_progress = on_progress
        self._should_stop = should_stop

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """After each batch."""
        if self._should_stop():
            trainer.should_stop = True

    def on_train_epoch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """After each epoch, its validation included."""
        loss = trainer.callback_metrics.get("validation_loss")
        said = "" if loss is None else f", validation loss {float(loss):.4f}"
        epochs = trainer.max_epochs or 1
        self._on_progress((trainer.current_epoch + 1) / epochs, f"epoch {trainer.current_epoch + 1} of {epochs}{said}")
