"""Where a radiograph shows the body: the open beam and the collimator's shadow are left out of the comparison."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, distance_transform_edt, label, uniform_filter

DARK_SHARE = 0.03
"""Grey values up to this share of the image's range are dark."""

MARGIN_SHARE = 0.015
"""Width of the strip along the dark border that is left out too, as a share of the longer side."""

SMALLEST_BORDER_SHARE = 0.002
"""Dark patches at the image's rim smaller than this share of the image are not a border."""


def body_region(image: NDArray[np.float32]) -> NDArray[np.bool_]:
    """True where the image shows the body.

    Dark areas that touch the rim (open beam beside the body, or a collimator painted black) and a strip along them
    are False: their edges are the strongest of all, and no bone makes them.

    Args:
        image: (rows, columns), bone bright.
    """
    smooth = uniform_filter(image, 3)
    low, high = np.percentile(smooth, (0.1, 99.5))
    dark = smooth <= low + DARK_SHARE * (high - low)
    parts, _ = label(dark)
    rim = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
    sizes = np.bincount(parts.ravel())
    border = [p for p in np.unique(rim) if p and sizes[p] > SMALLEST_BORDER_SHARE * image.size]
    outside = np.isin(parts, border)
    margin = max(1, round(MARGIN_SHARE * max(image.shape)))
    return ~binary_dilation(outside, iterations=margin)


def around(projection: NDArray[np.float32], *, margin_px: float) -> NDArray[np.bool_]:
    """True where a bone projects, and within a margin of it.

    Args:
        projection: (rows, columns), zero where the bone is not.
        margin_px: Width of the margin (pixels).
    """
    return np.asarray(distance_transform_edt(projection == 0) <= margin_px)
