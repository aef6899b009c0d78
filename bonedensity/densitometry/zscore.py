"""Z-scores: distance from people of the same age and sex, in their standard deviations."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any, Literal

import numpy as np

from bonedensity.errors import CalibrationError
from bonedensity.measurement import Measurement

Sex = Literal["F", "M"]

DEFAULT_Z_REFERENCE = "nhanes-hologic"


@cache
def z_references() -> dict[str, Any]:
    """Tables by name: manufacturer, population, source and, by region and sex, mean and sd at the ages."""
    text = resources.files("bonedensity.densitometry").joinpath("data/z_score_references.json").read_text("utf-8")
    tables: dict[str, Any] = json.loads(text)["references"]
    return tables


def z_score(
    abmd: Measurement, *, region: str, sex: Sex, age: float, reference: str = DEFAULT_Z_REFERENCE
) -> Measurement:
    """Z-score of an areal density (g/cm²); mean and standard deviation are interpolated between decades.

    Args:
        abmd: Measured areal BMD.
        region: "L1-L4" or "total-hip".
        sex: "F" or "M".
        age: Years.
        reference: A name in `z_references()`.

    Raises:
        CalibrationError: Unknown reference, one without this region and sex, or an age outside.
    """
    if reference not in z_references():
        raise CalibrationError(f"There is no Z-score reference “{reference}”; known: {', '.join(z_references())}.")
    table = z_references()[reference]
    row = table["regions"].get(region, {}).get(sex)
    if row is None:
        raise CalibrationError(f"The Z-score reference “{reference}” has no values for {region}, sex {sex}.")
    ages = table["ages"]
    if not ages[0] - 5 <= age <= ages[-1] + 5:
        raise CalibrationError(f"The Z-score reference “{reference}” has no values for {age:g} years.")
    mean, sd = float(np.interp(age, ages, row["mean"])), float(np.interp(age, ages, row["sd"]))
    return Measurement(
        name=f"Z-score, {region}",
        value=(abmd.value - mean) / sd,
        unit="SD",
        uncertainty=None if abmd.uncertainty is None else abmd.uncertainty / sd,
        provenance={
            "reference": reference,
            "manufacturer": table["manufacturer"],
            "population": table["population"],
            "source": table["source"],
            "sex": sex,
            "age_years": age,
            "mean_g_cm2": mean,
            "sd_g_cm2": sd,
            "of": abmd.name,
            "caution": "aBMD from CT is not DXA: indicative only",
        },
    )
