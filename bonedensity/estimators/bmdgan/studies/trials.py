"""One training and the test people's rows that come of it; done once, kept in its folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bonedensity.drr.device import choose_device
from bonedensity.errors import ModelError
from bonedensity.estimators.bmdgan.data.dataset import ExposureData
from bonedensity.estimators.bmdgan.data.exposures import Exposure
from bonedensity.estimators.bmdgan.data.folds import Split, patient_folds, split_people
from bonedensity.estimators.bmdgan.evaluation.rows import Row, rows_of
from bonedensity.estimators.bmdgan.loading import Model, load_bmdgan
from bonedensity.estimators.bmdgan.studies.scales import Scale
from bonedensity.estimators.bmdgan.train import train_on
from bonedensity.estimators.bmdgan.training.calibrate import calibrate
from bonedensity.estimators.bmdgan.training.options import BmdganTraining
from bonedensity.estimators.bmdgan.training.stages import STAGES
from bonedensity.learning.card import CARD_FILE
from bonedensity.learning.weights import load_weights
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a study works.

    Attributes:
        folder: For models and caches.
        scale: How large it is.
        on_progress: Fraction and message.
        should_stop: True ends the study; it can be resumed.
    """

    folder: Path
    scale: Scale
    on_progress: OnProgress = silent
    should_stop: ShouldStop = never

    def part(self, start: float, end: float) -> Setting:
        """The same with its progress mapped into a part of the whole."""
        return replace(self, on_progress=part_of(self.on_progress, start, end))


def splits_of(exposures: Sequence[Exposure], scale: Scale) -> list[Split]:
    """Divisions of the people: one, or as many as folds, whose test parts are everybody once.

    Raises:
        StatisticsError: Too few people.
    """
    seed = scale.training.seed
    if scale.folds == 1:
        return [split_people(exposures, seed)]
    folds = patient_folds([each.identifier for each in exposures], scale.folds, seed)
    return [_fold_split(exposures, folds == fold, seed) for fold in range(scale.folds)]


def trained(setting: Setting, name: str, split: Split, options: BmdganTraining) -> Model:
    """A model of a study, trained unless its folder is finished.

    Raises:
        ModelError: The folder holds a model of another size or seed.
        BoneDensityError: As `train_on`.
    """
    folder = setting.folder / "models" / name
    if not (folder / CARD_FILE).is_file():
        train_on(split, folder, options, setting.on_progress, setting.should_stop)
    setting.on_progress(1.0, f"{name} is trained")
    model = load_bmdgan(folder)
    if (model.network.config, model.card.seed) != (options.network, options.seed):
        raise ModelError(f"“{folder}” holds a model of another size or seed: choose another folder for this study.")
    return model


def with_stage(setting: Setting, name: str, split: Split, model: Model, stage: str) -> Model:
    """The same model with the regressor of an earlier stage, and intervals of its own.

    Args:
        setting: Where its folder is.
        name: Of the model.
        split: That it was trained on.
        model: As `trained` gave it.
        stage: Folder of the stage, of `STAGES`.
    """
    load_weights(model.network.regressor, setting.folder / "models" / name / STAGES[stage])
    config, cache = model.network.config, setting.folder / "cache"
    data = [ExposureData(part, config, cache) for part in (split.training, split.calibration)]
    place = choose_device().name
    calibration = calibrate(model.network, *data, device=place)
    model.network.eval()
    return model._replace(calibration=calibration)


def tested(setting: Setting, model: Model, exposures: Sequence[Exposure]) -> list[Row]:
    """What a model says of exposures."""
    data = ExposureData(exposures, model.network.config, setting.folder / "cache")
    return rows_of(model, data, choose_device().name, should_stop=setting.should_stop)


def parts(setting: Setting, count: int) -> Iterator[Setting]:
    """The setting with its progress divided into equal parts."""
    return (setting.part(number / count, (number + 1) / count) for number in range(count))


def _fold_split(exposures: Sequence[Exposure], tested_here: np.ndarray, seed: int) -> Split:
    """A fold's people are tested; of the others some calibrate."""
    rest = [each for each, out in zip(exposures, tested_here, strict=True) if not out]
    inner = split_people(rest, seed)
    test = [each for each, out in zip(exposures, tested_here, strict=True) if out]
    return Split(inner.training + inner.test, inner.calibration, test)
