"""Covariance matrix adaptation (CMA-ES) over the six pose parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import MissingDependencyError
from bonedensity.geometry import RigidTransform
from bonedensity.registration.config import Spread

CONVERGED = 0.05
"""Spread of a generation, as a share of the first generation's spread, at which a search has settled."""

OnGeneration = Callable[[NDArray[np.float64], float], bool]
"""Called after each generation with the best parameters and their similarity so far; True ends the search."""


@dataclass(frozen=True, slots=True, eq=False)
class SearchResult:
    """The best parameters (3 degrees, 3 mm) and their similarity."""

    parameters: NDArray[np.float64]
    similarity: float


@dataclass(frozen=True, slots=True, eq=False)
class SearchMoment:
    """Where a registration stands.

    Attributes:
        world_from_ct: Best pose of the present search.
        similarity: Its similarity, the prior's penalty taken off.
        evaluations: DRRs compared so far.
        size_px: Of the images compared: similarities of one size can be compared with each other.
    """

    world_from_ct: RigidTransform
    similarity: float
    evaluations: int
    size_px: int


OnMoment = Callable[[SearchMoment], None]
"""Called after each generation."""


def unwatched(moment: SearchMoment) -> None:
    """A search that nobody watches."""


def search(
    similarities: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    *,
    start: NDArray[np.float64],
    spread: Spread,
    population: int,
    generations: int,
    seed: int,
    on_generation: OnGeneration,
) -> SearchResult:
    """Maximise a similarity from a start.

    Args:
        similarities: Of (N, 6) parameters (3 degrees, 3 mm); (N,), all at once so that they can be shared out.
        start: Where the first generation is centred.
        spread: Its standard deviations.
        population: Candidates a generation.
        generations: At most this many.
        seed: Of the random candidates.
        on_generation: Progress, and the wish to stop.

    Raises:
        MissingDependencyError: The package cmaes is not installed.
    """
    scale = spread.scale
    optimiser = _optimiser()(mean=np.zeros(6), sigma=1.0, population_size=population, seed=seed)
    best = SearchResult(start, float(similarities(start[None])[0]))
    for _ in range(generations):
        candidates = np.array([optimiser.ask() for _ in range(population)])
        parameters = start + candidates * scale
        values = similarities(parameters)
        leader = int(np.argmax(values))
        if values[leader] > best.similarity:
            best = SearchResult(parameters[leader], float(values[leader]))
        optimiser.tell([(candidate, -value) for candidate, value in zip(candidates, values, strict=True)])
        if on_generation(best.parameters, best.similarity) or float(candidates.std(axis=0).max()) < CONVERGED:
            break
    return best


def _optimiser() -> Any:
    """The class of the search; imported late, since 3D Slicer brings everything else but not this."""
    try:
        from cmaes import CMA
    except ImportError as error:
        raise MissingDependencyError("Registration needs the Python package cmaes: run pip install cmaes.") from error
    return CMA
