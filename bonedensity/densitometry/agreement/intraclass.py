"""The intraclass correlation for absolute agreement of single values, ICC(A,1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import f as f_distribution

from bonedensity.densitometry.agreement.pairs import CONFIDENCE, Estimate
from bonedensity.errors import StatisticsError


@dataclass(frozen=True, slots=True)
class _MeanSquares:
    """Two-way analysis of variance without repeats: subjects in rows, methods in columns."""

    rows: float
    columns: float
    error: float


def intraclass(table: ArrayLike, *, confidence: float = CONFIDENCE) -> Estimate:
    """ICC(A,1): two-way random effects, absolute agreement, single measurement.

    (MSR - MSE) / (MSR + (k-1) MSE + k/n (MSC - MSE)), with the interval of McGraw and Wong, Psychol Methods
    1996;1:30, table 7.

    Args:
        table: (n, k) values: a subject a row, a method, reader or repeat a column.
        confidence: Coverage of the interval.

    Raises:
        StatisticsError: Fewer than three subjects or two columns, values missing, or all the same.
    """
    values = _checked(table)
    n, k = values.shape
    ms = _mean_squares(values)
    icc = (ms.rows - ms.error) / (ms.rows + (k - 1) * ms.error + k / n * (ms.columns - ms.error))
    if ms.error <= 1e-24 * ms.rows and ms.columns <= 1e-24 * ms.rows:  # columns that are the same but for rounding
        return Estimate(1.0, 1.0, 1.0)
    return Estimate(float(icc), *_interval(ms, icc, n, k, confidence))


def _checked(table: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(table, dtype=np.float64)
    if values.ndim != 2 or values.shape[0] < 3 or values.shape[1] < 2:
        raise StatisticsError(
            f"The intraclass correlation needs at least 3 subjects (rows) and 2 measurements (columns), not a table of "
            f"shape {values.shape}."
        )
    if not np.isfinite(values).all():
        raise StatisticsError("The intraclass correlation needs every cell filled: leave incomplete subjects out.")
    if np.ptp(values) == 0:
        raise StatisticsError("All values are the same: an intraclass correlation needs subjects that differ.")
    return values


def _mean_squares(values: NDArray[np.float64]) -> _MeanSquares:
    n, k = values.shape
    grand, rows, columns = values.mean(), values.mean(axis=1), values.mean(axis=0)
    rest = values - rows[:, None] - columns + grand
    return _MeanSquares(
        rows=float(k * ((rows - grand) ** 2).sum() / (n - 1)),
        columns=float(n * ((columns - grand) ** 2).sum() / (k - 1)),
        error=float((rest**2).sum() / ((n - 1) * (k - 1))),
    )


def _interval(ms: _MeanSquares, icc: float, n: int, k: int, confidence: float) -> tuple[float, float]:
    a = k * icc / (n * (1 - icc))
    b = 1 + k * icc * (n - 1) / (n * (1 - icc))
    freedom = (a * ms.columns + b * ms.error) ** 2 / (
        (a * ms.columns) ** 2 / (k - 1) + (b * ms.error) ** 2 / ((n - 1) * (k - 1))
    )
    upper_tail = (1 + confidence) / 2
    low_f, high_f = f_distribution.ppf(upper_tail, n - 1, freedom), f_distribution.ppf(upper_tail, freedom, n - 1)
    rest = k * ms.columns + (k * n - k - n) * ms.error
    low = n * (ms.rows - low_f * ms.error) / (low_f * rest + n * ms.rows)
    high = n * (high_f * ms.rows - ms.error) / (rest + n * high_f * ms.rows)
    return float(low), float(high)
