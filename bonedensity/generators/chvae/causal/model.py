"""The structural causal model as one network: attributes to noise and back, with some of them set from outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn

from bonedensity.errors import PopulationError
from bonedensity.generators.chvae.causal.graph import AttributeGraph, Node
from bonedensity.generators.chvae.causal.mechanisms import AffineMechanism, BinaryMechanism, Mechanism, RootMechanism

Table = dict[str, Tensor]
"""Attributes of n people by name, (n,) float64 each, in their units."""

LEVEL_SHARE = 0.005
"""Of the training data beyond each end of an attribute's support."""


class CausalModel(nn.Module):
    """Mechanisms of all attributes; `bonedensity.generators.chvae.causal.fit` finds their parameters.

    Args:
        graph: Which attribute causes which.
    """

    mean: Tensor
    spread: Tensor
    support: Tensor

    def __init__(self, graph: AttributeGraph) -> None:
        super().__init__()
        self.graph = graph
        self.mechanisms = nn.ModuleDict({node.name: _mechanism(node) for node in graph.nodes})
        count = len(graph.nodes)
        self.register_buffer("mean", torch.zeros(count, dtype=torch.float64))
        self.register_buffer("spread", torch.ones(count, dtype=torch.float64))
        self.register_buffer("support", torch.tensor([[n.low, n.high] for n in graph.nodes], dtype=torch.float64))

    def learn_scales(self, table: Mapping[str, Tensor]) -> None:
        """Take mean and spread of logarithms, and the support of each attribute, from training data."""
        for place, node in enumerate(self.graph.nodes):
            column = table[node.name]
            ends = torch.tensor([LEVEL_SHARE, 1 - LEVEL_SHARE], dtype=torch.float64)
            self.support[place] = torch.quantile(column, ends)
            if node.kind == "positive":
                logs = torch.log(column + node.offset)
                self.mean[place] = logs.mean()
                self.spread[place] = logs.std().clamp_min(1e-6)

    def scaled(self, name: str, value: Tensor) -> Tensor:
        """An attribute on the model's scale (n,)."""
        node, place = self.graph.node(name), self.graph.names.index(name)
        if node.kind == "binary":
            return value - 0.5
        return (torch.log(value + node.offset) - self.mean[place]) / self.spread[place]

    def unscaled(self, name: str, value: Tensor) -> Tensor:
        """An attribute in its unit (n,)."""
        node, place = self.graph.node(name), self.graph.names.index(name)
        if node.kind == "binary":
            return value + 0.5
        return torch.exp(self.mean[place] + self.spread[place] * value) - node.offset

    def abduct(self, table: Mapping[str, Tensor]) -> Table:
        """The noise with which the mechanisms give these people.

        Raises:
            PopulationError: An attribute is missing.
        """
        if missing := [name for name in self.graph.names if name not in table]:
            raise PopulationError(f"The attribute {missing[0]} is missing: give {', '.join(self.graph.names)}.")
        scaled = {name: self.scaled(name, table[name]) for name in self.graph.names}
        return {n.name: self._of(n).noise(scaled[n.name], _causes(n, scaled)) for n in self.graph.nodes}

    def predict(self, noise: Mapping[str, Tensor], do: Mapping[str, Tensor] | None = None) -> Table:
        """What follows from noise, with some attributes set from outside and cut off from their causes.

        Args:
            noise: Of all attributes, (n,) each.
            do: Set values in their units, (n,) each.

        Raises:
            ModelError: An attribute that the graph does not have is set.
        """
        chosen = do or {}
        for name in chosen:
            self.graph.node(name)
        scaled: Table = {}
        for n in self.graph.nodes:
            value = self.scaled(n.name, chosen[n.name]) if n.name in chosen else None
            scaled[n.name] = self._of(n).value(noise[n.name], _causes(n, scaled)) if value is None else value
        # What is set is handed back as it was given, not through its logarithm.
        return {name: chosen.get(name, self.unscaled(name, value)) for name, value in scaled.items()}

    def log_density(self, table: Mapping[str, Tensor]) -> Table:
        """Of each attribute under its causes (n,), on the model's scale."""
        scaled = {name: self.scaled(name, table[name]) for name in self.graph.names}
        return {n.name: self._of(n).log_density(scaled[n.name], _causes(n, scaled)) for n in self.graph.nodes}

    def sample(self, count: int, generator: torch.Generator) -> Table:
        """People drawn from the model."""
        noise = {n.name: self._noise(n, count, generator) for n in self.graph.nodes}
        return self.predict(noise)

    def outside_support(self, do: Mapping[str, float]) -> tuple[str, ...]:
        """One sentence for each set value that lies beyond the training data.

        Raises:
            PopulationError: A value that nobody has.
        """
        said = []
        for name, value in do.items():
            node, (low, high) = self.graph.node(name), self.support[self.graph.names.index(name)].tolist()
            node.check(value)
            if not low <= value <= high:
                said.append(
                    f"{name} = {value:g} lies outside the training data ({low:.3g} to {high:.3g} {node.unit}): "
                    "the answer is an extrapolation."
                )
        return tuple(said)

    def _of(self, node: Node) -> Mechanism:
        return cast(Mechanism, self.mechanisms[node.name])

    def _noise(self, node: Node, count: int, generator: torch.Generator) -> Tensor:
        if node.kind == "binary":
            chance = torch.sigmoid(cast(BinaryMechanism, self._of(node)).logit)
            return torch.bernoulli(chance.expand(count), generator=generator) - 0.5
        return torch.randn(count, generator=generator, dtype=torch.float64)


def _mechanism(node: Node) -> nn.Module:
    if node.kind == "binary":
        return BinaryMechanism()
    return AffineMechanism(len(node.parents)) if node.parents else RootMechanism()


def _causes(node: Node, scaled: Mapping[str, Tensor]) -> Tensor:
    """Causes of a node side by side (n, causes)."""
    if not node.parents:
        return torch.empty(0, dtype=torch.float64)
    return torch.stack([scaled[parent] for parent in node.parents], dim=1)
