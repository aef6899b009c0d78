"""The person's attributes as a form made from the causal graph: one row a variable, with its unit and range."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from bonedensity.generators.chvae.causal.graph import AttributeGraph, Node
from bonedensity.workflows.spine.model import title_of
from bonedensity.workflows.spine.session import SpineSession

DECIMALS = 2


class PersonForm:
    """Fills a widget with rows, and keeps them and the session equal.

    Args:
        parent: Empty widget.
        session: Whose person.
        begin: Called before the session is told something.
    """

    def __init__(self, parent: Any, session: SpineSession, begin: Any) -> None:
        self._session, self._begin = session, begin
        self._layout = qt.QFormLayout(parent)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.fields: dict[str, Any] = {}
        self._names: tuple[str, ...] = ()
        self._filling = False

    def show(self, graph: AttributeGraph) -> None:
        """Rows for a graph's variables, made anew where it has others."""
        if graph.names != self._names:
            self._clear()
            self._names = graph.names
            for node in graph.nodes:
                self._layout.addRow(f"{title_of(node.name)}:", self._field(node))
        self._filling = True
        for name, field in self.fields.items():
            value = self._session.state.attributes.get(name)
            if isinstance(field, qt.QComboBox):
                field.setCurrentIndex(0 if value is None else 1 + int(value))
            elif round(field.value, DECIMALS) != (field.minimum if value is None else round(value, DECIMALS)):
                field.setValue(field.minimum if value is None else value)
        self._filling = False

    def _field(self, node: Node) -> Any:
        tip = _("Between {low} and {high} {unit}.").format(low=node.low, high=node.high, unit=node.unit)
        if node.kind == "binary":
            field = qt.QComboBox()
            ends = (_("female"), _("male")) if node.name == "sex" else ("0", "1")
            for text in (_("not given"), *ends):
                field.addItem(text)
            field.connect(
                "currentIndexChanged(int)", lambda index: self._typed(node.name, index - 1 if index else None)
            )
        else:
            field = qt.QDoubleSpinBox()
            field.setDecimals(DECIMALS)
            field.setKeyboardTracking(False)
            step = 10.0**-DECIMALS
            field.setRange(node.low - step, node.high)
            field.setSpecialValueText(_("not given"))
            field.setSuffix(f" {node.unit}" if node.unit else "")
            field.setValue(field.minimum)
            field.connect(
                "valueChanged(double)", lambda value: self._typed(node.name, value if value >= node.low else None)
            )
            field.toolTip = tip
        self.fields[node.name] = field
        return field

    def _typed(self, name: str, value: float | None) -> None:
        if not self._filling:
            self._begin()
            self._session.set_attribute(name, None if value is None else float(value))

    def _clear(self) -> None:
        while self._layout.rowCount():
            self._layout.removeRow(0)
        self.fields = {}
