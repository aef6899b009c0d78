"""What remains of an X-ray when the projected bones are taken off it.

An X-ray also holds soft tissue, scatter and a display curve, a bone projection does not. Both are therefore freed from
what changes slowly, and the bones are given the contrast that fits the X-ray best before they are taken off. Far from
the bones nothing is compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

AROUND_SHARE = 1 / 12
"""Of the picture's longer side: what changes more slowly is taken off both."""

FULL = 0.7
"""Share of the X-ray's largest local contrast near the bones (99th percentile) that is shown in full colour."""


def difference(xray: NDArray[np.uint8], bones: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(rows, columns) in [-1, 1]; 0 where both agree, positive where the X-ray has more than the bones explain."""
    size = max(3, round(AROUND_SHARE * max(xray.shape)))
    detail, bone = _detail(xray, size), _detail(bones, size)
    near = np.abs(bone) > 0.5
    weight = float(np.sum(bone[near] ** 2))
    if weight == 0:
        return np.zeros(xray.shape, dtype=np.float32)
    gain = max(0.0, float(np.sum(detail[near] * bone[near]) / weight))
    scale = FULL * float(np.percentile(np.abs(detail[near]), 99.0))
    rest = np.clip((detail - np.float32(gain) * bone) / np.float32(max(scale, 1e-6)), -1, 1)
    return np.asarray(rest * _nearness(bones, size), dtype=np.float32)


def _nearness(bones: NDArray[np.uint8], size: int) -> NDArray[np.float32]:
    """1 on the bones, 0 far from them."""
    from scipy.ndimage import uniform_filter

    around = uniform_filter((bones > 0).astype(np.float32), max(3, size // 2), mode="nearest")
    return np.asarray(np.clip(4 * around, 0, 1))


def _detail(image: NDArray[np.uint8], size: int) -> NDArray[np.float32]:
    from scipy.ndimage import uniform_filter

    values = image.astype(np.float32)
    return np.asarray(values - uniform_filter(values, size, mode="nearest"), dtype=np.float32)
