"""Where the nodes of a causal graph stand when it is drawn: causes above their effects."""

from __future__ import annotations

from bonedensity.generators.chvae.causal.graph import AttributeGraph

ASIDE = 0.14
"""A last effect that stands alone is put so far aside, so that arrows past other nodes do not run through them."""


def places(graph: AttributeGraph) -> dict[str, tuple[float, float]]:
    """By name the middle of each node (x, y) as shares of the drawing; every cause above its effects."""
    depth: dict[str, int] = {}
    for node in graph.nodes:
        depth[node.name] = 1 + max((depth[parent] for parent in node.parents), default=-1)
    deepest = max(depth.values())
    found = {}
    for level in range(deepest + 1):
        names = [name for name, at in depth.items() if at == level]
        shift = ASIDE if len(names) == 1 and level == deepest > 0 else 0.0
        for place, name in enumerate(names):
            found[name] = ((place + 0.5) / len(names) - shift, (level + 0.5) / (deepest + 1))
    return found


def weight_said(effect: float) -> str:
    """An effect in standard deviations, as it stands on its arrow."""
    return f"{effect:+.2f}"
