"""Training of the Bayesian U-Net from manifests of segmented CTs: virtual ones, or a user's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch.utils.data import DataLoader

from bonedensity.learning.card import ModelCard
from bonedensity.learning.fit import FitOptions, fit
from bonedensity.learning.weights import load_weights, save_weights
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent
from bonedensity.segmentation.unet.cases import Onward, Patches, cached, prepared_cases
from bonedensity.segmentation.unet.config import SIZES, SizeName, UnetConfig, Window
from bonedensity.segmentation.unet.engine import MODEL_NAME
from bonedensity.segmentation.unet.module import UnetModule
from bonedensity.segmentation.unet.patch import Patch
from bonedensity.segmentation.unet.randomise import Randomiser

HELD_OUT_SHARE = 0.1
"""Of the cases: for validation, at least one."""

VALIDATION_WINDOWS = 8

LONGEST_GRADIENT = 1.0
"""One odd window must not undo what many taught."""

LIMITS = (
    "Ribs, and vertebrae above T10, are not told apart.",
    "Learnt from what the data hold and nothing else: see them.",
)

PRECISIONS = ("32-true", "bf16-mixed", "16-mixed")
"""Lightning's names; the last for graphics cards."""


@dataclass(frozen=True, slots=True)
class UnetTraining:
    """What a training is made of.

    Attributes:
        size: Name of the network's configuration, for the card.
        config: Its configuration; None for the named one.
        steps: Batches in all, rounded up to whole epochs.
        epoch_steps: Batches between two validations.
        batch: Windows a batch.
        window: Voxels along R, A, S of a training window, even; None for the configuration's.
        rate: Highest learning rate.
        randomise: Vary the images; off for an ablation, or where they are varied enough.
        precision: Lightning's name; "bf16-mixed" is about twice as fast on processors with bfloat16 arithmetic.
        workers: Processes that make windows while the network learns; 0 makes them between two steps.
        start: Folder of a trained model of the same configuration, from which to go on; None for a fresh network.
        seed: Of everything.
        data: In words, for the card.
        cohort: Version of the virtual cohort; "" for other data.
        command: For the card.
        revision: Of the code, for the card.
    """

    size: SizeName = "small"
    config: UnetConfig | None = None
    steps: int = 4000
    epoch_steps: int = 100
    batch: int = 1
    window: Window | None = None
    rate: float = 2.5e-3
    randomise: bool = True
    precision: str = "32-true"
    workers: int = 0
    start: Path | None = None
    seed: int = 0
    data: str = "a user's own cohort"
    cohort: str = ""
    command: str = ""
    revision: str = ""


def train_unet(
    manifests: Sequence[Path],
    folder: Path,
    training: UnetTraining,
    *,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> ModelCard:
    """Train, and write weights and card; an unfinished run in the folder goes on.

    Args:
        manifests: With columns ct and labels.
        folder: For cache, checkpoints, weights and card.
        training: Size, length and seed.
        on_progress: Fraction and message.
        should_stop: True ends the run; it can be resumed.

    Raises:
        UnreadableFileError: A manifest, or a file that it names; or the model to start from.
        ModelError: The model to start from is another network.
        CancelledError: `should_stop` said so.
    """
    config = training.config or SIZES[training.size]
    preparing = part_of(on_progress, 0.0, 0.1)
    files = prepared_cases(
        manifests, lambda case: cached(case, config, folder / "cache"), training.seed, preparing, should_stop
    )
    epochs = -(-training.steps // training.epoch_steps)
    torch.manual_seed(training.seed)
    module = UnetModule(config, rate=training.rate, steps=epochs * training.epoch_steps)
    if training.start is not None:
        load_weights(module.network, training.start)
        module.train()
    metrics = fit(
        module,
        *_loaders(files, config, training),
        folder / "checkpoints",
        FitOptions(epochs=epochs, seed=training.seed, precision=training.precision, clip=LONGEST_GRADIENT),
        on_progress=part_of(on_progress, 0.1, 1.0),
        should_stop=should_stop,
    )
    card = ModelCard(
        name=MODEL_NAME,
        size=training.size,
        config=asdict(config),
        data=f"{training.data} ({len(files)} CTs)",
        cohort=training.cohort,
        seed=training.seed,
        command=training.command,
        revision=training.revision,
        metrics={"validation_dice": metrics["validation_dice"]},
        limits=LIMITS,
    )
    save_weights(module.network, card, folder)
    return card


def _loaders(
    files: list[tuple[Path, Path]], config: UnetConfig, training: UnetTraining
) -> tuple[DataLoader[Patch], DataLoader[Patch]]:
    """Windows to learn from, without end, and a few to judge on."""
    held, window = max(1, round(HELD_OUT_SHARE * len(files))), training.window or config.window
    randomiser = Randomiser(config.bones) if training.randomise else None
    length = training.epoch_steps * training.batch
    seen = Patches(files[held:] or files, window, randomiser, length=length, seed=training.seed)
    unseen = Patches(files[:held], window, None, length=VALIDATION_WINDOWS, seed=training.seed)
    learnt: DataLoader[Patch] = DataLoader(
        seen,
        training.batch,
        sampler=Onward(length),
        drop_last=True,
        num_workers=training.workers,
        persistent_workers=training.workers > 0,
    )
    return learnt, DataLoader(unseen, batch_size=1)
