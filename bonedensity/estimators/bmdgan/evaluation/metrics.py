"""The paper's figures of merit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.densitometry.agreement import agreement, repeatability
from bonedensity.densitometry.agreement.pairs import FEWEST_PAIRS
from bonedensity.errors import StatisticsError

DICE_THRESHOLDS_G_CM2 = (0.1, 0.2, 0.4, 0.6, 0.8)
"""Over which Dice is averaged; the paper averages over several and does not say which."""


def dice_over_thresholds(found: NDArray[np.floating], truth: NDArray[np.floating]) -> float:
    """Mean Dice of the pixels at or above each threshold that the truth reaches; NaN where it reaches none."""
    scores = []
    for threshold in DICE_THRESHOLDS_G_CM2:
        a, b = found >= threshold, truth >= threshold
        if b.any():
            scores.append(2 * float((a & b).sum()) / float(a.sum() + b.sum()))
    return float(np.mean(scores)) if scores else float("nan")


def peak_signal_to_noise_db(found: NDArray[np.floating], truth: NDArray[np.floating], top: float) -> float:
    """PSNR of areal densities (g/cm²) whose range is 0 to `top`."""
    difference = found.astype(np.float64) - truth.astype(np.float64)
    return float(-10 * np.log10(max(float((difference**2).mean()) / top**2, 1e-12)))


def density_metrics(
    measured: ArrayLike, found: ArrayLike, hips: Sequence[str], *, unit: str, radius: float
) -> dict[str, Any] | None:
    """Agreement, repeatability over the images of one hip, and coverage of the interval.

    Args:
        measured: (n) reference densities.
        found: (n) estimates.
        hips: (n) the same name for images of the same hip.
        unit: Of the densities.
        radius: Half the interval's width; infinite where not known.

    Returns:
        JSON values; None where fewer than three pairs are known or they do not differ.
    """
    x, y = np.asarray(measured, dtype=np.float64), np.asarray(found, dtype=np.float64)
    known = np.isfinite(x) & np.isfinite(y)
    if known.sum() < FEWEST_PAIRS:
        return None
    try:
        values = agreement(x[known], y[known], unit=unit).to_json()
    except StatisticsError:
        return None
    covered = float((np.abs(x - y)[known] <= radius).mean()) if np.isfinite(radius) else None
    found_values = {**values, "rms_cv": rms_cv(y[known], np.asarray(hips)[known]), "coverage": covered}
    plain: dict[str, Any] = finite_or_none(found_values)
    return plain


def finite_or_none(value: Any) -> Any:
    """JSON values with null for what is no finite number, such as the interval of a correlation of three pairs."""
    if isinstance(value, dict):
        return {name: finite_or_none(each) for name, each in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def rms_cv(found: NDArray[np.float64], hips: NDArray[np.str_]) -> float | None:
    """Root mean square of the coefficients of variation over each hip's images, as a share; None without repeats."""
    groups = [found[hips == hip] for hip in sorted(set(hips.tolist()))]
    repeated = [group for group in groups if len(group) > 1 and group.mean() > 0]
    return repeatability(repeated).rms_cv if repeated else None
