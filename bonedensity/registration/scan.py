"""A look at many poses before any search: of several optima, a search that starts at random finds any."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

APART = 0.35
"""Two poses are apart when on one axis they differ by more than this share of the reach."""


def promising(
    similarities: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    reach: NDArray[np.float64],
    samples: int,
    count: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """The best of many poses that lie apart from each other, best first; at most `count`, (N, 6).

    Drawn evenly (scrambled Sobol; the first is six zeros) from a box.

    Args:
        similarities: Of (N, 6) parameters (3 degrees, 3 mm); (N,).
        reach: (6,) half the box along each axis.
        samples: Poses to look at; a power of two covers the box best.
        count: At most so many.
        rng: Of the draw.
    """
    drawn = (2 * qmc.Sobol(6, seed=int(rng.integers(2**31))).random(samples) - 1) * reach
    drawn[0] = 0.0
    chosen: list[NDArray[np.float64]] = []
    for one in drawn[np.argsort(-similarities(drawn))]:
        if all(np.abs((one - other) / reach).max() > APART for other in chosen):
            chosen.append(one)
        if len(chosen) == count:
            break
    return np.array(chosen)
