"""Paired values and estimates with an interval: what goes into an agreement statistic, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.errors import StatisticsError

FEWEST_PAIRS = 3
"""With two pairs every correlation is one."""

CONFIDENCE = 0.95
"""Coverage of every interval unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A statistic with its confidence interval.

    Attributes:
        value: The statistic.
        low: Lower end of the interval.
        high: Upper end of the interval.
    """

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        """As a JSON object."""
        return {"value": self.value, "low": self.low, "high": self.high}

    def __str__(self) -> str:
        """Value and interval with three digits."""
        return f"{self.value:.3g} ({self.low:.3g} to {self.high:.3g})"


def paired(reference: ArrayLike, estimate: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both as float vectors of the same length.

    Args:
        reference: (n) values of the method compared against.
        estimate: (n) values of the method under study, same order and unit.

    Raises:
        StatisticsError: Of different length, fewer than three, or not finite.
    """
    first, second = np.asarray(reference, dtype=np.float64), np.asarray(estimate, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise StatisticsError(
            f"Agreement needs two lists of the same length, but they have shapes {first.shape} and {second.shape}."
        )
    if len(first) < FEWEST_PAIRS:
        raise StatisticsError(f"Agreement needs at least {FEWEST_PAIRS} pairs; there are {len(first)}.")
    bad = ~(np.isfinite(first) & np.isfinite(second))
    if bad.any():
        raise StatisticsError(
            f"Pair {int(np.flatnonzero(bad)[0]) + 1} holds no finite number: leave incomplete pairs out."
        )
    return first, second


def varied(values: NDArray[np.float64], what: str) -> None:
    """Refuse values that are all the same.

    Raises:
        StatisticsError: Without spread no correlation is defined.
    """
    if np.ptp(values) == 0:
        raise StatisticsError(f"All {what} values are {values[0]:g}: a correlation needs values that differ.")
