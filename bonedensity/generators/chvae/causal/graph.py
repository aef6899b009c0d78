"""Which attribute causes which: a directed graph without cycles, from a small JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

from bonedensity.errors import ModelError, PopulationError, UnreadableFileError

Kind = Literal["binary", "positive"]
"""binary: 0 or 1, copied unless it is set. positive: its logarithm is modelled, so it stays positive."""

GRAPHS = ("published", "published_with_activity")
"""Graphs that come with the package."""


@dataclass(frozen=True, slots=True)
class Node:
    """One attribute of a person.

    Attributes:
        name: As in tables.
        kind: How it is modelled.
        unit: As printed.
        low: Least value that a person can have; below it is a mistake of typing.
        high: Largest such value.
        parents: Its direct causes.
        field: UK Biobank's number; 0 where there is none.
        offset: Added before the logarithm, for an attribute that may be 0.
    """

    name: str
    kind: Kind
    unit: str
    low: float
    high: float
    parents: tuple[str, ...]
    field: int = 0
    offset: float = 0.0

    def check(self, value: float) -> None:
        """Refuse a value that nobody has.

        Raises:
            PopulationError: Outside `low` to `high`, no number, or neither 0 nor 1 for a binary attribute.
        """
        words = f"{self.name} = {value:g}{f' {self.unit}' if self.unit else ''} cannot be"
        if self.kind == "binary" and value not in (0.0, 1.0):
            raise PopulationError(
                f"{words}: give 0 (female) or 1 (male)." if self.name == "sex" else f"{words}: 0 or 1."
            )
        if not self.low <= value <= self.high:
            raise PopulationError(f"{words}: give {self.low:g} to {self.high:g}.")


@dataclass(frozen=True, slots=True)
class AttributeGraph:
    """Attributes by name, causes before their effects.

    Attributes:
        name: For cards and messages.
        nodes: In an order in which every cause comes before its effects.
    """

    name: str
    nodes: tuple[Node, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Of all attributes, causes first."""
        return tuple(node.name for node in self.nodes)

    def node(self, name: str) -> Node:
        """An attribute.

        Raises:
            ModelError: The graph has none of that name.
        """
        for node in self.nodes:
            if node.name == name:
                return node
        raise ModelError(f"The causal graph “{self.name}” has no “{name}”; it has {', '.join(self.names)}.")

    def edges(self) -> set[tuple[str, str]]:
        """Cause and effect, pair by pair."""
        return {(parent, node.name) for node in self.nodes for parent in node.parents}

    def to_json(self) -> dict[str, Any]:
        """As a JSON object that `graph_of` reads."""
        return {"name": self.name, "nodes": [asdict(node) for node in self.nodes]}


def shipped_graph(name: str = "published") -> AttributeGraph:
    """A graph that comes with the package.

    Raises:
        ModelError: Unknown name.
    """
    if name not in GRAPHS:
        raise ModelError(f"There is no causal graph “{name}”; there are {', '.join(GRAPHS)}, or give a JSON file.")
    text = resources.files("bonedensity.generators.chvae.causal").joinpath(f"data/{name}.json").read_text("utf-8")
    return graph_of(json.loads(text))


def read_graph(path: Path) -> AttributeGraph:
    """A graph from a JSON file: {"name": …, "nodes": [{"name", "kind", "unit", "low", "high", "parents"}, …]}.

    Raises:
        UnreadableFileError: No such file, or no JSON.
        ModelError: No graph, unknown causes, or a cycle.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableFileError(f"The causal graph “{path}” cannot be read: {error}.") from None
    return graph_of(values)


def graph_of(values: Mapping[str, Any]) -> AttributeGraph:
    """A graph from plain values.

    Raises:
        ModelError: No graph, unknown causes, or a cycle.
    """
    known = {each.name for each in fields(Node)}
    try:
        name = str(values["name"])
        nodes = [
            Node(**{**{k: v for k, v in node.items() if k in known}, "parents": tuple(node["parents"])})
            for node in values["nodes"]
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"A causal graph needs a name and nodes with name, kind, unit, low, high, parents: {error}."
        ) from None
    _check_nodes(name, nodes)
    return AttributeGraph(name, _causes_first(name, nodes))


def _check_nodes(name: str, nodes: list[Node]) -> None:
    names = [node.name for node in nodes]
    if not nodes or len(set(names)) < len(names):
        raise ModelError(f"The causal graph “{name}” is empty or names an attribute twice.")
    for node in nodes:
        if node.kind not in get_args(Kind) or (node.kind == "binary" and node.parents):
            raise ModelError(f"In the causal graph “{name}” {node.name} must be positive, or binary without causes.")
        if node.kind == "positive" and not 0 < node.low + node.offset < node.high + node.offset:
            raise ModelError(f"In the causal graph “{name}” {node.name} needs low below high, both positive.")
        if unknown := [parent for parent in node.parents if parent not in names]:
            raise ModelError(f"In the causal graph “{name}” {node.name} is caused by “{unknown[0]}”, which is no node.")


def _causes_first(name: str, nodes: list[Node]) -> tuple[Node, ...]:
    """Nodes so that causes come first, else in the order given."""
    placed: list[Node] = []
    waiting = list(nodes)
    while waiting:
        done = {node.name for node in placed}
        ready = next((node for node in waiting if done.issuperset(node.parents)), None)
        if ready is None:
            ring = " → ".join(_ring(waiting))
            raise ModelError(f"The causal graph “{name}” has a cycle ({ring}): take one of these edges away.")
        placed.append(ready)
        waiting.remove(ready)
    return tuple(placed)


def _ring(stuck: list[Node]) -> list[str]:
    """One cycle among nodes that all wait for each other, as cause → effect."""
    by_name = {node.name: node for node in stuck}
    walk = [stuck[0].name]
    while walk[-1] not in walk[:-1]:
        walk.append(next(parent for parent in by_name[walk[-1]].parents if parent in by_name))
    return walk[walk.index(walk[-1]) :][::-1]
