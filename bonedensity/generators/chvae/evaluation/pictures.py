"""How near one picture is to another."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from bonedensity.errors import StatisticsError

WINDOW_SD = 1.5
"""Pixels; of the window of the structural similarity (Wang et al. 2004)."""

STABLE = (0.01, 0.03)
"""Constants of the same, as shares of the range."""


@dataclass(frozen=True, slots=True)
class PictureErrors:
    """Of one picture against another, both in [0, 1].

    Attributes:
        mae: Mean absolute difference.
        rmse: Root of the mean squared difference.
        psnr: Peak signal to noise (dB); infinite for equal pictures.
        ssim: Mean structural similarity, 1 for equal pictures.
    """

    mae: float
    rmse: float
    psnr: float
    ssim: float

    def to_json(self) -> dict[str, float]:
        """As a JSON object."""
        return asdict(self)


def picture_errors(truth: NDArray[np.floating], picture: NDArray[np.floating]) -> PictureErrors:
    """All four.

    Args:
        truth: (rows, columns) in [0, 1].
        picture: The same shape.

    Raises:
        StatisticsError: Of different shape, or no numbers.
    """
    a, b = np.asarray(truth, np.float64), np.asarray(picture, np.float64)
    if a.shape != b.shape or a.ndim != 2 or not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise StatisticsError(f"Pictures of shapes {a.shape} and {b.shape} cannot be compared.")
    rmse = math.sqrt(float(((a - b) ** 2).mean()))
    return PictureErrors(
        mae=float(np.abs(a - b).mean()),
        rmse=rmse,
        psnr=-20 * math.log10(rmse) if rmse > 0 else math.inf,
        ssim=structural_similarity(a, b),
    )


def structural_similarity(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Mean over pixels, of pictures in [0, 1], under a Gaussian window."""
    first, second = (k**2 for k in STABLE)

    def smooth(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(gaussian_filter(x, WINDOW_SD))

    mean_a, mean_b = smooth(a), smooth(b)
    var_a, var_b = smooth(a * a) - mean_a**2, smooth(b * b) - mean_b**2
    both = smooth(a * b) - mean_a * mean_b
    above = (2 * mean_a * mean_b + first) * (2 * both + second)
    below = (mean_a**2 + mean_b**2 + first) * (var_a + var_b + second)
    return float((above / below).mean())
