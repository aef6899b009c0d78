"""People of a cohort: person i is the same whatever the number drawn."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from bonedensity.errors import PopulationError
from bonedensity.virtual.population.balanced_noise import balanced_normals
from bonedensity.virtual.population.clinic_nodes import DESCRIPTIONS, DIAGNOSES
from bonedensity.virtual.population.cohort import Cohort
from bonedensity.virtual.population.graph import Column, Table, World
from bonedensity.virtual.population.manifest import Row, person_of
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.population.population_graph import population_graph
from bonedensity.virtual.population.schema import manifest_columns
from bonedensity.virtual.population.visits import NORMALS, Interval, repeat_visit

Region = Literal["hip", "spine"]

DEFAULT_COHORT: dict[Region, str] = {"hip": "bmdgan", "spine": "ukbiobank"}
"""The study whose images each region serves."""


def people(
    cohort: Cohort,
    n: int,
    seed: int,
    *,
    region: Region = "hip",
    first: int = 0,
    repeat: Interval | None = None,
) -> list[Person]:
    """Persons first … first + n - 1 of the endless cohort that a seed makes.

    The same cohort and seed give the same people in either region, so a spine and a hip can be made of one person.

    Args:
        cohort: A preset, or one's own.
        n: How many.
        seed: Of the cohort, 0 or more.
        region: What will be made of them; the front of their identifiers.
        first: Index of the first one: work can be split or taken up again.
        repeat: Where set, everyone comes twice, visit 1 right behind visit 0.

    Raises:
        PopulationError: An unknown region, or a number, seed or index that cannot be.
    """
    if region not in get_args(Region):
        raise PopulationError(f"There is no region “{region}”; choose {' or '.join(get_args(Region))}.")
    world = draw_world(cohort, n, seed, first=first)
    identifiers = [f"{region}-{number:06d}" for number in range(first + 1, first + n + 1)]
    seeds = [person_seed(seed, index) for index in range(first, first + n)]
    visits = [_persons(cohort, world.predict(), identifiers, seeds, 0, np.zeros(n))]
    if repeat is not None:
        years, later = repeat_visit(world, repeat, balanced_normals(seed + _REPEAT, first, n, NORMALS))
        visits.append(_persons(cohort, later, identifiers, seeds, 1, years))
    return [person for at_all_visits in zip(*visits, strict=True) for person in at_all_visits]


def draw_world(cohort: Cohort, n: int, seed: int, *, first: int = 0) -> World:
    """The same people as a world that keeps their noise, for exact counterfactuals.

    Raises:
        PopulationError: A number, seed or index that cannot be.
    """
    if n < 1 or seed < 0 or first < 0:
        raise PopulationError(
            f"{n} people from index {first} with seed {seed} cannot be: give 1 person or more, the others from 0."
        )
    graph = population_graph(cohort)
    return graph.world(balanced_normals(seed, first, n, len(graph.mechanisms), halves_at=cohort.male.cut))


def person_seed(seed: int, index: int) -> int:
    """A person's own seed, from the cohort's seed and the person's index alone; below 2⁵³, so exact in JSON."""
    state = np.random.SeedSequence(seed, spawn_key=(index,)).generate_state(1, np.uint64)
    return int(state[0] >> np.uint64(11))


_REPEAT = 1 << 32
"""Set between the seeds of a cohort's first and second visits."""


def _persons(
    cohort: Cohort, table: Table, identifiers: list[str], seeds: list[int], visit: int, years: Column
) -> list[Person]:
    columns = {name: _values(name, table[name]) for name in manifest_columns() if name in table}
    columns["menopause_age"] = [
        age if past else None for age, past in zip(columns["menopause_age"], columns["menopause"], strict=True)
    ]
    columns |= {"identifier": list(identifiers), "seed": list(seeds), "years_since_first": years.tolist()}
    columns["chest_diagnosis"] = _wordings(table, DIAGNOSES, "none")
    columns["chest_description"] = _wordings(table, DESCRIPTIONS, "unremarkable")
    common: Row = {"visit": visit, "dxa_system": cohort.dxa_system, "cohort": cohort.name}
    rows = zip(*columns.values(), strict=True)
    return [person_of({**common, **dict(zip(columns, row, strict=True))}) for row in rows]


def _values(name: str, column: Column) -> list[float | int | str | bool | None]:
    kind, levels = manifest_columns()[name].kind, manifest_columns()[name].levels
    if kind == "number":
        return list(column.tolist())
    whole = column.astype(int).tolist()
    if kind == "level":
        return [levels[level] for level in whole]
    return [bool(flag) for flag in whole] if kind == "flag" else whole


def _wordings(table: Table, findings: dict[str, str], otherwise: str) -> list[float | int | str | bool | None]:
    held = np.array([table[name] for name in findings], dtype=bool).T
    words = np.array(list(findings.values()))
    return ["; ".join(words[row]) or otherwise for row in held]
