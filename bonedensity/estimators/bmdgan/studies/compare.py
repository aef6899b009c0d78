"""Two ways of doing the same for the same people against each other, by Wilcoxon's signed-rank test."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.stats import wilcoxon

from bonedensity.estimators.bmdgan.data.exposures import Target
from bonedensity.estimators.bmdgan.evaluation.rows import Row, Way

FEWEST = 6
"""People: fewer cannot show a difference at 5 %."""


def paired_errors(first: Sequence[Row], second: Sequence[Row], target: Target, way: Way) -> dict[str, Any] | None:
    """Each person's mean absolute error of a density; None below `FEWEST` people.

    Args:
        first: Rows of one method.
        second: Rows of the other, of the same people.
        target: Which density.
        way: How it is read in both.

    Returns:
        Mean errors and p, two-sided.
    """
    return _paired(
        first, second, "mae", lambda row: abs(row.found.get((target, way), math.nan) - row.exposure.value(target))
    )


def paired_psnr(first: Sequence[Row], second: Sequence[Row]) -> dict[str, Any] | None:
    """Each person's mean PSNR (dB) of the projection, as `paired_errors`."""
    return _paired(first, second, "psnr_db", lambda row: row.psnr_db)


def _paired(
    first: Sequence[Row], second: Sequence[Row], name: str, measure: Callable[[Row], float]
) -> dict[str, Any] | None:
    a, b = _by_person(first, measure), _by_person(second, measure)
    people = sorted(set(a) & set(b))
    if len(people) < FEWEST:
        return None
    x, y = np.array([a[person] for person in people]), np.array([b[person] for person in people])
    p = 1.0 if np.allclose(x, y) else float(wilcoxon(x, y).pvalue)
    return {"people": len(people), f"first_{name}": float(x.mean()), f"second_{name}": float(y.mean()), "p": p}


def _by_person(rows: Sequence[Row], measure: Callable[[Row], float]) -> dict[str, float]:
    """The mean of each person's images, where it is known."""
    found: dict[str, list[float]] = {}
    for row in rows:
        value = measure(row)
        if math.isfinite(value):
            found.setdefault(row.exposure.identifier, []).append(value)
    return {person: float(np.mean(values)) for person, values in found.items()}
