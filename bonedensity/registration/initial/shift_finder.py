"""The in-plane shift that lays a DRR's edges on a radiograph's, for all shifts at once by Fourier transform."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import gaussian_filter

LIMIT_PERCENTILE = 99.0
"""Percentile at which the radiograph's gradients are limited: metal and gas must not outweigh bone."""


class ShiftFinder:
    """Cross-correlates gradient images.

    Args:
        fixed: The radiograph, small, (rows, columns).
        region: True where to compare; None for everywhere.
        smoothing_px: Gaussian smoothing of both images (standard deviation).
    """

    def __init__(self, fixed: NDArray[np.float32], region: NDArray[np.bool_] | None, *, smoothing_px: float) -> None:
        self._smoothing_px = smoothing_px
        rows, columns = fixed.shape
        self._padded = (fft.next_fast_len(2 * rows, real=True), fft.next_fast_len(2 * columns, real=True))
        self._fixed: list[NDArray[np.complex64]] = []
        for gradient in self._gradients(fixed):
            limit = float(np.percentile(np.abs(gradient), LIMIT_PERCENTILE)) or np.inf
            limited = np.clip(gradient, -limit, limit)
            inside = limited if region is None else np.where(region, limited, np.float32(0))
            self._fixed.append(np.conj(fft.rfft2(_unit(inside), self._padded)))

    def __call__(self, moving: NDArray[np.float32], reach_px: int) -> tuple[float, int, int]:
        """The best score within a reach, and the shift (columns, rows) of the DRR in pixels that gives it.

        The score is near gradient correlation, but does not know what a shift carries out of the image.
        """
        spectrum = sum(
            f * fft.rfft2(_unit(g), self._padded) for f, g in zip(self._fixed, self._gradients(moving), strict=True)
        )
        scores = fft.irfft2(np.conj(spectrum), self._padded) / 2
        window = np.arange(-reach_px, reach_px + 1)
        near = scores[np.ix_(window, window)]  # negative shifts are counted from the end
        row, column = np.unravel_index(int(near.argmax()), near.shape)
        return float(near[row, column]), int(window[column]), int(window[row])

    def _gradients(self, image: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        smooth = gaussian_filter(image, self._smoothing_px, truncate=3.0) if self._smoothing_px > 0 else image
        return np.asarray(np.gradient(smooth, axis=1)), np.asarray(np.gradient(smooth, axis=0))


def _unit(image: NDArray[np.float32]) -> NDArray[np.float32]:
    length = float(np.linalg.norm(image))
    return image / np.float32(length) if length > 0 else image
