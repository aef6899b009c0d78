"""The card's figures, computed again from the weights and people they were not trained on."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from bonedensity.drr.device import DeviceName, choose_device
from bonedensity.errors import StatisticsError
from bonedensity.estimators.bmdgan.data.dataset import ExposureData
from bonedensity.estimators.bmdgan.data.exposures import read_exposures
from bonedensity.estimators.bmdgan.data.folds import split_people
from bonedensity.estimators.bmdgan.evaluation.rows import figures_of, rows_of
from bonedensity.estimators.bmdgan.evaluation.wrong_inputs import detection_figures
from bonedensity.estimators.bmdgan.loading import load_bmdgan
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent

Part = Literal["test", "all"]
"""test: the test people of the division that the training made of the same manifest. all: everybody, for people whom
the training cannot have seen."""


def evaluate_bmdgan(
    manifest: Path,
    folder: Path | None = None,
    *,
    part: Part = "test",
    device: DeviceName = "auto",
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> dict[str, Any]:
    """Judge a model on exposures with known densities.

    Args:
        manifest: As `read_exposures` describes.
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
    exposures = [each for each in read_exposures(manifest) if not each.implant]
    if part == "test":
        exposures = split_people(exposures, model.card.seed).test
    if not exposures:
        raise StatisticsError(f"“{manifest}” holds nobody without an implant to judge the model on.")
    with TemporaryDirectory() as cache:
        data = ExposureData(exposures, model.network.config, Path(cache), should_stop=should_stop)
        rows = rows_of(model, data, place, part_of(on_progress, 0, 0.4), should_stop)
        found = detection_figures(model, data, rows, place, part_of(on_progress, 0.4, 1), should_stop)
    return {"model": f"{model.card.name} {model.card.size}", **figures_of(rows), "failure_detection": found}
