"""CT noise: correlated within a slice, without power at zero frequency, stronger where less radiation arrived."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft


def noise_spectrum(shape: tuple[int, int], pixel_mm: float, peak_per_mm: float) -> NDArray[np.float32]:
    """Amplitude by frequency, as `rfft2` orders it: power rises from zero as filtered back-projection's, then falls.

    Power is proportional to f·exp(-f / peak): none at zero, most at the peak.

    Args:
        shape: (rows, columns).
        pixel_mm: Pixel size.
        peak_per_mm: Frequency of the greatest power.
    """
    rows, columns = fft.fftfreq(shape[0], pixel_mm), fft.rfftfreq(shape[1], pixel_mm)
    f = np.hypot(rows[:, None], columns[None, :])
    return np.sqrt(f * np.exp(-f / peak_per_mm)).astype(np.float32)


def correlated_noise(
    shape: tuple[int, int, int], pixel_mm: float, peak_per_mm: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Noise (K, J, I) with mean 0 in every slice and standard deviation 1; slices are independent.

    Args:
        shape: (K, J, I).
        pixel_mm: Pixel size within a slice.
        peak_per_mm: Frequency of the greatest power.
        rng: Drawn once per voxel.
    """
    white = rng.standard_normal(shape, dtype=np.float32)
    amplitude = noise_spectrum(shape[1:], pixel_mm, peak_per_mm)
    noise = fft.irfft2(fft.rfft2(white, workers=-1) * amplitude, s=shape[1:], workers=-1)
    return np.asarray(noise / noise.std(), dtype=np.float32)
