"""Split-conformal intervals (Vovk 2005; Lei 2018): their coverage holds for any network and any noise.

Images of one person err alike, so it is people that are counted (Dunn, Wasserman and Ramdas 2022, pooled distribution):
one image of each would do, but which one is drawn moves the coverage by several points where people are few.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from bonedensity.errors import StatisticsError

COVERAGE = 0.9
"""Of the intervals that are given with a density."""

ROUNDING = 1e-9
"""Of a sum of shares of people."""


def conformal_radius(errors: ArrayLike, people: Sequence[str] | None = None, coverage: float = COVERAGE) -> float:
    """Half the width of an interval that holds a new person's truth with a given probability, or a little more.

    Args:
        errors: (n) estimate less truth, of people that nothing was trained or tuned on; NaN where not known.
        people: (n) whose, all weighing alike; None where all differ.
        coverage: Probability.

    Returns:
        In the errors' unit; infinite where people are too few to promise the coverage (below 9 for 0.9).

    Raises:
        StatisticsError: No finite error, or a coverage that is no share.
    """
    sizes = np.abs(np.asarray(errors, dtype=np.float64))
    known = np.isfinite(sizes)
    if not 0 < coverage < 1:
        raise StatisticsError(f"A coverage of {coverage:g} cannot be: give a share between 0 and 1, such as 0.9.")
    if not known.any():
        raise StatisticsError("No person is left to set an interval on: give more people with a measured density.")
    names = np.arange(sizes.size) if people is None else np.asarray(people)
    _, person, images = np.unique(names[known], return_inverse=True, return_counts=True)
    order = np.argsort(sizes[known])
    reached = np.cumsum(1 / images[person][order])  # people whose error is at most that large
    rank = math.ceil((images.size + 1) * coverage)
    if rank > images.size:
        return math.inf
    return float(sizes[known][order][np.searchsorted(reached, rank - ROUNDING)])
