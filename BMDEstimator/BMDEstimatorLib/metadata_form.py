"""An estimator's form, built from the schema it registered with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import qt

from bonedensity.estimators.form import MetadataField


class MetadataForm:
    """One row for each field, in a frame that has a form layout.

    Args:
        frame: The frame.
        changed: Called with a field's name and its new value.
    """

    def __init__(self, frame: Any, changed: Callable[[str, Any], None]) -> None:
        self._frame, self._changed = frame, changed
        self._fields: Sequence[MetadataField] = ()
        self._widgets: dict[str, Any] = {}
        self._filling = False

    def show(self, fields: Sequence[MetadataField], values: Mapping[str, Any]) -> None:
        """Show these fields with these values; rows are built when the fields change."""
        self._filling = True
        try:
            if fields is not self._fields:
                self._build(fields)
            for field in fields:
                self._put(field, values.get(field.name))
        finally:
            self._filling = False

    def widget(self, name: str) -> Any:
        """The widget of a field."""
        return self._widgets[name]

    def _build(self, fields: Sequence[MetadataField]) -> None:
        layout = self._frame.layout()
        while layout.count():
            item = layout.takeAt(0)
            if item.widget() is not None:
                item.widget().deleteLater()
        self._fields, self._widgets = fields, {}
        for field in fields:
            widget = self._choice(field) if field.kind == "choice" else self._number(field)
            widget.objectName = f"metadata_{field.name}"
            widget.toolTip = field.tip or field.title
            layout.addRow(f"{field.title}:", widget)
            self._widgets[field.name] = widget
        self._frame.setVisible(bool(fields))

    def _choice(self, field: MetadataField) -> Any:
        box = qt.QComboBox()
        for title in field.choices.values():
            box.addItem(title)
        values = list(field.choices)
        box.connect("currentIndexChanged(int)", lambda index: self._tell(field.name, values[index]))
        return box

    def _number(self, field: MetadataField) -> Any:
        box = qt.QDoubleSpinBox()
        box.minimum, box.maximum = field.low, field.high
        box.suffix = f" {field.unit}" if field.unit else ""
        box.connect("valueChanged(double)", lambda value: self._tell(field.name, value))
        return box

    def _put(self, field: MetadataField, value: Any) -> None:
        widget = self._widgets[field.name]
        if field.kind == "choice":
            values = list(field.choices)
            widget.currentIndex = values.index(value) if value in values else 0
        else:
            widget.value = field.default if value is None else value

    def _tell(self, name: str, value: Any) -> None:
        if not self._filling:
            self._changed(name, value)
