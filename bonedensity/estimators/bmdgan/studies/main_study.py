"""`bmdgan-main`, the paper's Table 2: direct regression, decomposition, regression frozen and tuned, true projection;
calibrated and uncalibrated CT."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bonedensity.estimators.bmdgan.data.exposures import TARGETS, Exposure, Target, with_truth
from bonedensity.estimators.bmdgan.evaluation.rows import Row, Way, projection_figures, way_figures
from bonedensity.estimators.bmdgan.studies.compare import paired_errors
from bonedensity.estimators.bmdgan.studies.report import COLUMNS, density_cells, figure_title
from bonedensity.estimators.bmdgan.studies.trials import Setting, parts, splits_of, tested, trained, with_stage
from bonedensity.learning.study_files import save_bars, table, write_study

NAME = "bmdgan-main"

Rows = dict[str, tuple[list[Row], Way]]
"""By line of the table: rows, and which of their readings counts."""


def run_main(exposures: Sequence[Exposure], setting: Setting) -> dict[str, Any]:
    """Run the study and write its files.

    Args:
        exposures: With truth.
        setting: Where, how large.

    Raises:
        BoneDensityError: As training.
    """
    usable = with_truth(exposures)
    lines = _lines(usable, setting.part(0, 0.6), "calibrated CT", direct=True)
    slopes = np.array([each.hu_slope for each in usable])
    if np.isfinite(slopes).all():
        usual = float(slopes.mean())
        loose = [replace(each, areal_factor=usual / each.hu_slope) for each in usable]
        lines |= _lines(loose, setting.part(0.6, 1), "uncalibrated CT", direct=False)
    result = _figures(lines)
    _write(setting, result, figure_title(usable))
    return result


def _lines(exposures: Sequence[Exposure], setting: Setting, kind: str, *, direct: bool) -> Rows:
    """Trainings of every fold, their test rows together."""
    lines: dict[str, tuple[list[Row], Way]] = {}

    def add(title: str, rows: list[Row], way: Way) -> None:
        lines.setdefault(title, ([], way))[0].extend(rows)

    options, splits = setting.scale.training, splits_of(exposures, setting.scale)
    for fold, (split, own) in enumerate(zip(splits, parts(setting, len(splits)), strict=True)):
        if direct:
            plain = trained(own.part(0, 0.4), f"direct {fold}", split, replace(options, decomposition=False))
            add("direct regression", tested(own, plain, split.test), "regression")
        name = f"{kind} {fold}"
        model = trained(own.part(0.4, 0.9), name, split, options)
        rows = tested(own, model, split.test)
        add(f"decomposition, {kind}", rows, "decomposition")
        add(f"+ regression, tuned, {kind}", rows, "regression")
        add(f"true projection, {kind}", rows, "true projection")
        frozen = with_stage(own, name, split, model, "frozen")
        add(f"+ regression, frozen, {kind}", tested(own, frozen, split.test), "regression")
    return lines


def _figures(lines: Rows) -> dict[str, Any]:
    result: dict[str, Any] = {"study": NAME, "lines": {}}
    for title, (rows, way) in lines.items():
        own: dict[str, Any] = {target: way_figures(rows, target, way) for target in TARGETS}
        if way == "decomposition":
            own["projection"] = projection_figures(rows)
        result["lines"][title] = own
    tuned, direct = lines["+ regression, tuned, calibrated CT"][0], lines["direct regression"][0]
    result["direct against tuned"] = {t: paired_errors(direct, tuned, t, "regression") for t in TARGETS}
    return result


def _write(setting: Setting, result: dict[str, Any], title: str) -> None:
    tables = [_table(result, target) for target in TARGETS]
    write_study(setting.folder, NAME, result, tables)
    values = {line: _pcc(own, "dxa") for line, own in result["lines"].items()}
    if not any(value is not None for value in values.values()):
        values = {line: _pcc(own, "qct") for line, own in result["lines"].items()}
    save_bars(setting.folder / f"{NAME}.png", values, title=title, label="PCC to measured BMD")


def _table(result: dict[str, Any], target: Target) -> str:
    rows = [[title, *density_cells(own[target])] for title, own in result["lines"].items()]
    return table([{"dxa": "DXA-BMD (g/cm²)", "qct": "QCT-BMD (mg/cm³)"}[target], *COLUMNS], rows)


def _pcc(own: dict[str, Any], target: str) -> float | None:
    value = own[target]["pcc"]["value"] if own.get(target) else math.nan
    return float(value) if math.isfinite(value) else None
