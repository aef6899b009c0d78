"""Noise for whole cohorts: person i gets the same whatever the cohort's size, and a thousand people hold no luck."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLOCK = 1000
"""People drawn together."""


def balanced_normals(
    seed: int, first: int, count: int, columns: int, *, halves_at: float | None = None
) -> NDArray[np.float64]:
    """Standard normal numbers of people first … first + count - 1 (count, columns).

    People come in blocks of 1000. Within a block every column has mean 0 and deviation 1 and no two columns are
    correlated, so that a cohort shows the population's means and slopes with far less chance than independent draws
    would (moment matching); n people are as exchangeable as before. A part of a block is close to independent.

    Args:
        seed: Of the cohort.
        first: Index of the first person.
        count: People.
        columns: Variables.
        halves_at: Where set, column 0 makes a yes or no at this cut, and the others are uncorrelated with that as well.
    """
    blocks = range(first // BLOCK, (first + count - 1) // BLOCK + 1)
    whole = np.concatenate([_block(seed, block, columns, halves_at) for block in blocks])
    start = first - blocks[0] * BLOCK
    return whole[start : start + count]


def _block(seed: int, block: int, columns: int, halves_at: float | None) -> NDArray[np.float64]:
    normals = np.random.default_rng([seed, block]).standard_normal((BLOCK, columns))
    if halves_at is None:
        return _whitened(normals - normals.mean(axis=0))
    known = np.column_stack([np.ones(BLOCK), normals[:, 0] > halves_at])
    rest = normals[:, 1:]
    rest = rest - known @ np.linalg.lstsq(known, rest, rcond=None)[0]
    return np.column_stack([normals[:, 0], _whitened(rest)])


def _whitened(centred: NDArray[np.float64]) -> NDArray[np.float64]:
    """Deviation 1 and no correlation, by the symmetric root: the smallest change that does it."""
    values, vectors = np.linalg.eigh(centred.T @ centred / len(centred))
    return centred @ (vectors / np.sqrt(values)) @ vectors.T
