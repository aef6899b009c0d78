"""Between a variable's own unit and standard deviations, and where the roots of the graph come from."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from scipy.special import betaincinv, ndtr, ndtri

from bonedensity.errors import PopulationError
from bonedensity.virtual.population.graph import Column


@dataclass(frozen=True, slots=True)
class Scale:
    """z = (value - mean) / sd, or the same of log(value).

    Attributes:
        mean: Value at z = 0, in the variable's unit, even where `log` is set (then it is the median).
        sd: One standard deviation, in the variable's unit; where `log` is set, of the natural logarithm.
        log: Whether the logarithm is normal: the value then stays positive and is skewed to the right.
    """

    mean: float
    sd: float
    log: bool = False

    def z(self, value: Column) -> Column:
        """Standard deviations from the mean."""
        return (np.log(value / self.mean) if self.log else value - self.mean) / self.sd

    def value(self, z: Column) -> Column:
        """Back to the unit."""
        return self.mean * np.exp(self.sd * z) if self.log else self.mean + self.sd * z


PLAIN = Scale(0.0, 1.0)
"""Of variables that have no unit: levels, yes or no, and what already is in standard deviations."""

SEX = Scale(0.5, 1.0)
"""Women -0.5, men +0.5, as the published weights mean it."""


def lognormal(mean: float, sd: float) -> Scale:
    """The log-normal scale with this mean and standard deviation (both in the variable's unit)."""
    spread = float(np.sqrt(np.log1p((sd / mean) ** 2)))
    return Scale(mean * float(np.exp(-(spread**2) / 2)), spread, log=True)


class Distribution(Protocol):
    """Where a root's values come from."""

    def from_normal(self, normal: Column) -> Column:
        """Values from standard normal numbers, larger from larger."""

    def to_json(self) -> dict[str, Any]:
        """Kind and numbers."""


@dataclass(frozen=True, slots=True)
class Between:
    """A beta distribution between two ends, with exactly this mean and standard deviation.

    Raises:
        PopulationError: A spread that does not fit between the ends.
    """

    mean: float
    sd: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not (self.low < self.mean < self.high and min(self._shapes()) > 0 and self.sd > 0):
            raise PopulationError(
                f"{self.mean:g} ± {self.sd:g} does not fit between {self.low:g} and {self.high:g}: "
                "give a smaller spread or a wider range."
            )

    def _shapes(self) -> tuple[float, float]:
        middle, spread = (self.mean - self.low) / (self.high - self.low), self.sd / (self.high - self.low)
        total = middle * (1 - middle) / spread**2 - 1
        return middle * total, (1 - middle) * total

    def from_normal(self, normal: Column) -> Column:
        """Values between `low` and `high`."""
        share: Column = betaincinv(*self._shapes(), ndtr(normal))
        return self.low + (self.high - self.low) * share

    def to_json(self) -> dict[str, Any]:
        """Kind and numbers."""
        return {"distribution": "beta", **asdict(self)}


@dataclass(frozen=True, slots=True)
class Share:
    """1 with this probability, else 0."""

    of_ones: float

    @property
    def cut(self) -> float:
        """The standard normal number above which the value is 1."""
        return float(ndtri(1 - self.of_ones))

    def from_normal(self, normal: Column) -> Column:
        """0 or 1."""
        return (normal > self.cut).astype(np.float64)

    def to_json(self) -> dict[str, Any]:
        """Kind and numbers."""
        return {"distribution": "bernoulli", "share": self.of_ones}


@dataclass(frozen=True, slots=True)
class Always:
    """One value, until something else is forced."""

    value: float

    def from_normal(self, normal: Column) -> Column:
        """The value, n times."""
        return np.full_like(normal, self.value)

    def to_json(self) -> dict[str, Any]:
        """Kind and number."""
        return {"distribution": "constant", "value": self.value}
