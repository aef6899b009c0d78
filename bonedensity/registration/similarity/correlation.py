"""Normalised cross-correlation of grey values (zero mean)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bonedensity.registration.similarity.base import MaskedSimilarity, refuse_flat, variance_sum


class NormalisedCorrelation(MaskedSimilarity):
    """Pearson's correlation of the grey values inside the region, in [-1, 1]; -1 for a DRR that is flat.

    For images of the same kind, such as a DRR of the whole body; soft tissue that the DRR lacks pulls it aside.
    """

    SUMS = 4

    def _prepare(self, fixed: NDArray[np.float32]) -> None:
        values = fixed[self._region].astype(np.float64)
        centred = values - values.mean()
        square = float(np.vdot(centred, centred))
        deviation = variance_sum(0.0, square, values.size, float(np.vdot(values, values)))
        refuse_flat(deviation)
        self._fixed = np.zeros(self._shape, dtype=np.float32)
        self._fixed[self._region] = centred / math.sqrt(deviation)

    def _compare(self, moving: NDArray[np.float32]) -> float:
        out = self._sums
        self._compute.grey_sums(
            moving, self._weights, self._line, self._buffer, self._fixed, self._inside, self._box, out
        )
        total, square, product, greys = out.tolist()
        deviation = variance_sum(total, square, self._pixels, greys)
        return product / math.sqrt(deviation) if deviation else -1.0
