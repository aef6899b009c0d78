"""Two ways of measuring the same people against each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import wilcoxon

from bonedensity.estimators.bmdgan.data.exposures import Target
from bonedensity.estimators.bmdgan.evaluation.rows import Row, Way


def paired_test(first: Sequence[Row], second: Sequence[Row], target: Target, way: Way) -> dict[str, Any] | None:
    """Wilcoxon's signed-rank test of each person's mean absolute error; None below six people.

    Args:
        first: Rows of one method.
        second: Rows of the other, of the same people.
        target: Which density.
        way: How it is read in both.

    Returns:
        Mean errors and p, two-sided.
    """
    a, b = _errors(first, target, way), _errors(second, target, way)
    people = sorted(set(a) & set(b))
    if len(people) < 6:
        return None
    x, y = np.array([a[person] for person in people]), np.array([b[person] for person in people])
    p = 1.0 if np.allclose(x, y) else float(wilcoxon(x, y).pvalue)
    return {"people": len(people), "first_mae": float(x.mean()), "second_mae": float(y.mean()), "p": p}


def _errors(rows: Sequence[Row], target: Target, way: Way) -> dict[str, float]:
    """Mean absolute error by person, where both values are known."""
    found: dict[str, list[float]] = {}
    for row in rows:
        error = abs(row.found.get((target, way), np.nan) - row.exposure.value(target))
        if np.isfinite(error):
            found.setdefault(row.exposure.identifier, []).append(error)
    return {person: float(np.mean(errors)) for person, errors in found.items()}
