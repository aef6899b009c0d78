"""What of a picture is the body's, and what the detector's: counting noise stays where it is when a body grows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from bonedensity.generators.chvae.image.region_columns import region_columns

WINDOW = 1 / 180
"""Half of the filter's window, as a share of the image's columns: 1 mm on a Lunar export."""

ABOVE_NOISE = 3.0
"""Times the noise: a standard deviation within the window above which there is an edge, which stays sharp."""

MEDIAN_OF_NORMAL = 0.6745
"""Of the absolute value of a standard normal number."""

LEAST = 0.1
"""Grey; below it no noise is seen in greys that are whole numbers."""


def without_grain(greys: NDArray[np.float32]) -> NDArray[np.float32]:
    """An image without its counting noise: the guided filter (He et al. 2013) with the image as its own guide.

    Args:
        greys: (rows, columns), 0 to 252.
    """
    size = 2 * max(1, round(WINDOW * greys.shape[1])) + 1
    middle = _mean(greys, size)
    varied = _mean(greys * greys, size) - middle**2
    share = varied / (varied + (ABOVE_NOISE * max(_noise(greys - middle), LEAST)) ** 2)
    return np.asarray(_mean(share, size) * greys + _mean(middle * (1 - share), size), dtype=np.float32)


def _noise(fine: NDArray[np.float32]) -> float:
    """Standard deviation of the greys' fine part where the spine is; edges are too few to move a median."""
    return float(np.median(np.abs(fine[:, region_columns(fine.shape[1])]))) / MEDIAN_OF_NORMAL


def _mean(image: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    return np.asarray(uniform_filter(image, size, mode="nearest"))
