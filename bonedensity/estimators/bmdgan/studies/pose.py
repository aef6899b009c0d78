"""`bmdgan-pose`: trained on four postures or on two, tested on postures that were seen and on others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bonedensity.errors import StatisticsError
from bonedensity.estimators.bmdgan.data.exposures import TARGETS, Exposure, with_truth
from bonedensity.estimators.bmdgan.data.folds import Split
from bonedensity.estimators.bmdgan.evaluation.rows import Row, way_figures
from bonedensity.estimators.bmdgan.studies.report import COLUMNS, density_cells
from bonedensity.estimators.bmdgan.studies.trials import Setting, parts, splits_of, tested, trained
from bonedensity.learning.study_files import table, write_study

NAME = "bmdgan-pose"

FEW = ("standing", "supine")
"""Of the smaller training; the others are then unseen."""


def run_pose(exposures: Sequence[Exposure], setting: Setting) -> dict[str, Any]:
    """Run the study and write its files.

    Args:
        exposures: With truth, in more postures than standing and supine.
        setting: Where, how large.

    Raises:
        StatisticsError: There are no other postures.
        BoneDensityError: As training.
    """
    usable = with_truth(exposures)
    others = sorted({each.posture for each in usable} - set(FEW))
    if not others:
        raise StatisticsError(f"The study of postures needs other postures than {' and '.join(FEW)} in the manifest.")
    found: dict[str, list[Row]] = {}
    splits = splits_of(usable, setting.scale)
    for fold, (split, own) in enumerate(zip(splits, parts(setting, len(splits)), strict=True)):
        for title, kept, part in (("all postures", None, (0.0, 0.5)), ("two postures", FEW, (0.5, 1.0))):
            here = own.part(*part)
            model = trained(here, f"{title} {fold}", _with_postures(split, kept), setting.scale.training)
            for row in tested(here, model, split.test):
                seen = "seen by both" if row.exposure.posture in FEW else "seen by one"
                found.setdefault(f"trained on {title}, tested on those {seen}", []).append(row)
                found.setdefault(f"trained on {title}, tested on all", []).append(row)
    lines = {title: _line(rows) for title, rows in found.items()}
    result = {"study": NAME, "postures": [*FEW, *others], "lines": lines}
    header = ["", "target", *COLUMNS]
    rows = [[title, target, *density_cells(own[target])] for title, own in lines.items() for target in TARGETS]
    write_study(setting.folder, NAME, result, [table(header, rows)])
    return result


def _with_postures(split: Split, kept: Sequence[str] | None) -> Split:
    """Fewer postures to train and calibrate on, the same test."""
    if kept is None:
        return split
    training, calibration = ([each for each in part if each.posture in kept] for part in split[:2])
    return Split(training, calibration, split.test)


def _line(rows: Sequence[Row]) -> dict[str, Any]:
    return {target: way_figures(rows, target, "regression") for target in TARGETS}
