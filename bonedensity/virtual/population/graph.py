"""A causal graph: structural equations whose exogenous noise is kept, so that “what if” has an exact answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.errors import PopulationError

Column = NDArray[np.float64]
"""One variable of n people (n,)."""

Columns = Mapping[str, Column]
Table = dict[str, Column]
"""Variables of n people by name, each (n,), in the units of the manifest."""


class Mechanism(Protocol):
    """How one variable follows from its parents and from noise of its own."""

    @property
    def parents(self) -> tuple[str, ...]:
        """Names of the direct causes."""

    def exogenous(self, normal: Column) -> Column:
        """Noise of this variable from standard normal numbers (n,)."""

    def value(self, parents: Columns, noise: Column) -> Column:
        """The structural equation."""

    def abduct(self, parents: Columns, value: Column) -> Column:
        """The noise with which the equation gives this value."""

    def to_json(self) -> dict[str, Any]:
        """Kind and numbers, for documents."""


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Everything that is not caused within the graph, and what is forced: `predict` says what follows.

    Attributes:
        graph: The equations.
        noise: Exogenous noise of every variable (n,).
        forced: Variables set from outside, cut off from their causes (n,).
    """

    graph: CausalGraph
    noise: Columns
    forced: Columns = field(default_factory=dict)

    def do(self, **values: ArrayLike) -> World:
        """The same people with variables set from outside: one number for all, or one a person.

        Raises:
            PopulationError: A variable that the graph does not hold.
        """
        for name in values:
            self.graph.mechanism(name)
        size = len(next(iter(self.noise.values())))
        forced = {name: np.broadcast_to(np.asarray(v, np.float64), (size,)) for name, v in values.items()}
        return World(self.graph, self.noise, {**self.forced, **forced})

    def predict(self) -> Table:
        """All variables, causes before effects."""
        table: Table = {}
        for name, mechanism in self.graph.mechanisms.items():
            forced = self.forced.get(name)
            table[name] = mechanism.value(table, self.noise[name]) if forced is None else forced.copy()
        return table


@dataclass(frozen=True, slots=True, eq=False)
class CausalGraph:
    """Variables by name, causes before their effects.

    Raises:
        PopulationError: A variable that stands before one of its causes.
    """

    mechanisms: Mapping[str, Mechanism]

    def __post_init__(self) -> None:
        known: set[str] = set()
        for name, mechanism in self.mechanisms.items():
            if missing := [parent for parent in mechanism.parents if parent not in known]:
                raise PopulationError(f"In the causal graph “{name}” needs “{missing[0]}”: define that one before it.")
            known.add(name)

    def mechanism(self, name: str) -> Mechanism:
        """The equation of a variable.

        Raises:
            PopulationError: Unknown name.
        """
        if name not in self.mechanisms:
            raise PopulationError(f"The causal graph has no “{name}”; it has {', '.join(self.mechanisms)}.")
        return self.mechanisms[name]

    def world(self, normals: NDArray[np.float64]) -> World:
        """People from standard normal numbers (n, variables)."""
        pairs = zip(self.mechanisms.items(), normals.T, strict=True)
        return World(self, {name: mechanism.exogenous(column) for (name, mechanism), column in pairs})

    def draw(self, n: int, rng: np.random.Generator) -> World:
        """People drawn independently of each other."""
        return self.world(rng.standard_normal((n, len(self.mechanisms))))

    def abduct(self, row: Mapping[str, ArrayLike]) -> World:
        """The world in which the observed happens: `abduct(row).predict()` returns the row.

        What is missing (absent or NaN) gets its median noise. Of a variable with levels the noise is known only up to
        an interval, and its conditional median is taken: worlds that were drawn keep their own noise, and are exact.

        Args:
            row: Variables by name, one number or (n,) each.

        Raises:
            PopulationError: A value that no noise can give, such as a negative weight.
        """
        observed = {name: np.atleast_1d(np.asarray(value, np.float64)) for name, value in row.items()}
        size = max((len(column) for column in observed.values()), default=1)
        table: Table = {}
        noise: Table = {}
        for name, mechanism in self.mechanisms.items():
            seen = np.broadcast_to(observed.get(name, np.array([np.nan])), (size,))
            median = mechanism.exogenous(np.zeros(size))
            table[name] = np.where(np.isnan(seen), mechanism.value(table, median), seen)
            with np.errstate(invalid="ignore", divide="ignore"):
                noise[name] = np.where(np.isnan(seen), median, mechanism.abduct(table, table[name]))
            if not (good := np.isfinite(noise[name])).all():
                raise PopulationError(f"{name} = {table[name][~good][0]:g} cannot be: check the row and its units.")
        return World(self, noise)

    def descendants(self, *names: str) -> set[str]:
        """Everything that these variables cause, directly or not, without themselves."""
        reached = set(names)
        for name, mechanism in self.mechanisms.items():
            if reached.intersection(mechanism.parents):
                reached.add(name)
        return reached.difference(names)

    def edges(self) -> Iterable[tuple[str, str]]:
        """Cause and effect, pair by pair."""
        return ((parent, name) for name, mechanism in self.mechanisms.items() for parent in mechanism.parents)

    def to_json(self) -> dict[str, Any]:
        """Variables with their causes and equations."""
        return {
            "nodes": [{"name": n, "parents": list(m.parents), **m.to_json()} for n, m in self.mechanisms.items()],
            "edges": [list(edge) for edge in self.edges()],
        }
