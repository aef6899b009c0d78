"""Bone density against age: the reference's band, and this person on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bonedensity.densitometry.figures import new_figure
from bonedensity.densitometry.zscore import DEFAULT_Z_REFERENCE, Sex, z_references, z_score
from bonedensity.measurement import Measurement

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BAND, PERSON = "#2b6ca3", "#d9622b"
"""Told apart by the colour-blind."""

WHO = {"F": "women", "M": "men"}


def age_figure(
    measured: Measurement, *, region: str, sex: Sex, age: float, reference: str = DEFAULT_Z_REFERENCE
) -> tuple[Figure, Measurement]:
    """The figure, and the Z-score that it shows.

    Args:
        measured: Areal density (g/cm²) of that region.
        region: "L1-L4" or "total-hip".
        sex: Whose band.
        age: Years.
        reference: A name in `z_references()`.

    Raises:
        CalibrationError: The reference has no values for this region, sex or age.
    """
    score = z_score(measured, region=region, sex=sex, age=age, reference=reference)
    table = z_references()[reference]
    figure = new_figure(6.4, 4.2)
    axes = figure.subplots()
    _draw_band(axes, table, region, sex)
    _draw_person(axes, measured, age, score)
    axes.set(xlabel="age (years)", ylabel=f"areal density, {region} (g/cm²)")
    axes.set_title(f"{measured.name}: Z-score {score.value:+.1f} SD", fontsize=10)
    axes.legend(loc="lower left", fontsize=8, framealpha=0.9)
    return figure, score


def _draw_band(axes: Axes, table: dict[str, Any], region: str, sex: Sex) -> None:
    ages, row = np.array(table["ages"]), table["regions"][region][sex]
    mean, sd = np.array(row["mean"]), np.array(row["sd"])
    axes.fill_between(ages, mean - 2 * sd, mean + 2 * sd, color=BAND, alpha=0.12, linewidth=0, label="mean ± 2 SD")
    axes.fill_between(ages, mean - sd, mean + sd, color=BAND, alpha=0.22, linewidth=0, label="mean ± 1 SD")
    name = f"{table['manufacturer']}, {table['population']}, {WHO[sex]}"
    axes.plot(ages, mean, color=BAND, linewidth=1.5, label=name)


def _draw_person(axes: Axes, measured: Measurement, age: float, score: Measurement) -> None:
    axes.errorbar(
        [age],
        [measured.value],
        yerr=measured.uncertainty,
        fmt="o",
        color=PERSON,
        capsize=4,
        zorder=4,
        label="this person",
    )
    axes.margins(x=0.05, y=0.15)
