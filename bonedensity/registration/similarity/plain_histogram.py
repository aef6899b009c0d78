"""Joint histogram with numpy alone: the reference, and the engine where numba is missing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.registration.similarity.plain_sums import Image
from bonedensity.registration.similarity.smoothing import smoothed


def joint_histogram(
    image: Image,
    weights: Image,
    line: Image,
    buffer: Image,
    fixed: Image,
    inside: Image,
    box: NDArray[np.int64],
    flat_share: float,
    out: NDArray[np.float64],
) -> None:
    """See `compiled_histogram.joint_histogram`; the buffers are not used."""
    within = inside > 0
    grey = smoothed(image, weights)[within]
    out[:] = 0
    bins = len(out)
    least, most = grey.min(), grey.max()
    if not most - least > flat_share * max(abs(least), abs(most)):
        return
    x, y = fixed[within], (grey - least) * np.float32((bins - 1) / (most - least))
    i, j = (np.clip(position.astype(int), 0, bins - 2) for position in (x, y))
    p, q = (x - i).astype(np.float64), (y - j).astype(np.float64)
    for di, share_i in ((0, 1 - p), (1, p)):
        for dj, share_j in ((0, 1 - q), (1, q)):
            out += np.bincount((i + di) * bins + j + dj, share_i * share_j, bins**2).reshape(bins, bins)
