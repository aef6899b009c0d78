"""Which attributes cause which, from data: the PC algorithm in its order-independent form (Colombo and Maathuis 2014).

Edges fall where a partial correlation, given some neighbours, cannot be told from nothing (Fisher's z). Directions come
from what is known beforehand: attributes stand in tiers, and nothing causes what stands in an earlier tier or in its
own. Age and sex stand first, so they are roots; morphometry last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from bonedensity.errors import ModelError, StatisticsError

TIERS: tuple[tuple[str, ...], ...] = (
    ("sex", "age"),
    ("standing_height",),
    ("weight",),
    ("l1_l4_width", "l1_l4_height"),
    ("l1_l4_area",),
)
"""Of the published attributes."""

Edge = tuple[str, str]


def discover_edges(
    table: Mapping[str, ArrayLike], tiers: Sequence[Sequence[str]] = TIERS, *, significance: float = 0.01
) -> set[Edge]:
    """Causes and effects, pair by pair.

    Args:
        table: Attributes of n people, (n,) each; skewed ones are best given as logarithms.
        tiers: Attributes from causes to effects; all of `table` that is to be looked at.
        significance: Of the test that keeps an edge.

    Raises:
        ModelError: An attribute of the tiers is not in the table, or stands in two of them.
        StatisticsError: Too few people, or an attribute that does not vary.
    """
    names = [name for tier in tiers for name in tier]
    if missing := [name for name in names if name not in table]:
        raise ModelError(f"The table has no “{missing[0]}”, which the tiers name.")
    if len(set(names)) < len(names):
        raise ModelError("An attribute stands in two tiers: name each once.")
    rank = {name: place for place, tier in enumerate(tiers) for name in tier}
    correlation, people = _correlations(table, names)
    kept = _skeleton(correlation, people, [rank[name] for name in names], significance)
    return {(names[i], names[j]) for i, j in kept}


def _correlations(table: Mapping[str, ArrayLike], names: Sequence[str]) -> tuple[NDArray[np.float64], int]:
    columns = np.array([np.asarray(table[name], np.float64) for name in names])
    people = columns.shape[1]
    if people < len(names) + 10 or not np.isfinite(columns).all() or (columns.std(axis=1) == 0).any():
        raise StatisticsError(f"{people} people are too few, or an attribute does not vary: no graph can be found.")
    return np.corrcoef(columns), people


def _skeleton(
    correlation: NDArray[np.float64], people: int, rank: Sequence[int], significance: float
) -> set[tuple[int, int]]:
    """Pairs of different tiers, earlier first, that no set of neighbours makes independent."""
    count = len(rank)
    kept = {(i, j) for i, j in combinations(range(count), 2) if rank[i] != rank[j]}
    for size in range(count - 1):
        # Neighbours are those at the beginning of the round: the result then does not depend on the order.
        beside = {i: {a + b - i for a, b in kept if i in (a, b)} for i in range(count)}
        if all(len(each) - 1 < size for each in beside.values()):
            break
        kept = {
            (i, j)
            for i, j in kept
            if not any(
                _independent(correlation, people, i, j, given, significance)
                for end in (i, j)
                for given in combinations(sorted(beside[end] - {i, j}), size)
                if all(rank[k] <= max(rank[i], rank[j]) for k in given)
            )
        }
    return kept


def _independent(
    correlation: NDArray[np.float64], people: int, i: int, j: int, given: tuple[int, ...], significance: float
) -> bool:
    places = [i, j, *given]
    precision = np.linalg.pinv(correlation[np.ix_(places, places)])
    partial = -precision[0, 1] / np.sqrt(precision[0, 0] * precision[1, 1])
    z = np.arctanh(np.clip(partial, -0.999999, 0.999999)) * np.sqrt(people - len(given) - 3)
    return bool(2 * norm.sf(abs(z)) > significance)
