"""The same people had something been otherwise: true counterfactuals, since a virtual person's noise is known."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import PopulationError
from bonedensity.virtual.population.cohort import Cohort
from bonedensity.virtual.population.graph import Table
from bonedensity.virtual.population.manifest import person_of, row_of
from bonedensity.virtual.population.people import Region, draw_world, people
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.population.schema import manifest_columns

COUNTERFACTUAL = "counterfactual"
"""Folder, below a cohort's, of the same people at another age."""

OLDEST = 88.0
"""Who would be older than this is made younger by as many years."""


def people_at_another_age(
    cohort: Cohort, n: int, seed: int, years: float, *, region: Region = "spine", first: int = 0
) -> list[Person]:
    """The people that `people` draws, at their first visit, under do(age): so many years more, or less for the old.

    Args:
        cohort: As for `people`.
        n: How many.
        seed: Of the cohort.
        years: Above 0.
        region: What will be made of them.
        first: Index of the first one.

    Raises:
        PopulationError: Years that are not above 0, or what `people` refuses.
    """
    if not years > 0:
        raise PopulationError(f"Another age by {years:g} years cannot be: give a number above 0.")
    persons, world = people(cohort, n, seed, region=region, first=first), draw_world(cohort, n, seed, first=first)
    table = world.do(age=another_age(np.array([person.age for person in persons]), years)).predict()
    return [with_values(person, table, index) for index, person in enumerate(persons)]


def another_age(ages: NDArray[np.float64], years: float) -> NDArray[np.float64]:
    """Ages (n) some years later, or earlier where later would be older than `OLDEST`."""
    return np.where(ages + years <= OLDEST, ages + years, ages - years)


def with_values(person: Person, table: Table, index: int) -> Person:
    """A person whose numbers are those of a row of a table; who it is stays.

    Args:
        person: As observed.
        table: Columns of the population, under an intervention.
        index: Place of the person in it.
    """
    numbers = [name for name, column in manifest_columns().items() if column.kind in ("number", "integer")]
    row: dict[str, Any] = row_of(person)
    changed = {name: float(table[name][index]) for name in numbers if name in table and name in row}
    if "sex" in changed:
        row["sex"] = int(changed.pop("sex"))
    return person_of({**row, **changed})
