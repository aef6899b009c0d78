"""Scattered photons: smooth, from the body around a pixel, none where there is no body."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from bonedensity.drr.physics.settings import XraySettings

FULL_SCATTER_LOG = 0.5
"""Scale of -log transmission over which scatter sets in: half of it behind 2 cm of soft tissue, all behind 5 cm."""

DARKEST = 1e-9
"""Transmission below this is taken as this, for its logarithm."""


def scatter_of(
    transmission: NDArray[np.float64],
    field: NDArray[np.float64],
    pixel_spacing_mm: tuple[float, float],
    settings: XraySettings,
) -> NDArray[np.float64]:
    """Scattered signal, relative to the open beam, (rows, columns).

    F / (1 - F) exp(-p) (1 - exp(-(p / 0.5)²)) f, with p the smoothed -log of the transmission and f the smoothed
    field. It is smoothed as a logarithm, because scatter comes from the body around a pixel and not from the open beam
    beside the body.

    Args:
        transmission: Of the primary beam, 0 to 1.
        field: Beam that the tube and the collimator send, 1 at the open centre.
        pixel_spacing_mm: (row, column).
        settings: Fraction and spread.
    """
    fraction = settings.scatter_fraction
    if fraction == 0:
        return np.zeros_like(transmission)
    path = spread(-np.log(np.clip(transmission, DARKEST, 1.0)), pixel_spacing_mm, settings)
    amount = fraction / (1 - fraction) * (1 - np.exp(-((path / FULL_SCATTER_LOG) ** 2)))
    return np.asarray(amount * np.exp(-path) * spread(field, pixel_spacing_mm, settings))


def spread(
    image: NDArray[np.float64], pixel_spacing_mm: tuple[float, float], settings: XraySettings
) -> NDArray[np.float64]:
    """Smoothed by the mixture of a narrow and a wide Gaussian; the image goes on beyond its edge."""
    shares = (1 - settings.scatter_wide_share, settings.scatter_wide_share)
    total = np.zeros_like(image)
    for share, width in zip(shares, settings.scatter_widths_mm, strict=True):
        if share > 0:
            sigma = [width / s for s in pixel_spacing_mm]
            total += share * gaussian_filter(image, sigma, mode="nearest")
    return total
