"""`bmdgan-ablation`, the paper's Table 3: four backbones, with and without learning all bones first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bonedensity.estimators.bmdgan.data.exposures import TARGETS, Exposure, with_truth
from bonedensity.estimators.bmdgan.evaluation.rows import Row, projection_figures, way_figures
from bonedensity.estimators.bmdgan.networks.registry import backbones
from bonedensity.estimators.bmdgan.studies.compare import paired_psnr
from bonedensity.estimators.bmdgan.studies.report import COLUMNS, density_cells, figure_title
from bonedensity.estimators.bmdgan.studies.trials import Setting, parts, splits_of, tested, trained
from bonedensity.learning.study_files import save_bars, table, write_study

NAME = "bmdgan-ablation"


def run_ablation(exposures: Sequence[Exposure], setting: Setting, names: Sequence[str] | None = None) -> dict[str, Any]:
    """Run the study on standing radiographs, as the paper, and write its files.

    Without hierarchical learning the first stage learns the proximal femur too: what is compared is neither training
    longer nor other rates.

    Args:
        exposures: With truth.
        setting: Where, how large.
        names: Backbones; None for all.

    Raises:
        BoneDensityError: As training.
    """
    chosen = list(names or backbones())
    standing = with_truth([each for each in exposures if each.posture == "standing"])
    trials = [(name, hierarchical) for name in chosen for hierarchical in (False, True)]
    found: dict[str, list[Row]] = {}
    for (name, hierarchical), own in zip(trials, parts(setting, len(trials)), strict=True):
        title = _title(name, hierarchical=hierarchical)
        found[title] = _rows(standing, own, title, name, hierarchical=hierarchical)
    result: dict[str, Any] = {"study": NAME, "lines": {title: _figures(rows) for title, rows in found.items()}}
    result["without against with hierarchical learning"] = {
        name: paired_psnr(found[_title(name, hierarchical=False)], found[_title(name, hierarchical=True)])
        for name in chosen
    }
    _write(setting, result, figure_title(standing))
    return result


def _title(backbone: str, *, hierarchical: bool) -> str:
    return f"{backbone} + hierarchical" if hierarchical else backbone


def _write(setting: Setting, result: dict[str, Any], title: str) -> None:
    lines = result["lines"]
    cells = [_cells(name, own) for name, own in lines.items()]
    paired = [_paired_cells(name, own) for name, own in result["without against with hierarchical learning"].items()]
    tables = [
        table(["backbone", "PSNR (dB)", "Dice", *COLUMNS], cells),
        table(["backbone", "PSNR (dB) without hierarchical learning", "with it", "p (paired, people)"], paired),
    ]
    write_study(setting.folder, NAME, result, tables)
    values = {name: _psnr(own) for name, own in lines.items()}
    save_bars(setting.folder / f"{NAME}.png", values, title=title, label="PSNR (dB)")


def _rows(
    exposures: Sequence[Exposure], setting: Setting, title: str, backbone: str, *, hierarchical: bool
) -> list[Row]:
    options = setting.scale.training
    epochs = options.length._replace(frozen=1, tuned=0)  # the paper's table reads the projection alone
    config = replace(options.network, backbone=backbone)
    own_options = replace(options, config=config, hierarchical=hierarchical, epochs=epochs)
    rows: list[Row] = []
    splits = splits_of(exposures, setting.scale)
    for fold, (split, own) in enumerate(zip(splits, parts(setting, len(splits)), strict=True)):
        rows += tested(own, trained(own, f"{title} {fold}", split, own_options), split.test)
    return rows


def _figures(rows: Sequence[Row]) -> dict[str, Any]:
    figures: dict[str, Any] = {target: way_figures(rows, target, "decomposition") for target in TARGETS}
    return {**figures, "projection": projection_figures(rows)}


def _cells(title: str, own: dict[str, Any]) -> list[str]:
    projection = own["projection"]
    seen = ["–", "–"] if projection is None else [f"{projection['psnr_db']:.2f}", f"{projection['dice']:.3f}"]
    return [title, *seen, *density_cells(own["dxa"] or own["qct"])]


def _paired_cells(backbone: str, own: dict[str, Any] | None) -> list[str]:
    if own is None:
        return [backbone, "–", "–", "–"]
    return [backbone, f"{own['first_psnr_db']:.2f}", f"{own['second_psnr_db']:.2f}", f"{own['p']:.2g}"]


def _psnr(own: dict[str, Any]) -> float | None:
    return None if own["projection"] is None else float(own["projection"]["psnr_db"])
