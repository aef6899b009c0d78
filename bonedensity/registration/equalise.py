"""A radiograph whose edges count alike wherever they are: shading taken off, local contrast made even."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

FAINT_SHARE = 0.5
"""Share of the median local contrast added to every local contrast: noise is not raised to the height of bone."""

ROUNDING = 1e-6
"""Contrast below this share of the image's greatest grey is rounding: flat stays flat."""

LEAST_WEIGHT = 1e-3
"""Pixels farther from the region than this weight of the window see nothing of it."""


def equalised(image: NDArray[np.float32], region: NDArray[np.bool_] | None, window_px: float) -> NDArray[np.float32]:
    """The image less its local mean, divided by its local standard deviation (as in Jarrett 2009).

    Scatter, the heel effect, the display curve and the body's own shape make a radiograph's edges strong in one place
    and faint in another, and its shading outweighs bone; a DRR has none of this.

    Args:
        image: (rows, columns).
        region: True where it counts; None for everywhere. Outside, the result is zero.
        window_px: Gaussian window (standard deviation, pixels); 0 gives the image back.
    """
    if window_px <= 0:
        return image
    weight = np.ones(image.shape) if region is None else region.astype(np.float64)
    near = np.maximum(gaussian_filter(weight, window_px), LEAST_WEIGHT)
    detail = (image - gaussian_filter(image * weight, window_px) / near) * weight
    contrast = np.sqrt(gaussian_filter(detail**2, window_px) / near)
    usual = float(np.median(contrast[weight > 0]))
    least = ROUNDING * float(np.abs(image * weight).max()) + np.finfo(np.float32).tiny
    return np.asarray(detail / (contrast + FAINT_SHARE * usual + least), dtype=np.float32)
