"""A density's figures as cells of a study's table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bonedensity.estimators.bmdgan.data.exposures import Exposure

COLUMNS = ("PCC", "ICC", "MAE", "SEE", "RMS-CV %")
"""Of a density's table, in the paper's order."""


def figure_title(exposures: Sequence[Exposure]) -> str:
    """Who was tested; virtual people are called so."""
    return "Virtual test people (synthetic)" if all(each.virtual for each in exposures) else "Test people of this study"


def density_cells(figures: Mapping[str, Any] | None) -> list[str]:
    """`COLUMNS` of one target's figures; a dash where nothing is known."""
    if figures is None:
        return ["–"] * len(COLUMNS)
    cv = figures["rms_cv"]
    return [
        f"{figures['pcc']['value']:.3f}",
        f"{figures['icc_a1']['value']:.3f}",
        f"{figures['mae']:.3g}",
        f"{figures['see']:.3g}",
        "–" if cv is None else f"{100 * cv:.2f}",
    ]
