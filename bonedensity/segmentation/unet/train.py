"""Training of the Bayesian U-Net from a manifest of segmented CTs: virtual ones, or a user's own."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch.utils.data import DataLoader

from bonedensity.learning.card import ModelCard
from bonedensity.learning.fit import FitOptions, fit
from bonedensity.learning.weights import save_weights
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent, stop_if_asked
from bonedensity.segmentation.unet.cases import Patches, cached, read_cases
from bonedensity.segmentation.unet.config import SIZES, SizeName, UnetConfig
from bonedensity.segmentation.unet.engine import MODEL_NAME
from bonedensity.segmentation.unet.module import UnetModule
from bonedensity.segmentation.unet.randomise import Randomiser

HELD_OUT_SHARE = 0.1
"""Of the cases: for validation, at least one."""


@dataclass(frozen=True, slots=True)
class UnetTraining:
    """What a training is made of.

    Attributes:
        size: Name of the network's configuration, for the card.
        config: Its configuration; None for the named one.
        steps: Batches in all.
        epoch_steps: Batches between two validations.
        batch: Windows a batch.
        window: Voxels along each axis of a training window.
        rate: Highest learning rate.
        randomise: Vary the images; off for an ablation, or where they are varied enough.
        seed: Of everything.
        data: In words, for the card.
        cohort: Version of the virtual cohort; "" for other data.
        command: For the card.
        revision: Of the code, for the card.
    """

    size: SizeName = "small"
    config: UnetConfig | None = None
    steps: int = 6000
    epoch_steps: int = 200
    batch: int = 2
    window: int = 64
    rate: float = 2e-3
    randomise: bool = True
    seed: int = 0
    data: str = "a user's own cohort"
    cohort: str = ""
    command: str = ""
    revision: str = ""


def train_unet(
    manifest: Path,
    folder: Path,
    training: UnetTraining,
    *,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> ModelCard:
    """Train, and write weights and card; an unfinished run in the folder goes on.

    Args:
        manifest: With columns ct and labels.
        folder: For cache, checkpoints, weights and card.
        training: Size, length and seed.
        on_progress: Fraction and message.
        should_stop: True ends the run; it can be resumed.

    Raises:
        UnreadableFileError: The manifest, or a file that it names.
        CancelledError: `should_stop` said so.
    """
    config, cases, files = training.config or SIZES[training.size], read_cases(manifest), []
    for number, case in enumerate(cases):
        stop_if_asked(should_stop)
        files.append(cached(case, config, folder / "cache"))
        on_progress(0.1 * (number + 1) / len(cases), f"preparing case {number + 1} of {len(cases)}")
    held = max(1, round(HELD_OUT_SHARE * len(files)))
    seen = Patches(
        files[held:] or files,
        training.window,
        Randomiser(config.bones) if training.randomise else None,
        length=training.epoch_steps * training.batch,
        seed=training.seed,
        fresh=True,
    )
    unseen = Patches(files[:held], training.window, None, length=4 * held, seed=training.seed, fresh=False)
    torch.manual_seed(training.seed)
    module = UnetModule(config, rate=training.rate, steps=training.steps)
    epochs = -(-training.steps // training.epoch_steps)
    metrics = fit(
        module,
        DataLoader(seen, batch_size=training.batch, drop_last=True),
        DataLoader(unseen, batch_size=1),
        folder / "checkpoints",
        FitOptions(epochs=epochs, seed=training.seed),
        on_progress=part_of(on_progress, 0.1, 1.0),
        should_stop=should_stop,
    )
    card = ModelCard(
        name=MODEL_NAME,
        size=training.size,
        config=asdict(config),
        data=f"{training.data} ({len(cases)} CTs)",
        cohort=training.cohort,
        seed=training.seed,
        command=training.command,
        revision=training.revision,
        metrics={"validation_dice": metrics["validation_dice"]},
    )
    save_weights(module.network, card, folder)
    return card
