"""Areal BMD that a person of some age and sex has on average, and how far people differ."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator

from bonedensity.errors import PopulationError
from bonedensity.virtual.population.person import Sex

Site = Literal["total-hip", "femoral-neck", "L1-L4"]
System = Literal["hologic", "lunar"]


class Expected(NamedTuple):
    """Mean and standard deviation of areal BMD (g/cm²), shaped as the ages."""

    mean: NDArray[np.float64]
    sd: NDArray[np.float64]


@cache
def reference_tables() -> dict[str, Any]:
    """The tables with their sources, as stored in data/bmd_reference.json."""
    path = resources.files("bonedensity.virtual.population").joinpath("data/bmd_reference.json")
    tables: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return tables


def expected_bmd(site: Site, sex: Sex, age: ArrayLike, system: System = "hologic") -> Expected:
    """Mean and spread of areal BMD at an age, as that manufacturer's scanner reads it.

    Between the decades' middles a curve without overshoot; before 25.5 and after 85.5 years constant.

    Args:
        site: Region.
        sex: Sex.
        age: Years, one or many.
        system: Manufacturer of the scanner.

    Raises:
        PopulationError: An unknown site or system.
    """
    if site not in get_args(Site) or system not in get_args(System):
        raise PopulationError(
            f"There is no reference for {site} on {system}: sites are {', '.join(get_args(Site))}, "
            f"systems {' and '.join(get_args(System))}."
        )
    ratio = _curve("femoral_neck_of_total_hip", "ratio")(_inside(age)) if site == "femoral-neck" else 1.0
    table = "total-hip" if site == "femoral-neck" else site
    mean = ratio * _curve("hologic", table, sex, "mean")(_inside(age))
    sd = ratio * _curve("hologic", table, sex, "sd")(_inside(age))
    if system == "lunar":
        line = reference_tables()["lunar_from_hologic"][site]
        return Expected(line["slope"] * mean + line["intercept"], line["slope"] * sd)
    return Expected(mean, sd)


def _inside(age: ArrayLike) -> NDArray[np.float64]:
    ages = reference_tables()["ages"]
    return np.clip(np.asarray(age, np.float64), ages[0], ages[-1])


@cache
def _curve(*path: str) -> PchipInterpolator:
    values: Any = reference_tables()
    for key in path:
        values = values[key]
    return PchipInterpolator(reference_tables()["ages"], values)
