"""Which widget may show which type of parameter, and how its value is read, written and watched.

The pairs are those of Slicer: a parameter bound to a widget that cannot show it is an error.
"""

from __future__ import annotations

import enum
import typing
from collections.abc import Callable
from typing import Any

import slicer
from PySide6 import QtWidgets
from PySide6.QtGui import QColor

from ..standin import standin_class
from .annotations import (
    Choice,
    Decimals,
    Maximum,
    Minimum,
    RangeBounds,
    SingleStep,
    WithinRange,
    findFirstAnnotation,
    splitAnnotations,
)
from .pack import FloatRange
from .serializers import PATHS, UNIONS

LARGEST_INT = 2**31 - 1
SLIDERS = ("QSlider", "ctkSliderWidget", "qMRMLSliderWidget")
NUMBER_WIDGETS = (
    "QDoubleSpinBox",
    "ctkSliderWidget",
    "qMRMLSliderWidget",
    "ctkDoubleSlider",
    "ctkDoubleSpinBox",
    "qMRMLSpinBox",
)


class Connector:
    """One widget bound to one parameter."""

    def __init__(self, widget: Any, changed: str, read: Callable[[], Any], write: Callable[[Any], None]) -> None:
        self._widget, self._changed, self.read, self.write = widget, changed, read, write
        self._callback: Callable[[], None] | None = None

    def widget(self) -> Any:
        return self._widget

    def onChanged(self, callback: Callable[[], None] | None) -> None:
        signal = getattr(self._widget, self._changed)
        if callback is not None:
            self._callback = callback
            signal.connect(self._fired)
        else:
            signal.disconnect(self._fired)

    def _fired(self) -> None:
        if self._callback:
            self._callback()


def of_property(widget: Any, name: str, changed: str, make: Callable = lambda value: value) -> Connector:
    """A connector on one property of the widget."""
    kind = str if make in PATHS else make
    return Connector(widget, changed, lambda: make(getattr(widget, name)), lambda v: setattr(widget, name, kind(v)))


def connect_bool(widget: Any, annotations: tuple) -> Connector:
    checks = widget.className() in ("QCheckBox", "ctkCheckBox")
    if not checks and not widget.checkable:
        widget.checkable = True
    return of_property(widget, "checked", "stateChanged" if checks else "toggled")


def connect_number(widget: Any, annotations: tuple, kind: type) -> Connector:
    low, high = limits(annotations)
    name = widget.className()
    if name in SLIDERS and (low is None or high is None):
        raise RuntimeError(f"{name} '{widget.name}' cannot show a number without limits: add WithinRange")
    whole = name in ("QSlider", "QSpinBox")
    decimals, step = findFirstAnnotation(annotations, Decimals), findFirstAnnotation(annotations, SingleStep)
    if not whole and name != "ctkDoubleSlider":
        if kind is int:
            widget.decimals = 0
        elif decimals is not None:
            widget.decimals = decimals.value
    if step is not None:
        widget.singleStep = step.value
    widget.minimum = (-LARGEST_INT if whole else float("-inf")) if low is None else low
    widget.maximum = (LARGEST_INT if whole else float("inf")) if high is None else high
    return of_property(widget, "value", "valueChanged", int if kind is int else lambda value: value)


def limits(annotations: tuple) -> tuple[Any, Any]:
    """The lowest and highest value that the annotations allow, None for no limit."""
    both = findFirstAnnotation(annotations, WithinRange)
    low, high = findFirstAnnotation(annotations, Minimum), findFirstAnnotation(annotations, Maximum)
    if both is not None:
        return both.minimum, both.maximum
    return (low.minimum if low else None), (high.maximum if high else None)


def connect_choices(widget: Any, labels: list[str], values: list[Any]) -> Connector:
    widget.clear()
    for label in labels:
        widget.addItem(label)

    def write(value: Any) -> None:
        widget.currentIndex = values.index(value)

    return Connector(widget, "currentIndexChanged", lambda: values[widget.currentIndex], write)


def connect_text_edit(widget: Any) -> Connector:
    return Connector(widget, "textChanged", widget.toPlainText, widget.setPlainText)


