"""Mutual information of grey values, normalised (Maes 1997; Studholme 1999)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.registration.similarity.base import MaskedSimilarity, refuse_flat
from bonedensity.registration.similarity.engine import Engine

BINS = 32

OUTERMOST_PERCENT = 0.5
"""Of the radiograph's greys at either end that are limited, so that metal does not squeeze all others together."""

FLAT_RANGE = 1e-6
"""A DRR whose greys differ by less than this share of the largest is flat: what differs is rounding."""


class MutualInformation(MaskedSimilarity):
    """2 I(X; Y) / (H(X) + H(Y)) of the grey values inside the region, in [0, 1]; 0 for a DRR that is flat.

    Any relation between the greys of both images counts, even a reversed one. Linear Parzen windows: every pixel is
    shared between the two nearest bins of each image, so that the value is continuous in the pose; an image with
    itself reaches less than 1 by that sharing.

    Args:
        fixed: The radiograph, (rows, columns).
        region: True where to compare; None for everywhere.
        smoothing_px: Gaussian smoothing of both images (standard deviation, pixels).
        bins: Of each image.
        outermost_percent: Of the radiograph's greys that are limited at either end.
        engine: Compiled or numpy.
    """

    PART = "histogram"

    def __init__(
        self,
        fixed: NDArray[np.float32],
        region: NDArray[np.bool_] | None = None,
        *,
        smoothing_px: float = 0.0,
        bins: int = BINS,
        outermost_percent: float = OUTERMOST_PERCENT,
        engine: Engine = "auto",
    ) -> None:
        self._bins = bins
        self._outermost = outermost_percent
        super().__init__(fixed, region, smoothing_px=smoothing_px, engine=engine)

    def _prepare(self, fixed: NDArray[np.float32]) -> None:
        greys = fixed[self._region]
        low, high = (float(g) for g in np.percentile(greys, (self._outermost, 100 - self._outermost)))
        if high == low:
            low, high = float(greys.min()), float(greys.max())
        refuse_flat(high - low if high - low > FLAT_RANGE * max(abs(low), abs(high)) else 0.0)
        self._fixed = ((np.clip(fixed, low, high) - low) * ((self._bins - 1) / (high - low))).astype(np.float32)

    def _allocate(self) -> None:
        super()._allocate()
        self._joint = np.empty((self._bins, self._bins))

    def _compare(self, moving: NDArray[np.float32]) -> float:
        self._compute.joint_histogram(
            moving,
            self._weights,
            self._line,
            self._buffer,
            self._fixed,
            self._inside,
            self._box,
            FLAT_RANGE,
            self._joint,
        )
        total = float(self._joint.sum())
        if total == 0:
            return 0.0
        joint = self._joint / total
        marginals = _entropy(joint.sum(axis=0)) + _entropy(joint.sum(axis=1))
        return 2 - 2 * _entropy(joint) / marginals if marginals > 0 else 0.0


def _entropy(shares: NDArray[np.float64]) -> float:
    """In nats."""
    filled = shares[shares > 0]
    return -float(np.dot(filled, np.log(filled)))
