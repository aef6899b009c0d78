"""Where the nodes of a causal graph stand when it is drawn: causes above their effects."""

from __future__ import annotations

from math import atan2, cos, sin

from bonedensity.generators.chvae.causal.graph import AttributeGraph

BEYOND_PX = 2.0
"""Free between a node and its arrows."""

LABEL_AT = 0.72
"""Where on its arrow an effect is written, from the cause (0) to the effect (1)."""

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
    return f"{effect:+.2f}" if abs(effect) >= 0.005 else "0"


Point = tuple[float, float]


def arrow(start: Point, end: Point, node: Point) -> tuple[Point, Point]:
    """Where an arrow between the middles of two nodes leaves the one and meets the other.

    Args:
        start: Middle of the cause, in pixels.
        end: Middle of the effect.
        node: Width and height of every node.
    """
    angle = atan2(end[1] - start[1], end[0] - start[0])
    across, down = abs(cos(angle)), abs(sin(angle))
    reach = min(node[0] / 2 / max(across, 1e-9), node[1] / 2 / max(down, 1e-9)) + BEYOND_PX
    along = reach * cos(angle), reach * sin(angle)
    return (start[0] + along[0], start[1] + along[1]), (end[0] - along[0], end[1] - along[1])


def label_place(leaves: Point, arrives: Point) -> Point:
    """Where an arrow's effect is written: nearer to the effect's node, where few arrows meet."""
    return leaves[0] + LABEL_AT * (arrives[0] - leaves[0]), leaves[1] + LABEL_AT * (arrives[1] - leaves[1])
