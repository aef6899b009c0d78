"""`chvae-ablation`: the model without one of its parts at a time, and the plain autoencoder without all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bonedensity.generators.chvae.config import SIZES
from bonedensity.generators.chvae.studies.trials import Setting, judged, trained, unseen_people
from bonedensity.generators.chvae.training.options import ChvaeTraining
from bonedensity.learning.study_files import save_bars, table, write_study

NAME = "chvae-ablation"

FIGURES = (
    "mae",
    "psnr",
    "reversibility",
    "effectiveness_slope_age",
    "effectiveness_slope_l1_l4_width",
    "true_brightness_sign",
    "full_below",
    "true_mae",
)
"""Columns of the table; those that nobody's images give are left out. The last is drawn."""

LABELS = {
    "true_mae": "error from the true counterfactual (of the grey range)",
    "effectiveness_slope_l1_l4_width": "width read off the image per width set",
}
"""Of the figure's axis."""

FULL, PLAIN, PERSISTENCE = "full", "shallow, no spine frame", "nothing changes"

WITHOUT_RESIDUAL = {FULL: "no residual", PLAIN: "shallow, no spine frame, no residual"}
"""Models that are judged by the decoded image too, and the names of those lines."""


def run_ablation(setting: Setting, names: Sequence[str] = ()) -> dict[str, Any]:
    """Run the study and write its files.

    `full_below` is the share by which the full model's error against the true counterfactual lies below a line's.

    Args:
        setting: Where, how large.
        names: Of `without_parts`, beside the full model; all by default.

    Raises:
        BoneDensityError: As training and evaluation.
    """
    everything, persons = without_parts(setting.training), unseen_people(setting)
    variants = {name: each for name, each in everything.items() if not names or name in (FULL, *names)}
    lines: dict[str, dict[str, float]] = {}
    for (name, training), own in zip(variants.items(), setting.parts(len(variants)), strict=True):
        folder = trained(own, name, training)
        lines[name] = judged(own, folder, persons)["metrics"]
        if name in WITHOUT_RESIDUAL:
            lines[WITHOUT_RESIDUAL[name]] = judged(own, folder, persons, residual=False)["metrics"]
    _compare(lines)
    result = {"study": NAME, "synthetic": True, "lines": lines}
    shown = [name for name in FIGURES if any(name in own for own in lines.values())]
    rows = [[name, *(f"{own[each]:.4g}" if each in own else "" for each in shown)] for name, own in lines.items()]
    write_study(setting.folder, NAME, result, [table(["", *shown], rows)])
    last = shown[-1]
    bars = {name: own.get(last) for name, own in lines.items()}
    label = LABELS.get(last, last)
    save_bars(setting.folder / f"{NAME}.png", bars, title="CHVAE without its parts, synthetic", label=label)
    return result


def _compare(lines: dict[str, dict[str, float]]) -> None:
    """Add “nothing changes”, and how far the full model's error lies below every other's; where the truth is known."""
    full: Mapping[str, float] = lines[FULL]
    if "true_mae" not in full:
        return
    lines[PERSISTENCE] = {"true_mae": full["true_mae_persistence"]}
    for name, own in lines.items():
        if name != FULL:
            own["full_below"] = 1 - full["true_mae"] / own["true_mae"]


def without_parts(full: ChvaeTraining) -> dict[str, ChvaeTraining]:
    """Trainings by name: the full one; a shallow autoencoder; no losses of edges and region; no spine frame, which
    leaves the image's with fine-tuning, and a shallow autoencoder in that without, as such are usually built. In the
    image's frame no fine-tuning instead of the last two."""
    config = full.config or SIZES[full.size]
    shallow, as_it_lies = replace(config, z2=0), replace(config, frame="image")
    last = (
        {
            "no spine frame": replace(full, config=as_it_lies),
            PLAIN: replace(full, config=replace(shallow, frame="image"), fine_tune_epochs=0),
        }
        if config.frame == "spine"
        else {"no fine-tuning": replace(full, fine_tune_epochs=0)}
    )
    return {
        FULL: full,
        "shallow": replace(full, config=shallow),
        "no region losses": replace(full, regions=False),
        **last,
    }
