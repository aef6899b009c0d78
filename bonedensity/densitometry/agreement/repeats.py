"""Precision of repeated measurements: RMS-SD, RMS-CV, and the least change that can be told from them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.errors import StatisticsError

LSC_FACTOR = 2.77
"""1.96 √2: a difference of two measurements beyond this many precision errors is a change (95 %, ISCD)."""


@dataclass(frozen=True, slots=True)
class Repeatability:
    """Short-term precision over subjects.

    Attributes:
        subjects: Number of subjects.
        degrees_of_freedom: Repeats beyond the first, over all subjects; ISCD asks for 30.
        rms_sd: Root mean square of the subjects' standard deviations, in the values' unit.
        rms_cv: Root mean square of their coefficients of variation, as a share.
        lsc: Least significant change, 2.77 rms_sd, in the values' unit.
        lsc_share: The same from rms_cv, as a share.
    """

    subjects: int
    degrees_of_freedom: int
    rms_sd: float
    rms_cv: float
    lsc: float
    lsc_share: float

    def to_json(self) -> dict[str, float]:
        """As a JSON object."""
        return asdict(self)


def repeatability(repeats: Sequence[ArrayLike]) -> Repeatability:
    """Precision from repeated measurements, weighted by degrees of freedom (Glüer, Osteoporos Int 1995;5:262).

    Args:
        repeats: One list of at least two values a subject; their lengths may differ.

    Raises:
        StatisticsError: No subject, a subject with one value, or values without positive mean.
    """
    rows = [_checked(values, number) for number, values in enumerate(repeats, start=1)]
    if not rows:
        raise StatisticsError("Repeatability needs at least one subject with two measurements.")
    freedom = np.array([len(row) - 1 for row in rows])
    sd = np.array([row.std(ddof=1) for row in rows])
    cv = sd / np.array([row.mean() for row in rows])
    rms_sd = math.sqrt(float(freedom @ sd**2 / freedom.sum()))
    rms_cv = math.sqrt(float(freedom @ cv**2 / freedom.sum()))
    return Repeatability(
        subjects=len(rows),
        degrees_of_freedom=int(freedom.sum()),
        rms_sd=rms_sd,
        rms_cv=rms_cv,
        lsc=least_significant_change(rms_sd),
        lsc_share=least_significant_change(rms_cv),
    )


def least_significant_change(precision: float) -> float:
    """Least change between two measurements that is more than chance (95 %), in the unit of the precision error."""
    return LSC_FACTOR * precision


def _checked(values: ArrayLike, number: int) -> NDArray[np.float64]:
    row = np.asarray(values, dtype=np.float64)
    if row.ndim != 1 or len(row) < 2 or not np.isfinite(row).all():
        raise StatisticsError(
            f"Subject {number} has no two finite measurements, so it shows nothing about repeatability."
        )
    if row.mean() <= 0:
        raise StatisticsError(
            f"Subject {number} has mean {row.mean():g}; a coefficient of variation needs a positive mean."
        )
    return row
