"""Training of the outline network of a trained Bayesian U-Net."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.utils.data import DataLoader

from bonedensity.learning.card import ModelCard
from bonedensity.learning.fit import FitOptions, fit
from bonedensity.learning.weights import load_weights, save_weights
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent
from bonedensity.segmentation.unet.cases import Onward, prepared_cases
from bonedensity.segmentation.unet.load import load_unet
from bonedensity.segmentation.unet.outline.cases import CaseFiles, OutlinePatches, Outlines, cached_outlines
from bonedensity.segmentation.unet.outline.module import OutlineModule
from bonedensity.segmentation.unet.outline.network import OutlineNetwork
from bonedensity.segmentation.unet.outline.settle import FOLDER
from bonedensity.segmentation.unet.train import HELD_OUT_SHARE, LONGEST_GRADIENT

MODEL_NAME = "bayesian-unet-outline"

VALIDATION_WINDOWS = 24

LIMITS = ("Belongs to the weights of the U-Net in the folder above.",)


@dataclass(frozen=True, slots=True)
class OutlineTraining:
    """What a training is made of.

    Attributes:
        channels: Of the network.
        steps: Batches in all, rounded up to whole epochs.
        epoch_steps: Batches between two validations.
        batch: Windows a batch.
        rate: Highest learning rate.
        precision: Lightning's name.
        start: Folder of outline weights from which to go on; None for a fresh network.
        seed: Of everything.
        data: In words, for the card.
        cohort: Version of the virtual cohort; "" for other data.
        command: For the card.
        revision: Of the code, for the card.
    """

    channels: int = 16
    steps: int = 4000
    epoch_steps: int = 200
    batch: int = 2
    rate: float = 3e-3
    precision: str = "32-true"
    start: Path | None = None
    seed: int = 0
    data: str = "a user's own cohort"
    cohort: str = ""
    command: str = ""
    revision: str = ""


def train_outline(
    manifests: Sequence[Path],
    model: Path,
    training: OutlineTraining,
    *,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> ModelCard:
    """Train, and write weights and card below a U-Net's; an unfinished run goes on.

    People whom the U-Net did not learn from are best: it is less sure of them, as it is of everybody else.

    Args:
        manifests: With columns ct and labels.
        model: Folder of the U-Net, for all that is made too.
        training: Length and seed.
        on_progress: Fraction and message.
        should_stop: True ends the run; it can be resumed.

    Raises:
        UnreadableFileError: A manifest, a file that it names, or the U-Net.
        ModelError: Weights do not fit.
        CancelledError: `should_stop` said so.
    """
    unet, folder = load_unet(model).network, model / FOLDER
    asking = part_of(on_progress, 0.0, 0.4)
    files = prepared_cases(
        manifests, lambda case: cached_outlines(case, unet, model, folder / "cache"), training.seed, asking, should_stop
    )
    epochs = -(-training.steps // training.epoch_steps)
    torch.manual_seed(training.seed)
    network = OutlineNetwork(training.channels)
    if training.start is not None:
        load_weights(network, training.start)
        network.train()
    metrics = fit(
        OutlineModule(network, unet, rate=training.rate, steps=epochs * training.epoch_steps),
        *_loaders(files, training),
        folder / "checkpoints",
        FitOptions(epochs=epochs, seed=training.seed, precision=training.precision, clip=LONGEST_GRADIENT),
        on_progress=part_of(on_progress, 0.4, 1.0),
        should_stop=should_stop,
    )
    card = ModelCard(
        name=MODEL_NAME,
        size="small",
        config={"channels": training.channels},
        data=f"{training.data} ({len(files)} CTs)",
        cohort=training.cohort,
        seed=training.seed,
        command=training.command,
        revision=training.revision,
        metrics=metrics,
        limits=LIMITS,
    )
    save_weights(network, card, folder)
    return card


def _loaders(files: list[CaseFiles], training: OutlineTraining) -> tuple[DataLoader[Outlines], DataLoader[Outlines]]:
    """Windows to learn from, without end, and a few to judge on."""
    held, length = max(1, round(HELD_OUT_SHARE * len(files))), training.epoch_steps * training.batch
    seen = OutlinePatches(files[held:] or files, randomise=True, length=length, seed=training.seed)
    unseen = OutlinePatches(files[:held], randomise=False, length=VALIDATION_WINDOWS, seed=training.seed)
    learnt: DataLoader[Outlines] = DataLoader(seen, training.batch, sampler=Onward(length), drop_last=True)
    return learnt, DataLoader(unseen, batch_size=1)
