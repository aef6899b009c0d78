"""Smooth fields that are computed on a coarse grid and made linear between."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def upsampled(coarse: NDArray[np.float32], at: Sequence[NDArray[np.floating]]) -> NDArray[np.float32]:
    """Values at the crossings of fractional indices, linear between; held at the coarse grid's ends.

    Args:
        coarse: (K, J, I).
        at: Fractional indices along k, j and i, in single precision.

    Returns:
        (len(at[0]), len(at[1]), len(at[2])).
    """
    from bonedensity.virtual.upsampling_kernel import fill

    first, last, share = zip(*(_neighbours(where, n) for where, n in zip(at, coarse.shape, strict=True)), strict=True)
    out = np.empty([len(where) for where in at], np.float32)
    fill(np.ascontiguousarray(coarse, np.float32), first, last, share, out)
    return out


def _neighbours(
    where: NDArray[np.floating], count: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    held = np.clip(where, 0, count - 1)
    first = np.minimum(held.astype(np.intp), max(count - 2, 0))
    return first, np.minimum(first + 1, count - 1), (held - first).astype(np.float32)
