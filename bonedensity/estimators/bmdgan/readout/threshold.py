"""The mean density of a projected proximal femur, above a threshold that is tuned on true projections."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.errors import StatisticsError

THRESHOLDS_G_CM2 = np.linspace(0.05, 0.6, 23)
"""That are tried; the lowest is above what the generator leaves where no bone is."""

FEWEST_PIXELS = 8
"""A projection with fewer pixels above the threshold shows no femur."""


def areal_mean(projection: NDArray[np.floating], threshold: float) -> float:
    """Mean areal density (g/cm²) of the pixels at or above a threshold; NaN where there are too few."""
    bone = projection[projection >= threshold]
    return float(bone.mean(dtype=np.float64)) if bone.size >= FEWEST_PIXELS else float("nan")


def areal_means(projections: Sequence[NDArray[np.floating]], thresholds: ArrayLike) -> NDArray[np.float64]:
    """`areal_mean` of each projection (row) at each threshold (column)."""
    grid = np.asarray(thresholds, dtype=np.float64)
    return np.array([[areal_mean(each, float(t)) for t in grid] for each in projections])


def tuned_threshold(means: NDArray[np.float64], targets: ArrayLike, thresholds: ArrayLike) -> float:
    """The threshold at which mean densities of true projections correlate best with a measured density.

    Args:
        means: (n, thresholds) of `areal_means`, of the training people's true projections.
        targets: (n) measured densities; exposures without one are left out.
        thresholds: (thresholds), g/cm².

    Raises:
        StatisticsError: Fewer than three exposures with a density, or none that differ.
    """
    wanted = np.asarray(targets, dtype=np.float64)
    known = np.isfinite(wanted) & np.isfinite(means).all(axis=1)
    if known.sum() < 3 or np.ptp(wanted[known]) == 0 or (np.ptp(means[known], axis=0) == 0).all():
        raise StatisticsError(
            f"{int(known.sum())} exposures with a femur and a measured density are too few, or all alike: the read-out "
            "needs three that differ."
        )
    x, y = means[known] - means[known].mean(axis=0), wanted[known] - wanted[known].mean()
    spread = np.sqrt((x**2).sum(axis=0) * (y @ y))
    correlations = np.divide(x.T @ y, spread, out=np.full(spread.shape, -np.inf), where=spread > 0)
    return float(np.asarray(thresholds)[int(correlations.argmax())])
