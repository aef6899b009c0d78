"""From exposure to grey as vendors do it: logarithm, gain by scale, S-shaped curve, 10 to 12 bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

BODY_ABOVE_LOG = 1.0
"""-log of the relative exposure above which a pixel lies behind the body."""

DARKEST = 1e-6

VENDORS: dict[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float], int]] = {
    "computed radiography": ((0.6, 0.8), (1.1, 1.5), (2.0, 4.0), 10),
    "flat panel, soft look": ((0.5, 0.7), (1.2, 1.6), (2.5, 4.5), 12),
    "flat panel, crisp look": ((0.45, 0.6), (1.5, 2.0), (3.0, 6.0), 12),
}
"""By kind of system: range of the gain of large structures, of fine ones, of the curve's steepness; bits."""


@dataclass(frozen=True, slots=True)
class Processing:
    """One system's way.

    Attributes:
        vendor: Kind of system.
        coarse_gain: Multiplies structures wider than about 30 mm, below 1.
        fine_gain: Multiplies structures finer than about 3 mm, above 1.
        steepness: Of the S-curve; small is nearly straight.
        percentiles: Of what lies behind the body: what is shown black and white.
        bits: Of a stored pixel.
        inverted: Whether the file stores bone dark (MONOCHROME1).
    """

    vendor: str = "flat panel, soft look"
    coarse_gain: float = 0.6
    fine_gain: float = 1.4
    steepness: float = 3.5
    percentiles: tuple[float, float] = (2.0, 99.7)
    bits: int = 12
    inverted: bool = False


def random_processing(rng: np.random.Generator) -> Processing:
    """A system and its setting; same generator state, same processing."""
    vendor = list(VENDORS)[int(rng.integers(len(VENDORS)))]
    coarse, fine, steepness, bits = VENDORS[vendor]
    return Processing(
        vendor=vendor,
        coarse_gain=float(rng.uniform(*coarse)),
        fine_gain=float(rng.uniform(*fine)),
        steepness=float(rng.uniform(*steepness)),
        percentiles=(float(rng.uniform(0.5, 5.0)), float(rng.uniform(99.3, 99.95))),
        bits=bits,
        inverted=bool(rng.random() < 0.3),
    )


def processed(
    exposure: NDArray[np.float64],
    field: NDArray[np.bool_],
    pixel_mm: float,
    settings: Processing,
    *,
    apart: NDArray[np.bool_] | None = None,
) -> NDArray[np.uint16]:
    """Grey values from 0 to 2^bits - 1, bone bright, black behind the collimator.

    Args:
        exposure: Relative to the open beam, (rows, columns).
        field: True where the beam passes the collimator.
        pixel_mm: On the detector.
        settings: How.
        apart: Pixels that the window does not look at, such as a lead letter's.
    """
    log = -np.log(np.maximum(exposure, DARKEST))
    log = np.where(field, log, np.median(log[field]))
    shown = _by_scale(log, pixel_mm, settings)
    body = field & (log > BODY_ABOVE_LOG)
    body = body if apart is None else body & ~apart
    low, high = np.percentile(shown[body if body.any() else field], settings.percentiles)
    position = np.clip((shown - low) / max(float(high - low), 1e-6), 0, 1)
    grey = np.where(field, _s_curve(position, settings.steepness), 0.0)
    return np.rint(grey * (2**settings.bits - 1)).astype(np.uint16)


def _by_scale(log: NDArray[np.float64], pixel_mm: float, settings: Processing) -> NDArray[np.float64]:
    """Differences of Gaussians from 0.7 to 45 mm, each with its gain, and what is coarser still."""
    widths = 0.7 * 2.0 ** np.arange(7)
    gains = np.exp(np.interp(np.log(widths), np.log([2.0, 20.0]), np.log([settings.fine_gain, settings.coarse_gain])))
    rest, total = log, np.zeros_like(log)
    for width, gain in zip(widths, gains, strict=True):
        smooth = gaussian_filter(rest, width / pixel_mm, mode="nearest")
        total += gain * (rest - smooth)
        rest = smooth
    return total + settings.coarse_gain * rest


def _s_curve(position: NDArray[np.float64], steepness: float) -> NDArray[np.float64]:
    """Logistic, from 0 at 0 to 1 at 1."""
    foot = 1 / (1 + np.exp(steepness / 2))
    return (1 / (1 + np.exp(-steepness * (position - 0.5))) - foot) / (1 - 2 * foot)
