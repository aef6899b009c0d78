"""Two measures of how a radiograph looks: the slope of its power spectrum and how its local contrast is spread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Image = NDArray[np.floating]

RINGS = 24
"""Logarithmic rings of frequency that are averaged over."""

WINDOW_MM = 4.0
"""Standard deviation of the neighbourhood in which contrast is taken."""

BINS = np.linspace(-2.5, 0.75, 40)
"""Of the logarithm (base 10) of local contrast."""


def radial_power(image: Image, pixel_mm: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequency (1/mm) and mean power of rings of frequency, of an image without its mean and slope, Hann-windowed.

    Args:
        image: (rows, columns).
        pixel_mm: Of both.
    """
    rows, columns = image.shape
    v, u = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    design = np.column_stack([np.ones(image.size), u.ravel(), v.ravel()])
    flat = image.ravel() - design @ np.linalg.lstsq(design, image.ravel(), rcond=None)[0]
    window = np.outer(np.hanning(rows), np.hanning(columns))
    power = np.abs(np.fft.fft2(flat.reshape(image.shape) * window)) ** 2
    radius = np.hypot(*np.meshgrid(np.fft.fftfreq(columns, pixel_mm), np.fft.fftfreq(rows, pixel_mm)))
    edges = np.geomspace(2.0 / (min(rows, columns) * pixel_mm), 0.5 / pixel_mm, RINGS + 1)
    ring = np.digitize(radius.ravel(), edges) - 1
    counted = np.bincount(ring[(ring >= 0) & (ring < RINGS)], minlength=RINGS)
    kept = (ring >= 0) & (ring < RINGS)
    sums = np.bincount(ring[kept], power.ravel()[kept], minlength=RINGS)
    middle = np.bincount(ring[kept], radius.ravel()[kept], minlength=RINGS)
    full = counted > 0
    return middle[full] / counted[full], sums[full] / counted[full]


def spectrum_slope(image: Image, pixel_mm: float, band: tuple[float, float]) -> float:
    """Exponent b of power ~ f^-b over a band of frequencies (1/mm), by least squares of the logarithms."""
    frequency, power = radial_power(image, pixel_mm)
    inside = (frequency >= band[0]) & (frequency <= band[1])
    return -float(np.polyfit(np.log(frequency[inside]), np.log(power[inside]), 1)[0])


def local_contrast(image: Image, pixel_mm: float, *, relative: bool) -> NDArray[np.float64]:
    """Logarithm (base 10) of the standard deviation in the neighbourhood of each pixel.

    Args:
        image: (rows, columns).
        pixel_mm: Of both.
        relative: Whether it is divided by the whole image's own, for images whose grey has no unit.
    """
    width = WINDOW_MM / pixel_mm
    values = np.asarray(image, dtype=np.float64)
    mean = gaussian_filter(values, width, mode="nearest")
    spread = np.sqrt(np.maximum(gaussian_filter(values**2, width, mode="nearest") - mean**2, 0.0))
    edge = int(np.ceil(width))
    inner = spread[edge:-edge, edge:-edge].ravel()
    return np.log10(np.maximum(inner / (values.std() if relative else 1.0), 1e-6))


def overlap(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Overlap coefficient of two histograms: 1 alike, 0 nothing in common."""
    shares = [np.histogram(np.clip(values, BINS[0], BINS[-1]), BINS)[0] / len(values) for values in (first, second)]
    return float(np.minimum(*shares).sum())
