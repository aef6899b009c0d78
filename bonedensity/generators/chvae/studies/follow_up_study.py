"""`chvae-followup`: predicted against observed sizes at the repeat visit, beside “nothing changes”."""

from __future__ import annotations

from typing import Any

from bonedensity.errors import StatisticsError
from bonedensity.generators.chvae.studies.trials import Setting, judged, trained, unseen_people
from bonedensity.learning.study_files import save_bars, table, write_study

NAME = "chvae-followup"

COLUMNS = ("R²", "ICC(A,1)", "MAE", "bias", "R² of the change", "sign agreement", "p")


def run_follow_up(setting: Setting) -> dict[str, Any]:
    """Run the study and write its files.

    Args:
        setting: Where, how large.

    Raises:
        StatisticsError: Nobody of the unseen came twice.
        BoneDensityError: As training and evaluation.
    """
    found = judged(setting, trained(setting, "full"), unseen_people(setting))
    lines = found["follow_up"]
    if not lines:
        raise StatisticsError(
            f"Fewer than three unseen people of “{setting.judged_on}” came twice: none can be judged."
        )
    result = {"study": NAME, "synthetic": True, "follow_up": lines}
    rows = [row for line in lines for row in _rows(line)]
    write_study(setting.folder, NAME, result, [table(["", "", *COLUMNS], rows)])
    ratios = {line["name"]: line["mae_ratio"] for line in lines}
    label = "MAE over that of “nothing changes”"
    save_bars(setting.folder / f"{NAME}.png", ratios, title="Follow-up under do(age), synthetic", label=label)
    return result


def _rows(line: dict[str, Any]) -> list[list[str]]:
    """The model's line and the baseline's."""
    told = [f"{line['r2_change']:.3f}", f"{line['sign_agreement']:.3f}", f"{line['sign_p']:.2g}"]
    return [
        [line["name"], "do(age)", f"{line['r2']:.3f}", *_agreement(line["predicted"]), *told],
        ["", "nothing changes", f"{line['r2_persistence']:.3f}", *_agreement(line["persistence"]), "0", "–", "–"],
    ]


def _agreement(values: dict[str, Any]) -> list[str]:
    return [
        f"{values['icc_a1']['value']:.3f}",
        f"{values['mae']:.3g}",
        f"{values['bland_altman']['bias']['value']:.3g}",
    ]