def connect_line_edit(widget: Any) -> Connector:
    def write(value: str) -> None:
        if value != widget.text:  # writing moves the cursor
            widget.text = value

    return Connector(widget, "textChanged", lambda: widget.text, write)


def connect_range(widget: Any, annotations: tuple) -> Connector:
    bounds = findFirstAnnotation(annotations, RangeBounds)
    if bounds is None:
        raise RuntimeError("A range widget needs a RangeBounds annotation")
    widget.setRange(bounds.minimum, bounds.maximum)
    return Connector(
        widget,
        "valuesChanged",
        lambda: FloatRange(widget.minimumValue, widget.maximumValue),
        lambda value: widget.setValues(value.minimum, value.maximum),
    )


def node_types(kind: Any) -> list[str] | None:
    """The node classes in a type, or None where it is not one of nodes."""
    parts = typing.get_args(kind) if typing.get_origin(kind) in UNIONS else (kind,)
    classes = [part for part in parts if part is not type(None)]
    if all(isinstance(c, type) and issubclass(c, slicer.vtkMRMLNode) for c in classes):
        return [c().GetClassName() for c in classes]
    return None


def connect_node(widget: Any, types: list[str]) -> Connector:
    widget.nodeTypes = types
    return Connector(widget, "currentNodeChanged", widget.currentNode, widget.setCurrentNode)


def is_exactly(widget: Any, *names: str) -> bool:
    """Slicer compares exact types: a subclass is another widget."""
    known = {name: getattr(QtWidgets, name) if name.startswith("Q") else standin_class(name) for name in names}
    return type(widget) in known.values()


def make_connector(widget: Any, datatype: Any) -> Connector:
    """The connector for this widget and this type of parameter."""
    kind, annotations = splitAnnotations(datatype)
    connector = simple_connector(widget, kind, annotations) or chooser_connector(widget, kind, annotations)
    if connector is None:
        raise RuntimeError(f"Unable to create GUI connector from '{datatype}' to {widget.className()} '{widget.name}'")
    return connector


def simple_connector(widget: Any, kind: Any, annotations: tuple) -> Connector | None:
    """For numbers, texts and truth values."""
    if kind is bool and is_exactly(widget, "QCheckBox", "ctkCheckBox", "QPushButton", "ctkCheckablePushButton"):
        return connect_bool(widget, annotations)
    if kind is int and is_exactly(widget, "QSlider", "QSpinBox"):
        return connect_number(widget, annotations, int)
    if kind in (int, float) and is_exactly(widget, *NUMBER_WIDGETS):
        return connect_number(widget, annotations, kind)
    if kind is str and is_exactly(widget, "QLineEdit"):
        return connect_line_edit(widget)
    if kind is str and is_exactly(widget, "QTextEdit"):
        return connect_text_edit(widget)
    return None


def chooser_connector(widget: Any, kind: Any, annotations: tuple) -> Connector | None:
    """For choices, paths, ranges, colours and nodes."""
    combo = is_exactly(widget, "QComboBox", "ctkComboBox")
    if combo and kind in (int, float, str, bool):
        choice = findFirstAnnotation(annotations, Choice)
        if choice is None:
            raise RuntimeError(f"'{widget.name}' needs the Choice annotation to be shown in a combo box")
        return connect_choices(widget, [str(c) for c in choice.choices], list(choice.choices))
    if combo and isinstance(kind, type) and issubclass(kind, enum.Enum):
        label = getattr(kind, "label", lambda member: member.name)
        return connect_choices(widget, [label(member) for member in kind], list(kind))
    if kind in PATHS and is_exactly(widget, "ctkPathLineEdit"):
        return of_property(widget, "currentPath", "currentPathChanged", kind)
    if kind in PATHS and is_exactly(widget, "ctkDirectoryButton"):
        return of_property(widget, "directory", "directoryChanged", kind)
    if kind is FloatRange and is_exactly(widget, "ctkRangeWidget", "qMRMLRangeWidget"):
        return connect_range(widget, annotations)
    if kind is QColor and is_exactly(widget, "ctkColorPickerButton"):
        return of_property(widget, "color", "colorChanged")
    if is_exactly(widget, "qMRMLNodeComboBox") and (types := node_types(kind)):
        return connect_node(widget, types)
    return None
