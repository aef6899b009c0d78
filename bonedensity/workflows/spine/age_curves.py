"""Sizes and brightness-derived density against age: the person's path, and where the cohort lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bonedensity.generators.chvae.config import MORPHOMETRY
from bonedensity.workflows.spine.model import graph_for, title_of
from bonedensity.workflows.spine.state import SpineState

MARGIN = 0.05
"""Share of the range that is left free above and below."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One point.

    Attributes:
        kind: As observed, or as set now.
        age: In years.
        value: On the curve's axis.
    """

    kind: Literal["observed", "now"]
    age: float
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class AgeCurve:
    """One plot.

    Attributes:
        title: With the unit.
        ages: Rising, years.
        path: The person's values at these ages; not finite where unknown.
        band: The cohort's 5 and 95 % (n, 2), or None.
        marks: Points.
    """

    title: str
    ages: NDArray[np.float64]
    path: NDArray[np.float64]
    band: NDArray[np.float64] | None = None
    marks: tuple[Mark, ...] = ()

    def limits(self) -> tuple[float, float]:
        """Lowest and highest value of the axis."""
        parts = [self.path, np.array([mark.value for mark in self.marks])]
        numbers = np.concatenate([*parts, [] if self.band is None else self.band.ravel()])
        low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
        free = MARGIN * ((high - low) or 1.0)
        return low - free, high + free


def age_curves(state: SpineState) -> list[AgeCurve]:
    """One for each size, and one for the density of a sweep over age; none before the person is abducted."""
    band = None if state.abduction is None else state.abduction.band
    if band is None:
        return []
    ages = np.array(band["values"], dtype=np.float64)
    found = []
    for name in (name for name in MORPHOMETRY if name in band["band"]):
        title = f"{title_of(name)} ({graph_for(state.model).node(name).unit})"
        usual = np.array(band["band"][name], dtype=np.float64)[:, [0, 2]]
        path = np.array(band["path"][name], dtype=np.float64)
        found.append(AgeCurve(title, ages, path, usual, _marks(state, name)))
    trend = _density_trend(state)
    return found if trend is None else [*found, trend]


def _marks(state: SpineState, name: str) -> tuple[Mark, ...]:
    now = {} if state.answer is None else state.answer.attributes
    observed, made = _at(state.attributes, name), _at(now, name)
    return (*(Mark("observed", *at) for at in observed), *(Mark("now", *at) for at in made))


def _at(values: Mapping[str, float], name: str) -> list[tuple[float, float]]:
    return [(values["age"], values[name])] if "age" in values and name in values else []


def _density_trend(state: SpineState) -> AgeCurve | None:
    """Of the sweep over age, where there is one."""
    if state.sweep is None or state.sweep.name != "age":
        return None
    frames = zip(state.sweep.values, state.sweep.frames, strict=True)
    known = np.array([(age, frame.density[1]) for age, frame in frames if frame.density], dtype=np.float64)
    if len(known) < 2:
        return None
    return AgeCurve("Brightness BMD (g/cm², synthetic)", known[:, 0], known[:, 1])
