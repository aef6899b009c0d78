"""Plots that a window shows, drawn where matplotlib may take its time."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.parameters import ParameterError, Parameters, number, one_of, text
from bonedensity.measurement import Measurement


def plot_age(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """A density against age on the reference's band: picture (rows, columns, 3) and Z-score."""
    from bonedensity.densitometry.age_figure import age_figure
    from bonedensity.densitometry.figures import pixels_of

    try:
        measured = Measurement(**parameters["measurement"])
    except TypeError as error:
        raise ParameterError("“measurement” must be one, as its to_json gives it.") from error
    sex = cast(Any, one_of(parameters, "sex", ("F", "M")))
    figure, score = age_figure(measured, region=text(parameters, "region"), sex=sex, age=number(parameters, "age", 0.0))
    return {"picture": context.exchange.put(pixels_of(figure)), "score": score.to_json()}


def plot_agreement(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """Scatter and Bland-Altman plot of two columns of a cohort's table, and their statistics as lines."""
    from bonedensity.densitometry.agreement.cohort import paired_columns
    from bonedensity.densitometry.agreement.plots import agreement_figure
    from bonedensity.densitometry.figures import pixels_of

    names = text(parameters, "reference"), text(parameters, "estimate")
    reference, estimate = paired_columns(Path(text(parameters, "path")), *names)
    figure, found = agreement_figure(reference, estimate, names=names, unit=text(parameters, "unit"))
    return {"picture": context.exchange.put(pixels_of(figure)), "lines": found.lines()}
