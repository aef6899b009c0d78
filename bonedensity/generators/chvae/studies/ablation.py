"""`chvae-ablation`: the model without one of its parts at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bonedensity.generators.chvae.config import SIZES
from bonedensity.generators.chvae.studies.trials import Setting, judged, trained, unseen_people
from bonedensity.generators.chvae.training.options import ChvaeTraining
from bonedensity.learning.study_files import save_bars, table, write_study

NAME = "chvae-ablation"

FIGURES = ("mae", "psnr", "reversibility", "effectiveness_slope_age", "effectiveness_slope_l1_l4_width", "true_mae")
"""Columns of the table."""

WITHOUT_RESIDUAL = "no residual"


def run_ablation(setting: Setting) -> dict[str, Any]:
    """Run the study and write its files.

    Args:
        setting: Where, how large.

    Raises:
        BoneDensityError: As training and evaluation.
    """
    variants, persons = without_parts(setting.training), unseen_people(setting)
    lines: dict[str, dict[str, float]] = {}
    for (name, training), own in zip(variants.items(), setting.parts(len(variants)), strict=True):
        folder = trained(own, name, training)
        lines[name] = judged(own, folder, persons)["metrics"]
        if name == "full":
            lines[WITHOUT_RESIDUAL] = judged(own, folder, persons, residual=False)["metrics"]
    result = {"study": NAME, "synthetic": True, "lines": lines}
    shown = [name for name in FIGURES if name in lines["full"]]
    rows = [[name, *(f"{own[figure]:.4g}" for figure in shown)] for name, own in lines.items()]
    write_study(setting.folder, NAME, result, [table(["", *shown], rows)])
    last = shown[-1]
    bars: dict[str, float | None] = {name: own[last] for name, own in lines.items()}
    save_bars(setting.folder / f"{NAME}.png", bars, title="CHVAE without its parts, synthetic", label=last)
    return result


def without_parts(full: ChvaeTraining) -> dict[str, ChvaeTraining]:
    """Trainings by name: the full one, a shallow autoencoder, no losses of edges and region, and no spine frame, which
    leaves the image's with fine-tuning; in the image's frame no fine-tuning instead."""
    config = full.config or SIZES[full.size]
    last = (
        {"no spine frame": replace(full, config=replace(config, frame="image"))}
        if config.frame == "spine"
        else {"no fine-tuning": replace(full, fine_tune_epochs=0)}
    )
    return {
        "full": full,
        "shallow": replace(full, config=replace(config, z2=0)),
        "no region losses": replace(full, regions=False),
        **last,
    }
