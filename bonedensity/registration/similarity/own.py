"""A user's own cost function, given as a plain Python function."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bonedensity.registration.similarity.protocol import Similarity, SimilarityFactory
from bonedensity.registration.similarity.smoothing import gaussian_weights, smoothed

CostFunction = Callable[[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]], float]
"""Of radiograph, DRR and region, each (rows, columns); larger is better."""


def from_function(function: CostFunction) -> SimilarityFactory:
    """Makes a similarity factory of a plain function of (radiograph, DRR, region).

    Both images arrive smoothed as the level wishes.

    >>> def less_difference(radiograph, drr, region):
    ...     return -float(abs(radiograph - drr)[region].mean())
    >>> picture = np.eye(4, dtype=np.float32)
    >>> compare = from_function(less_difference)(picture)
    >>> compare(picture) > compare(picture[::-1])
    True
    """

    def factory(
        fixed: NDArray[np.float32], region: NDArray[np.bool_] | None = None, *, smoothing_px: float = 0.0
    ) -> Similarity:
        weights = gaussian_weights(smoothing_px)
        radiograph = smoothed(np.asarray(fixed, dtype=np.float32), weights)
        where = np.ones(fixed.shape, dtype=np.bool_) if region is None else region

        def compare(moving: NDArray[np.float32], /) -> float:
            return function(radiograph, smoothed(np.asarray(moving, dtype=np.float32), weights), where)

        return compare

    return factory
