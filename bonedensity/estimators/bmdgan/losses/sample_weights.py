"""How much each person counts when densities are regressed."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

WeightName = Literal["paper", "inverse", "none"]
"""paper: 1.5 at the mean down to 0.5 at the extreme, as its formula says. inverse: 0.5 at the mean up to 1.5 at the
extreme, as its text aims at. none: all alike."""


def sample_weights(densities: ArrayLike, kind: WeightName = "paper") -> NDArray[np.float64]:
    """Weights by distance from the mean density.

    Args:
        densities: (n), any unit; those that are not finite weigh 1.
        kind: Which.

    Returns:
        (n) in [0.5, 1.5].
    """
    values = np.asarray(densities, dtype=np.float64)
    known = np.isfinite(values)
    if kind == "none" or known.sum() < 2:
        return np.ones(len(values))
    distance = np.abs(values - values[known].mean())
    low, spread = distance[known].min(), np.ptp(distance[known])
    share = (distance - low) / spread if spread else np.full(len(values), 0.5)
    return np.where(known, 1.5 - share if kind == "paper" else 0.5 + share, 1.0)
