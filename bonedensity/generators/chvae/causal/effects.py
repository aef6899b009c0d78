"""How strongly each cause moves each effect, for one person."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from bonedensity.generators.chvae.causal.model import CausalModel

Edge = tuple[str, str]
"""Cause and effect."""


def direct_effects(causal: CausalModel, attributes: Mapping[str, float]) -> dict[Edge, float]:
    """By how many standard deviations an effect moves when one cause alone is one standard deviation higher.

    The person's noise and all other causes stay. Of a cause of two values it is the step from 0 to 1.

    Args:
        causal: Fitted.
        attributes: The person's.
    """
    table = {name: torch.tensor([float(value)], dtype=torch.float64) for name, value in attributes.items()}
    noise = causal.abduct(table)
    return {edge: _effect(causal, table, noise, edge) for edge in sorted(causal.graph.edges())}


def _effect(causal: CausalModel, table: Mapping[str, Tensor], noise: Mapping[str, Tensor], edge: Edge) -> float:
    cause, effect = edge
    held = {parent: table[parent] for parent in causal.graph.node(effect).parents}
    ends = [
        causal.scaled(effect, causal.predict(noise, {**held, cause: value})[effect])
        for value in _step(causal, cause, held)
    ]
    return float((ends[1] - ends[0])[0])


def _step(causal: CausalModel, cause: str, held: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    if causal.graph.node(cause).kind == "binary":
        return torch.zeros(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)
    now = causal.scaled(cause, held[cause])
    return held[cause], causal.unscaled(cause, now + 1)
