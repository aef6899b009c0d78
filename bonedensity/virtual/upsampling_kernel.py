"""Compiled inner loop of `upsampled`."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Indices = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]
Shares = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]


@numba.njit(nogil=True, cache=True, error_model="numpy")
def fill(coarse: NDArray, first: Indices, last: Indices, share: Shares, out: NDArray) -> None:  # pragma: no cover
    """Linear interpolation along three axes: rows of the coarse grid are mixed, then stretched.

    Args:
        coarse: (K, J, I) float32, contiguous.
        first: Index of the entry below, for every entry of `out` along k, j and i.
        last: Of the entry above.
        share: Of the entry above, 0 to 1.
        out: Written.
    """
    (k0, j0, i0), (k1, j1, i1), (sk, sj, si) = first, last, share
    row = np.empty(coarse.shape[2], np.float32)
    for k in range(out.shape[0]):
        for j in range(out.shape[1]):
            for i in range(len(row)):
                low = coarse[k0[k], j0[j], i]
                low += sj[j] * (coarse[k0[k], j1[j], i] - low)
                high = coarse[k1[k], j0[j], i]
                high += sj[j] * (coarse[k1[k], j1[j], i] - high)
                row[i] = low + sk[k] * (high - low)
            for i in range(out.shape[2]):
                value = row[i0[i]]
                out[k, j, i] = value + si[i] * (row[i1[i]] - value)
