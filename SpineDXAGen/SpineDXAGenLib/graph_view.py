"""The causal graph, drawn: a button a node, an arrow a cause with its effect, values that follow."""

from __future__ import annotations

from math import atan2, cos, sin
from typing import Any

import qt
from slicer.i18n import tr as _

from bonedensity.generators.chvae.causal.graph import AttributeGraph
from bonedensity.workflows.spine.graph_layout import Point, arrow, label_place, places, weight_said
from bonedensity.workflows.spine.model import graph_for, said, title_of
from bonedensity.workflows.spine.session import SpineSession
from SpineDXAGenLib.painting import painting

FRAME_PX = 300
NODE_PX = (100, 38)
HEAD_PX = 7
LETTER_PX = 6

CHOSEN_STYLE = "QPushButton { background: #f59e0b; color: black; font-weight: bold; }"
MOVED_STYLE = "QPushButton { background: #bfdbfe; color: black; }"
PLAIN_STYLE = ""


class GraphView:
    """Draws into a frame.

    Args:
        frame: Empty frame; its size decides where nodes stand.
        session: Whose graph.
        begin: Called before the session is told something.
    """

    def __init__(self, frame: Any, session: SpineSession, begin: Any) -> None:
        self._frame, self._session, self._begin = frame, session, begin
        frame.setMinimumHeight(FRAME_PX)
        self._arrows = qt.QLabel(frame)
        self.nodes: dict[str, Any] = {}
        self._drawn: Any = None

    def show(self) -> None:
        """Nodes with the values as they would be, arrows with each cause's effect on this person."""
        graph = graph_for(self._session.state.model)
        if tuple(self.nodes) != graph.names:
            self._make(graph)
        effects = None if self._session.state.abduction is None else self._session.state.abduction.effects
        size = (max(int(self._frame.width), 420), FRAME_PX)
        if self._drawn != (graph.names, id(effects), size):
            self._drawn = (graph.names, id(effects), size)
            self._place(graph, size)
            self._draw_arrows(graph, size)
        self._say(graph)

    def _make(self, graph: AttributeGraph) -> None:
        for old in self.nodes.values():
            old.hide()
            old.deleteLater()
        self.nodes = {}
        for name in graph.names:
            button = qt.QPushButton(self._frame)
            button.connect("clicked()", lambda name=name: self._clicked(name))
            button.show()
            self.nodes[name] = button

    def _place(self, graph: AttributeGraph, size: tuple[int, int]) -> None:
        for name, (x, y) in places(graph).items():
            left, top = round(x * size[0] - NODE_PX[0] / 2), round(y * size[1] - NODE_PX[1] / 2)
            self.nodes[name].setGeometry(left, top, *NODE_PX)

    def _say(self, graph: AttributeGraph) -> None:
        state = self._session.state
        now = {} if state.answer is None else dict(state.answer.attributes)
        now |= state.do
        for name, button in self.nodes.items():
            fact, value = state.attributes.get(name), now.get(name, state.attributes.get(name))
            text = "?" if value is None else said(name, value, graph)
            moved = fact is not None and value is not None and abs(value - fact) > 1e-6 * max(1.0, abs(fact))
            full = f"{title_of(name)}\n{text}"
            if button.text != full:
                button.text = full
            style = CHOSEN_STYLE if name in state.do else MOVED_STYLE if moved else PLAIN_STYLE
            if button.styleSheet != style:
                button.styleSheet = style
            button.enabled = state.abduction is not None
            observed = "" if fact is None else _("Observed: {value}. ").format(value=said(name, fact, graph))
            button.toolTip = observed + (
                _("Set; click to leave it to its causes.") if name in state.do else _("Click to set it.")
            )

    def _clicked(self, name: str) -> None:
        self._begin()
        self._session.toggle_do(name)

    def _draw_arrows(self, graph: AttributeGraph, size: tuple[int, int]) -> None:
        abduction = self._session.state.abduction
        pixmap = qt.QPixmap(*size)
        pixmap.fill(qt.QColor(0, 0, 0, 0))
        with painting(pixmap) as painter:
            at = {name: (x * size[0], y * size[1]) for name, (x, y) in places(graph).items()}
            edges = sorted(graph.edges())
            weights = {} if abduction is None else {edge: abduction.effects.get(edge) for edge in edges}
            arrows = {(cause, effect): arrow(at[cause], at[effect], NODE_PX) for cause, effect in edges}
            for edge, (leaves, tip) in arrows.items():
                _draw_arrow(painter, leaves, tip, weights.get(edge))
            for edge, (leaves, tip) in arrows.items():
                if (weight := weights.get(edge)) is not None:
                    _write_weight(painter, label_place(leaves, tip), weight)
        self._arrows.setGeometry(0, 0, *size)
        self._arrows.setPixmap(pixmap)
        self._arrows.lower()
        self._arrows.toolTip = _("Numbers: standard deviations of the effect for one of the cause, for this person.")


def _draw_arrow(painter: Any, leaves: Point, tip: Point, weight: float | None) -> None:
    angle = atan2(tip[1] - leaves[1], tip[0] - leaves[0])
    strong = 0.0 if weight is None else min(abs(weight), 1.0)
    color = qt.QColor("#808080" if weight is None else "#b2182b" if weight > 0 else "#2166ac")
    painter.setPen(qt.QPen(qt.QBrush(color), 1.0 + 2.0 * strong))
    painter.drawLine(round(leaves[0]), round(leaves[1]), round(tip[0]), round(tip[1]))
    for turn in (0.4, -0.4):
        painter.drawLine(
            round(tip[0]), round(tip[1]),
            round(tip[0] - HEAD_PX * cos(angle + turn)), round(tip[1] - HEAD_PX * sin(angle + turn)),
        )  # fmt: skip


def _write_weight(painter: Any, at: Point, weight: float) -> None:
    x, y = round(at[0]), round(at[1])
    painter.fillRect(x - 16, y - 7, 33, 14, qt.QColor(255, 255, 255, 200))
    painter.setPen(qt.QColor("#b2182b" if weight > 0 else "#2166ac"))
    text = weight_said(weight)
    painter.drawText(x - LETTER_PX * len(text) // 2, y + 5, text)
