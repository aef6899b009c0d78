"""One training and its judgement on people that it never saw; done once, kept in its folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bonedensity.errors import ModelError
from bonedensity.generators.chvae.causal.graph import shipped_graph
from bonedensity.generators.chvae.config import SIZES
from bonedensity.generators.chvae.evaluation.evaluate import ChvaeEvaluation, evaluate_chvae
from bonedensity.generators.chvae.training.data import load_people, split
from bonedensity.generators.chvae.training.options import ChvaeTraining, training_of
from bonedensity.generators.chvae.training.train import train_chvae
from bonedensity.learning.card import CARD_FILE
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and how a study works.

    Attributes:
        manifest: Of a cohort to learn from.
        folder: For models and results; studies may share one.
        training: The full model's.
        unseen: Manifest of other people to judge on, such as virtual ones whose true counterfactuals are known; None
            for those of the cohort of whom nothing is learnt.
        on_progress: Fraction and message.
        should_stop: True ends the study; it can be resumed.
    """

    manifest: Path
    folder: Path
    training: ChvaeTraining
    unseen: Path | None = None
    on_progress: OnProgress = silent
    should_stop: ShouldStop = never

    @property
    def judged_on(self) -> Path:
        """The manifest of those who are judged on."""
        return self.unseen or self.manifest

    @property
    def cache(self) -> Path:
        """Of images, for all trainings of the study."""
        return self.folder / "cache"

    def parts(self, count: int) -> Iterator[Setting]:
        """The setting with its progress divided into equal parts."""
        for number in range(count):
            yield replace(self, on_progress=part_of(self.on_progress, number / count, (number + 1) / count))


def scale_named(name: str, *, seed: int = 42) -> ChvaeTraining:
    """How long a study's trainings are.

    Args:
        name: tiny (64 pixels, minutes), small (an hour each on a processor), paper (needs a graphics card).
        seed: Of everything.

    Raises:
        ModelError: There is none of that name.
    """
    if name == "tiny":
        return training_of("tiny", epochs=60, predictor_epochs=30, fine_tune_epochs=5, rate=1e-3, seed=seed)
    if name == "small":
        return training_of(
            "small", epochs=130, predictor_epochs=40, fine_tune_epochs=8, precision="bf16-mixed", seed=seed
        )
    if name == "paper":
        return training_of("paper", epochs=2000, predictor_epochs=200, fine_tune_epochs=20, seed=seed)
    raise ModelError(f"There is no scale “{name}”: choose tiny, small, paper.")


def trained(setting: Setting, name: str, training: ChvaeTraining | None = None) -> Path:
    """Folder of a model of the study, trained unless its folder is finished.

    Raises:
        BoneDensityError: As `train_chvae`.
    """
    folder, options = setting.folder / "models" / name, training or setting.training
    if not (folder / CARD_FILE).is_file():
        train_chvae(setting.manifest, folder, options, setting.on_progress, setting.should_stop, cache=setting.cache)
    return folder


def judged(
    setting: Setting, folder: Path, persons: frozenset[str] | None, *, residual: bool | None = None
) -> dict[str, Any]:
    """What `evaluate_chvae` says of a model on these people, whom no training of the study saw; None for everybody."""
    return evaluate_chvae(
        folder,
        setting.judged_on,
        ChvaeEvaluation(persons=persons, residual=residual),
        should_stop=setting.should_stop,
    )


def unseen_people(setting: Setting) -> frozenset[str] | None:
    """Who is neither learnt from nor judged on in training; None for everybody of a manifest of their own."""
    if setting.unseen is not None:
        return None
    options = setting.training
    pixels = (options.config or SIZES[options.size]).pixels
    people, _ = load_people(
        setting.manifest,
        options.graph or shipped_graph(),
        pixels,
        setting.cache,
        should_stop=setting.should_stop,
    )
    return frozenset(split(people, options.seed)[2])
