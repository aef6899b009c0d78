"""Bland and Altman's limits of agreement."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from bonedensity.densitometry.agreement.pairs import CONFIDENCE, Estimate, paired

LIMIT_SD = 1.96
"""Standard deviations from the bias to a limit of agreement: 95 % of differences lie between the limits."""


@dataclass(frozen=True, slots=True)
class BlandAltman:
    """Differences (estimate minus reference) against means, in the values' unit.

    Attributes:
        count: Number of pairs.
        bias: Mean difference.
        sd: Standard deviation of the differences (n-1).
        lower_limit: Bias - 1.96 SD.
        upper_limit: Bias + 1.96 SD.
        proportional_bias: Slope of the difference on the mean of both; 0 when the bias is the same everywhere.
        proportional_p: Two-sided p-value of that slope; NaN where all means are the same.
    """

    count: int
    bias: Estimate
    sd: float
    lower_limit: Estimate
    upper_limit: Estimate
    proportional_bias: Estimate
    proportional_p: float

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "count": self.count,
            "bias": self.bias.to_json(),
            "sd": self.sd,
            "lower_limit": self.lower_limit.to_json(),
            "upper_limit": self.upper_limit.to_json(),
            "proportional_bias": self.proportional_bias.to_json(),
            "proportional_p": self.proportional_p if math.isfinite(self.proportional_p) else None,
        }


def bland_altman(reference: ArrayLike, estimate: ArrayLike, *, confidence: float = CONFIDENCE) -> BlandAltman:
    """Bias and limits of agreement with their intervals.

    The standard error of a limit is SD √(1/n + 1.96²/(2(n-1))) (Bland and Altman, Stat Methods Med Res 1999;8:135).

    Args:
        reference: (n) values.
        estimate: (n) values, same order and unit.
        confidence: Coverage of the intervals, by Student's t with n-1 degrees of freedom (slope: n-2).

    Raises:
        StatisticsError: Not pairs.
    """
    x, y = paired(reference, estimate)
    difference, n = y - x, len(x)
    bias, sd = float(difference.mean()), float(difference.std(ddof=1))
    quantile = float(student.ppf((1 + confidence) / 2, n - 1))
    of_limit = quantile * sd * math.sqrt(1 / n + LIMIT_SD**2 / (2 * (n - 1)))
    slope, p = _slope((x + y) / 2, difference, confidence)
    return BlandAltman(
        count=n,
        bias=_around(bias, quantile * sd / math.sqrt(n)),
        sd=sd,
        lower_limit=_around(bias - LIMIT_SD * sd, of_limit),
        upper_limit=_around(bias + LIMIT_SD * sd, of_limit),
        proportional_bias=slope,
        proportional_p=p,
    )


def _slope(mean: NDArray[np.float64], difference: NDArray[np.float64], confidence: float) -> tuple[Estimate, float]:
    """Least-squares slope of the difference on the mean, and its p-value."""
    centred, n = mean - mean.mean(), len(mean)
    spread = float(centred @ centred)
    if spread == 0:
        return Estimate(math.nan, math.nan, math.nan), math.nan
    slope = float(centred @ difference) / spread
    rest = difference - difference.mean() - slope * centred
    error = math.sqrt(float(rest @ rest) / (n - 2) / spread)
    p = float(2 * student.sf(abs(slope) / error, n - 2)) if error > 0 else float(slope == 0)
    return _around(slope, float(student.ppf((1 + confidence) / 2, n - 2)) * error), p


def _around(value: float, reach: float) -> Estimate:
    return Estimate(value, value - reach, value + reach)
