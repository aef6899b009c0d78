"""T-scores: distance from a named young-adult reference, in its standard deviations."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from bonedensity.errors import CalibrationError
from bonedensity.measurement import Measurement

DEFAULT_REFERENCE = "hologic-nhanes3-female"
"""The uniform reference for both sexes that the ISCD advises for the hip."""


@cache
def references() -> dict[str, Any]:
    """Reference tables by name: manufacturer, population and, by region, mean, sd and source."""
    text = resources.files("bonedensity.densitometry").joinpath("data/t_score_references.json").read_text("utf-8")
    tables: dict[str, Any] = json.loads(text)["references"]
    return tables


def has_reference(region: str, reference: str = DEFAULT_REFERENCE) -> bool:
    """Whether a reference holds a region."""
    return reference in references() and region in references()[reference]["regions"]


def t_score(abmd: Measurement, *, region: str, reference: str = DEFAULT_REFERENCE) -> Measurement:
    """T-score of an areal density (g/cm²).

    Args:
        abmd: Measured areal BMD.
        region: "femoral-neck", "total-hip" or "L1-L4".
        reference: A name in `references()`.

    Raises:
        CalibrationError: Unknown reference, or one without this region.
    """
    if reference not in references():
        raise CalibrationError(f"There is no T-score reference “{reference}”; known: {', '.join(references())}.")
    table = references()[reference]
    if region not in table["regions"]:
        raise CalibrationError(f"The T-score reference “{reference}” has no values for {region}.")
    row = table["regions"][region]
    return Measurement(
        name=f"T-score, {region}",
        value=(abmd.value - row["mean"]) / row["sd"],
        unit="SD",
        uncertainty=None if abmd.uncertainty is None else abmd.uncertainty / row["sd"],
        provenance={
            "reference": reference,
            "manufacturer": table["manufacturer"],
            "population": table["population"],
            "mean_g_cm2": row["mean"],
            "sd_g_cm2": row["sd"],
            "source": row["source"],
            "of": abmd.name,
            "caution": "aBMD from CT is not DXA: indicative only",
        },
    )
