"""The same people some years later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from bonedensity.errors import PopulationError
from bonedensity.virtual.population.graph import Column, Table, World

STEADY_SD_YEAR = 0.032
"""A person's own lasting rate beyond the average (SD of density a year)."""

WANDER_SD_ROOT_YEAR = 0.08
"""What wanders without memory (SD of density per root of a year). With the lasting rate: 0.13 SD or 1.8 % over two
years, and a correlation of 0.24 between one two-year change and the next: rates barely persist (PostmenoDXA93)."""

SHARED = 0.7
"""Weight of what hip and spine share in these changes."""

LASTING = ("prior_fracture", "diabetes")
"""What a later visit cannot undo."""

NORMALS = 7
"""Standard normal numbers that `repeat_visit` takes for each person."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Years between two visits, evenly between the ends.

    Raises:
        PopulationError: No positive, rising pair.
    """

    low: float = 2.0
    high: float = 5.0

    def __post_init__(self) -> None:
        if not 0 < self.low <= self.high:
            raise PopulationError(f"A repeat visit {self.low:g} to {self.high:g} years later cannot be: give LOW,HIGH.")


def drift(years: Column, normals: NDArray[np.float64]) -> tuple[Column, Column]:
    """Change of hip and spine density beyond the average of that age (SD).

    Args:
        years: Since the first visit (n,).
        normals: Standard normal numbers (n, 6): shared, hip's and spine's lasting rates, then their wandering.
    """
    own = np.sqrt(1 - SHARED**2)
    steady, wander = STEADY_SD_YEAR * years, WANDER_SD_ROOT_YEAR * np.sqrt(years)

    def of_site(site: int) -> Column:
        lasting, passing = (SHARED * normals[:, k] + own * normals[:, k + site] for k in (0, 3))
        return steady * lasting + wander * passing

    return of_site(1), of_site(2)


def repeat_visit(world: World, interval: Interval, normals: NDArray[np.float64]) -> tuple[Column, Table]:
    """Years between the visits (n,), and everything at the second one.

    Age moves on with the person's own noise kept, so size, build and habits change as `do(age=…)` says and no more;
    densities drift besides; a fracture, once had, stays.

    Args:
        world: The people at their first visit.
        interval: Between the visits.
        normals: Standard normal numbers (n, NORMALS).
    """
    first = world.predict()
    years: Column = interval.low + (interval.high - interval.low) * ndtr(normals[:, 0])
    hip, spine = drift(years, normals[:, 1:])
    later = world.do(age=first["age"] + years, hip_drift=hip, spine_drift=spine)
    then = later.predict()
    kept = {name: np.maximum(first[name], then[name]) for name in LASTING}
    return years, later.do(**kept).predict()
