"""Split-conformal intervals (Vovk 2005; Lei 2018): their coverage holds for any network and any noise."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from bonedensity.errors import StatisticsError

COVERAGE = 0.9
"""Of the intervals that are given with a density."""


def conformal_radius(errors: ArrayLike, coverage: float = COVERAGE) -> float:
    """Half the width of an interval that holds a new person's truth with a given probability, or a little more.

    Args:
        errors: (n) estimate less truth, of people that nothing was trained or tuned on, one image each: errors of one
            person's images are alike, and then n counts people for more than they are.
        coverage: Probability.

    Returns:
        In the errors' unit; infinite where n is too small to promise the coverage (below 9 for 0.9).

    Raises:
        StatisticsError: No finite error, or a coverage that is no share.
    """
    sizes = np.sort(np.abs(np.asarray(errors, dtype=np.float64)))
    sizes = sizes[np.isfinite(sizes)]
    if not 0 < coverage < 1:
        raise StatisticsError(f"A coverage of {coverage:g} cannot be: give a share between 0 and 1, such as 0.9.")
    if not sizes.size:
        raise StatisticsError("No person is left to set an interval on: give more people with a measured density.")
    rank = math.ceil((sizes.size + 1) * coverage)
    return float(sizes[rank - 1]) if rank <= sizes.size else math.inf
