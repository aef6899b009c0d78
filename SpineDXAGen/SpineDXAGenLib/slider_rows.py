"""A slider for every attribute that can be set, with the factual mark and the supported range below it."""

from __future__ import annotations

from typing import Any

import ctk
import qt
from slicer.i18n import tr as _

from bonedensity.generators.chvae.causal.graph import AttributeGraph, Node
from bonedensity.workflows.spine.model import said, title_of
from bonedensity.workflows.spine.session import SpineSession
from SpineDXAGenLib.painting import painting

STRIP_PX = (300, 7)
"""Of the range's picture; it is stretched over where the middle of the slider's handle can stand."""

HANDLE_PX = 7
"""Half of a slider's handle: its middle stays so far from both ends of the slider."""

BEYOND, WITHIN, MARK = "#c9c9c9", "#5b8fd6", "#16a34a"


class SliderRows:
    """Fills a widget with rows, and keeps them and the session equal.

    Args:
        parent: Empty widget.
        session: Asked for counterfactuals.
        begin: Called before the session is told something.
    """

    def __init__(self, parent: Any, session: SpineSession, begin: Any) -> None:
        self._session, self._begin = session, begin
        self._layout = qt.QGridLayout(parent)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setVerticalSpacing(1)
        self.sliders: dict[str, Any] = {}
        self.numbers: dict[str, Any] = {}
        self.marks: dict[str, Any] = {}
        self._parts: list[Any] = []
        self._names: tuple[str, ...] = ()
        self._strip: dict[str, Any] = {}
        self._filling = False

    def show(self, graph: AttributeGraph) -> None:
        """Rows for a graph's variables, values as the answer says, downstream ones too."""
        if graph.names != self._names:
            self._make(graph)
        state, enabled = self._session.state, self._session.state.abduction is not None
        now = dict(state.attributes) if state.answer is None else dict(state.answer.attributes)
        now |= state.do
        self._filling = True
        for node in graph.nodes:
            field = self.sliders[node.name]
            field.enabled = enabled
            if node.name in self.numbers:
                self.numbers[node.name].enabled = enabled
            if node.name in now:
                self._put(field, now[node.name])
            self._paint(node, graph)
        self._filling = False

    def _make(self, graph: AttributeGraph) -> None:
        for part in self._parts:
            self._layout.removeWidget(part)
            part.hide()
            part.deleteLater()
        self._parts, self.sliders, self.numbers, self.marks = [], {}, {}, {}
        self._strip, self._names = {}, graph.names
        for place, node in enumerate(graph.nodes):
            title, field, strip, back = qt.QLabel(title_of(node.name)), self._field(node), qt.QLabel(), qt.QToolButton()
            strip.setScaledContents(True)
            strip.setFixedHeight(STRIP_PX[1])
            back.text = "×"
            back.toolTip = _("Take this intervention back: leave it to its causes.")
            back.connect("clicked()", lambda name=node.name: self._released(name))
            strip.setContentsMargins(HANDLE_PX, 0, HANDLE_PX, 0)
            self._layout.addWidget(title, 2 * place, 0)
            self._layout.addWidget(field, 2 * place, 1)
            self._layout.addWidget(back, 2 * place, 3)
            self._layout.addWidget(strip, 2 * place + 1, 1)
            self._parts += [title, field, strip, back]
            if node.kind == "positive":
                number = self._number(node, field)
                self._layout.addWidget(number, 2 * place, 2)
                self._parts.append(number)
            self.sliders[node.name], self.marks[node.name] = field, (title, strip, back)

    def _field(self, node: Node) -> Any:
        if node.kind == "binary":
            field = qt.QComboBox()
            for text in _ends(node):
                field.addItem(text)
            field.connect("currentIndexChanged(int)", lambda index: self._moved(node.name, float(index)))
            return field
        field = ctk.ctkSliderWidget()
        field.decimals = 1 if node.high > 50 else 2
        field.singleStep = 1.0 if node.high > 50 else 0.05
        field.maximum = node.high
        field.minimum = node.low
        field.spinBoxVisible = False  # its number stands in a column of its own, so that the strip fits the slider
        field.connect("valueChanged(double)", lambda value: self._moved(node.name, value))
        return field

    def _name_ends(self, node: Node, fact: float | None) -> None:
        """What a binary attribute can be, and which of both was observed."""
        for place, end in enumerate(_ends(node)):
            text = _("{value} (observed)").format(value=end) if fact == place else end
            self.sliders[node.name].setItemText(place, text)

    def _number(self, node: Node, slider: Any) -> Any:
        """The slider's value as a field; each follows the other."""
        number = qt.QDoubleSpinBox()
        number.decimals, number.singleStep = slider.decimals, slider.singleStep
        number.maximum = node.high
        number.minimum = node.low
        number.suffix = f" {node.unit}" if node.unit else ""
        number.value = slider.value
        slider.connect("valueChanged(double)", lambda value: number.setValue(value))
        number.connect("valueChanged(double)", lambda value: self._put(slider, value))
        self.numbers[node.name] = number
        return number

    def _put(self, field: Any, value: float) -> None:
        if isinstance(field, qt.QComboBox):
            field.setCurrentIndex(int(value))
        elif abs(field.value - value) > 0.5 * 10.0**-field.decimals:
            field.value = value

    def _moved(self, name: str, value: float) -> None:
        if not self._filling and self._session.state.abduction is not None:
            self._begin()
            self._session.set_do(name, float(value))

    def _released(self, name: str) -> None:
        self._begin()
        self._session.set_do(name, None)

    def _paint(self, node: Node, graph: AttributeGraph) -> None:
        """What is set in bold; the supported range in blue; the factual value as a mark."""
        state = self._session.state
        title, strip, back = self.marks[node.name]
        chosen, fact = node.name in state.do, state.attributes.get(node.name)
        low, high = (0.0, 0.0) if state.model is None else state.model.support.get(node.name, (0.0, 0.0))
        if self._strip.get(node.name) == (chosen, fact, low, high):
            return
        self._strip[node.name] = (chosen, fact, low, high)
        if node.kind == "binary":
            self._name_ends(node, fact)
        title.text = f"<b>{title_of(node.name)}</b>" if chosen else title_of(node.name)
        back.enabled = chosen
        tip = [] if fact is None else [_("Observed: {value} (green mark).").format(value=said(node.name, fact, graph))]
        if node.kind == "positive" and high > low:
            tip.append(
                _("Training data: {low} to {high} (blue); beyond it the answer is an extrapolation.").format(
                    low=said(node.name, low, graph), high=said(node.name, high, graph)
                )
            )
            strip.setPixmap(_range_picture(node, low, high, fact))
        for part in (self.sliders[node.name], self.numbers.get(node.name)):
            if part is not None:
                part.toolTip = " ".join(tip)
        strip.toolTip = " ".join(tip)


def _ends(node: Node) -> tuple[str, str]:
    return (_("female"), _("male")) if node.name == "sex" else ("0", "1")


def _range_picture(node: Node, low: float, high: float, fact: float | None) -> Any:
    width, height = STRIP_PX
    pixmap = qt.QPixmap(width, height)
    pixmap.fill(qt.QColor(BEYOND))
    with painting(pixmap) as painter:

        def at(value: float) -> int:
            return round(min(max((value - node.low) / (node.high - node.low), 0.0), 1.0) * (width - 1))

        painter.fillRect(at(low), 2, max(1, at(high) - at(low)), height - 4, qt.QColor(WITHIN))
        if fact is not None:
            painter.fillRect(at(fact) - 1, 0, 3, height, qt.QColor(MARK))
    return pixmap
