"""The four kinds of structural equation: root, linear, levels, computed; and their terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from bonedensity.virtual.population.graph import Column, Columns
from bonedensity.virtual.population.scales import PLAIN, Distribution, Scale


@dataclass(frozen=True, slots=True)
class Slope:
    """`weight` standard deviations of the effect for one of the cause, counted on the cause's own scale."""

    parent: str
    weight: float
    scale: Scale = PLAIN

    def __call__(self, parents: Columns) -> Column:
        """Contribution of this cause (standard deviations of the effect)."""
        return self.weight * self.scale.z(parents[self.parent])

    def to_json(self) -> dict[str, Any]:
        """Cause and numbers."""
        return {"from": self.parent, "weight": self.weight, "scale": asdict(self.scale)}


@dataclass(frozen=True, slots=True)
class Curve:
    """Straight lines between points of cause (its unit or level) and effect (standard deviations); flat outside."""

    parent: str
    at: tuple[float, ...]
    gives: tuple[float, ...]

    def __call__(self, parents: Columns) -> Column:
        """Contribution of this cause (standard deviations of the effect)."""
        return np.interp(parents[self.parent], self.at, self.gives)

    def to_json(self) -> dict[str, Any]:
        """Cause and points."""
        return {"from": self.parent, "at": list(self.at), "gives": list(self.gives)}


Term = Slope | Curve


def by_level(parent: str, *gives: float) -> Curve:
    """The effect of level 0, 1, 2 … of a cause (standard deviations)."""
    return Curve(parent, tuple(float(level) for level in range(len(gives))), gives)


def _sum(terms: Sequence[Term], parents: Columns, like: Column) -> Column:
    return sum((term(parents) for term in terms), np.zeros_like(like))


@dataclass(frozen=True, slots=True)
class Root:
    """A variable without causes: its noise is its value."""

    distribution: Distribution
    parents: tuple[str, ...] = ()

    def exogenous(self, normal: Column) -> Column:
        """Values from standard normal numbers."""
        return self.distribution.from_normal(normal)

    def value(self, parents: Columns, noise: Column) -> Column:
        """The noise itself."""
        return noise.copy()

    def abduct(self, parents: Columns, value: Column) -> Column:
        """The value itself."""
        return value.copy()

    def to_json(self) -> dict[str, Any]:
        """Kind and distribution."""
        return {"kind": "root", **self.distribution.to_json()}


@dataclass(frozen=True, slots=True)
class Linear:
    """z = intercept + sum of terms + sd · noise; the value is z on `scale`."""

    terms: tuple[Term, ...]
    sd: float
    scale: Scale = PLAIN
    intercept: float = 0.0

    @property
    def parents(self) -> tuple[str, ...]:
        """Causes, in the order of the terms."""
        return tuple(term.parent for term in self.terms)

    def exogenous(self, normal: Column) -> Column:
        """Standard normal as it is."""
        return normal.copy()

    def value(self, parents: Columns, noise: Column) -> Column:
        """The structural equation, in the variable's unit."""
        return self.scale.value(self.intercept + _sum(self.terms, parents, noise) + self.sd * noise)

    def abduct(self, parents: Columns, value: Column) -> Column:
        """The residual in its own standard deviations."""
        return (self.scale.z(value) - self.intercept - _sum(self.terms, parents, value)) / self.sd

    def to_json(self) -> dict[str, Any]:
        """Kind, terms and numbers."""
        return {
            "kind": "linear",
            "terms": [term.to_json() for term in self.terms],
            "intercept": self.intercept,
            "residual_sd": self.sd,
            "scale": asdict(self.scale),
        }


@dataclass(frozen=True, slots=True)
class Levels:
    """How many of the rising `cuts` lie at or below sum of terms + noise: 0, 1 … len(cuts)."""

    terms: tuple[Term, ...]
    cuts: tuple[float, ...]

    @property
    def parents(self) -> tuple[str, ...]:
        """Causes, in the order of the terms."""
        return tuple(term.parent for term in self.terms)

    def exogenous(self, normal: Column) -> Column:
        """Standard normal as it is."""
        return normal.copy()

    def value(self, parents: Columns, noise: Column) -> Column:
        """The level."""
        return np.searchsorted(self.cuts, _sum(self.terms, parents, noise) + noise, side="right").astype(np.float64)

    def abduct(self, parents: Columns, value: Column) -> Column:
        """Median of the noise given the level; NaN where there is no such level."""
        edges = np.array([-np.inf, *self.cuts, np.inf])
        known = (value >= 0) & (value <= len(self.cuts)) & (value == np.floor(value))
        level, shift = np.where(known, value, 0).astype(np.intp), _sum(self.terms, parents, value)
        return np.where(known, _median_between(edges[level] - shift, edges[level + 1] - shift), np.nan)

    def to_json(self) -> dict[str, Any]:
        """Kind, terms and cuts."""
        return {"kind": "levels", "terms": [term.to_json() for term in self.terms], "cuts": list(self.cuts)}


def shares(*each: float) -> tuple[float, ...]:
    """The cuts that give levels 0, 1 … these shares where no cause speaks."""
    return tuple(float(ndtri(total)) for total in np.cumsum(each)[:-1])


def _median_between(low: Column, high: Column) -> Column:
    """Median of a standard normal between two ends; mirrored where the upper tail would lose digits."""
    mirror = low > 0
    left, right = np.where(mirror, -high, low), np.where(mirror, -low, high)
    middle = ndtri((ndtr(left) + ndtr(right)) / 2)
    return np.where(mirror, -middle, middle)


@dataclass(frozen=True, slots=True)
class Computed:
    """A function of the parents alone, such as body mass index.

    Attributes:
        parents: Causes.
        function: From the parents' columns.
        formula: The same for people.
    """

    parents: tuple[str, ...]
    function: Callable[[Columns], Column]
    formula: str

    def exogenous(self, normal: Column) -> Column:
        """Nothing."""
        return np.zeros_like(normal)

    def value(self, parents: Columns, noise: Column) -> Column:
        """The function's value."""
        return self.function(parents)

    def abduct(self, parents: Columns, value: Column) -> Column:
        """Nothing."""
        return np.zeros_like(value)

    def to_json(self) -> dict[str, Any]:
        """Kind and formula."""
        return {"kind": "computed", "formula": self.formula}
