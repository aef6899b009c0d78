"""The causal graph: a node is set by a click, an arrow carries its effect on this person."""

from __future__ import annotations

from typing import Any

from bonedensity.errors import BoneDensityError
from bonedensity.web.part import Part
from bonedensity.workflows.spine.graph_layout import arrow, label_place, places, weight_said
from bonedensity.workflows.spine.model import graph_for, said, title_of
from bonedensity.workflows.spine.session import SpineSession

SIZE = (372.0, 300.0)
NODE = (98.0, 38.0)
MORE, LESS, UNKNOWN = "#ff8a80", "#6cb4ee", "#8fa3b5"
"""Of arrows: the effect grows with its cause, shrinks with it, is not known yet."""


class GraphPart(Part[SpineSession]):
    """See the module."""

    name = "graph"

    def view(self) -> dict[str, Any]:
        """What the template shows."""
        state = self._session.state
        graph, ready = graph_for(state.model), state.abduction is not None
        at = {name: (x * SIZE[0], y * SIZE[1]) for name, (x, y) in places(graph).items()}
        return {
            "ready": ready,
            "width": SIZE[0],
            "height": SIZE[1],
            "nodes": [self._node(name, at[name]) for name in graph.names],
            "edges": [self._edge(edge, at) for edge in sorted(graph.edges())],
        }

    def _begin(self) -> None:
        self._on(node=self._click)

    def _click(self, name: Any) -> None:
        if name not in graph_for(self._session.state.model).names:
            raise BoneDensityError(f"“{name}” is nothing that can be set.")
        self._session.toggle_do(str(name))

    def _node(self, name: str, middle: tuple[float, float]) -> dict[str, Any]:
        state = self._session.state
        graph, fact = graph_for(state.model), state.attributes.get(name)
        now = {**state.attributes, **({} if state.answer is None else state.answer.attributes), **state.do}.get(name)
        moved = fact is not None and now is not None and abs(now - fact) > 1e-6 * max(1.0, abs(fact))
        observed = "" if fact is None else f"Observed: {said(name, fact, graph)}. "
        return {
            "name": name,
            "title": title_of(name),
            "said": "?" if now is None else said(name, now, graph),
            "x": round(middle[0] - NODE[0] / 2, 1),
            "y": round(middle[1] - NODE[1] / 2, 1),
            "w": NODE[0],
            "h": NODE[1],
            "look": "chosen" if name in state.do else "moved" if moved else "",
            "tip": observed + ("Set; click to leave it to its causes." if name in state.do else "Click to set it."),
        }

    def _edge(self, edge: tuple[str, str], at: dict[str, tuple[float, float]]) -> dict[str, Any]:
        abduction = self._session.state.abduction
        weight = None if abduction is None else abduction.effects.get(edge)
        leaves, tip = arrow(at[edge[0]], at[edge[1]], NODE)
        middle = label_place(leaves, tip)
        return {
            "id": " ".join(edge),
            "from": [round(each, 1) for each in leaves],
            "to": [round(each, 1) for each in tip],
            "at": [round(each, 1) for each in middle],
            "said": "" if weight is None else weight_said(weight),
            "color": UNKNOWN if weight is None else MORE if weight > 0 else LESS,
            "thick": round(1.0 + 2.0 * min(abs(weight or 0.0), 1.0), 2),
        }
