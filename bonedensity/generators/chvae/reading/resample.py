"""Linear resampling of flat images as one matrix an axis, without shift: shrinking averages, growing interpolates."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@lru_cache(maxsize=32)
def resize_matrix(before: int, after: int) -> NDArray[np.float32]:
    """(after, before): each row's weights add up to 1.

    A triangle as wide as the coarser of both pixels, about the place where the new pixel's centre lies; beyond the edge
    the weights are shared among those inside.
    """
    ratio = before / after
    centres = (np.arange(after) + 0.5) * ratio - 0.5
    apart = np.abs(np.arange(before)[None] - np.clip(centres, 0, before - 1)[:, None]) / max(ratio, 1.0)
    weights = np.clip(1 - apart, 0, None)
    matrix: NDArray[np.float32] = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    matrix.setflags(write=False)
    return matrix


def resized(image: NDArray[np.floating], shape: tuple[int, int]) -> NDArray[np.float32]:
    """An image (rows, columns) with another number of rows and columns over the same area."""
    rows, columns = image.shape
    out = resize_matrix(rows, shape[0]) @ image.astype(np.float32) @ resize_matrix(columns, shape[1]).T
    return np.asarray(out, dtype=np.float32)
