"""`chvae-main`: reconstruction, what every counterfactual must obey, and the error against the true counterfactual."""

from __future__ import annotations

from typing import Any

from bonedensity.generators.chvae.studies.trials import Setting, judged, trained, unseen_people
from bonedensity.learning.study_files import table, write_study

NAME = "chvae-main"

GROUPS = {
    "reconstruction": ("mae", "rmse", "psnr", "ssim"),
    "axioms": ("composition", "reversibility", "identity"),
    "effectiveness": ("effectiveness_",),
    "true counterfactual": ("true_",),
}
"""Figures by what they are about: names, and with a line at the end beginnings of names."""


def run_main(setting: Setting) -> dict[str, Any]:
    """Run the study and write its files.

    Args:
        setting: Where, how large.

    Raises:
        BoneDensityError: As training and evaluation.
    """
    found = judged(setting, trained(setting, "full"), unseen_people(setting))
    figures = {
        group: {name: value for name, value in found["metrics"].items() if _is_of(name, names)}
        for group, names in GROUPS.items()
    }
    result = {"study": NAME, "synthetic": True, "people": found["count"], "figures": figures}
    rows = [[group, name, f"{value:.4g}"] for group, own in figures.items() for name, value in own.items()]
    write_study(setting.folder, NAME, result, [table(["", "figure", "value"], rows)])
    return result


def _is_of(name: str, names: tuple[str, ...]) -> bool:
    return name in names or name.startswith(tuple(each for each in names if each.endswith("_")))
