"""Attributes as the numbers that networks take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from bonedensity.generators.chvae.causal.model import CausalModel, Table


def table_of(causal: CausalModel, attributes: Tensor) -> Table:
    """Attributes (B, n) in the graph's order, by name."""
    return dict(zip(causal.graph.names, attributes.unbind(1), strict=True))


def context_of(causal: CausalModel, table: Mapping[str, Tensor], names: Sequence[str]) -> Tensor:
    """Some attributes on the causal model's scale (B, names) float32: logarithms in standard deviations."""
    return torch.stack([causal.scaled(name, table[name]) for name in names], dim=1).float()
