"""Pearson's correlation and Lin's concordance, with intervals by Fisher's z."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from bonedensity.densitometry.agreement.pairs import CONFIDENCE, Estimate, paired, varied


def pearson(reference: ArrayLike, estimate: ArrayLike, *, confidence: float = CONFIDENCE) -> Estimate:
    """Pearson's correlation coefficient (PCC).

    Args:
        reference: (n) values.
        estimate: (n) values, same order.
        confidence: Coverage of the interval, of Fisher's z with standard error 1/√(n-3).

    Raises:
        StatisticsError: Not pairs, or one list has no spread.
    """
    x, y = _varied_pairs(reference, estimate)
    dx, dy = x - x.mean(), y - y.mean()
    r = float(np.clip((dx @ dy) / math.sqrt((dx @ dx) * (dy @ dy)), -1, 1))
    error = 1 / math.sqrt(len(x) - 3) if len(x) > 3 else math.inf
    return _by_fisher_z(r, error, confidence)


def concordance(reference: ArrayLike, estimate: ArrayLike, *, confidence: float = CONFIDENCE) -> Estimate:
    """Lin's concordance correlation coefficient (CCC): correlation times closeness to the line of identity.

    Moments divide by n (Lin, Biometrics 1989;45:255); the interval is of Fisher's z with the asymptotic standard error
    as corrected in 2000.

    Args:
        reference: (n) values.
        estimate: (n) values, same order and unit.
        confidence: Coverage of the interval.

    Raises:
        StatisticsError: Not pairs, or one list has no spread.
    """
    x, y = _varied_pairs(reference, estimate)
    dx, dy = x - x.mean(), y - y.mean()
    spread_x, spread_y, common = dx @ dx / len(x), dy @ dy / len(x), dx @ dy / len(x)
    c = float(2 * common / (spread_x + spread_y + (x.mean() - y.mean()) ** 2))
    r = float(common / math.sqrt(spread_x * spread_y))
    shift = float((x.mean() - y.mean()) ** 2 / math.sqrt(spread_x * spread_y))
    return _by_fisher_z(c, _concordance_error(c, r, shift, len(x)), confidence)


def _concordance_error(c: float, r: float, shift: float, n: int) -> float:
    """Standard error of the z of a concordance; `shift` is the squared mean difference over the mean spread."""
    if n < 3 or r == 0 or abs(c) >= 1:
        return 0.0 if abs(c) >= 1 else math.inf
    scale = 1 - c**2
    variance = (1 - r**2) * c**2 / (scale * r**2)
    variance += 2 * c**3 * (1 - c) * shift / (r * scale**2)
    variance -= c**4 * shift**2 / (2 * r**2 * scale**2)
    return math.sqrt(max(variance, 0.0) / (n - 2))


def _varied_pairs(reference: ArrayLike, estimate: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = paired(reference, estimate)
    varied(x, "reference")
    varied(y, "estimated")
    return x, y


def _by_fisher_z(value: float, error: float, confidence: float) -> Estimate:
    """The interval tanh(atanh(value) ± quantile x error)."""
    if abs(value) >= 1:
        return Estimate(value, value, value)
    z, reach = math.atanh(value), float(norm.ppf((1 + confidence) / 2)) * error
    return Estimate(value, math.tanh(z - reach), math.tanh(z + reach))
