"""The card's figures, computed again from the weights and people they were not trained on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from bonedensity.drr.device import DeviceName, choose_device
from bonedensity.errors import StatisticsError
from bonedensity.estimators.bmdgan.data.dataset import ExposureData
from bonedensity.estimators.bmdgan.data.exposures import read_exposures
from bonedensity.estimators.bmdgan.data.folds import split_people
from bonedensity.estimators.bmdgan.evaluation.rows import card_metrics, figures_of, rows_of
from bonedensity.estimators.bmdgan.evaluation.unseen import read_unseen, write_unseen
from bonedensity.estimators.bmdgan.evaluation.wrong_inputs import detection_figures
from bonedensity.estimators.bmdgan.loading import MODEL_NAME, Model, load_bmdgan
from bonedensity.learning.card import put_metrics
from bonedensity.learning.weights import model_folder
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent

Part = Literal["test", "all"]
"""test: the test people of the division that the training made of the same manifest. all: everybody, for people whom
the training cannot have seen."""


def evaluate_bmdgan(
    manifest: Path | None = None,
    folder: Path | None = None,
    *,
    part: Part = "test",
    device: DeviceName = "auto",
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> dict[str, Any]:
    """Judge a model on exposures with known densities.

    Args:
        manifest: As `read_exposures` describes; None for the virtual test people beside the weights.
        folder: With weights and card; None for those that are shipped.
        part: Of the people.
        device: Where the networks run.
        on_progress: Fraction and message.
        should_stop: True ends the work.

    Returns:
        JSON values: counts, figures of the projection, of each target by decomposition, regression and the true
        projection, and how well wrong inputs are told.

    Raises:
        BoneDensityError: The manifest or the model cannot be used.
    """
    model, place = load_bmdgan(folder), choose_device(device).name
    with TemporaryDirectory() as cache:
        if manifest is None:
            data: ExposureData = read_unseen(model_folder(MODEL_NAME, folder), model.network.config)
        else:
            data = _listed(manifest, part, model, Path(cache), should_stop)
        rows = rows_of(model, data, place, part_of(on_progress, 0, 0.4), should_stop)
        found = detection_figures(model, data, rows, place, part_of(on_progress, 0.4, 1), should_stop)
    return {"model": f"{model.card.name} {model.card.size}", **figures_of(rows), "failure_detection": found}


def keep_unseen(manifest: Path, folder: Path) -> None:
    """Keep the virtual test people of a model's training beside its weights.

    Raises:
        BoneDensityError: The manifest or the model cannot be used, or people are real.
    """
    model = load_bmdgan(folder)
    with TemporaryDirectory() as cache:
        write_unseen(_listed(manifest, "test", model, Path(cache), never), folder)


def write_figures(figures: Mapping[str, Any], folder: Path) -> None:
    """Put figures into a model's card, in place of those that it held.

    Raises:
        UnreadableFileError: There is no card.
    """
    put_metrics(card_metrics(figures), folder)


def _listed(manifest: Path, part: Part, model: Model, cache: Path, should_stop: ShouldStop) -> ExposureData:
    exposures = [each for each in read_exposures(manifest) if not each.implant]
    if part == "test":
        exposures = split_people(exposures, model.card.seed).test
    if not exposures:
        raise StatisticsError(f"“{manifest}” holds nobody without an implant to judge the model on.")
    return ExposureData(exposures, model.network.config, cache, should_stop=should_stop)
