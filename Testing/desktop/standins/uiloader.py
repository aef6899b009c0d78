"""Loads a .ui file as Slicer does, but refuses what Slicer would drop with a warning.

Every class, property, signal and slot named in the file must exist. Properties of stand-ins are set through the
stand-ins, and connections are made here, since Qt knows neither.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets

from . import allowlist, manner, standin

SCALARS: dict[str, Callable[[str], Any]] = {
    "bool": lambda text: text == "true",
    "number": int,
    "UInt": int,
    "double": float,
    "float": float,
    "string": str,
    "cstring": str,
}


class UiError(RuntimeError):
    """A .ui file names something that the real program does not have."""


def value_of(element: ET.Element) -> Any:
    """The Python value of a <property>'s content."""
    content = element[0]
    text = content.text or ""
    if content.tag in SCALARS:
        return SCALARS[content.tag](text)
    if content.tag == "stringlist":
        return [child.text or "" for child in content]
    if content.tag == "size":
        return QtCore.QSize(*(int(child.text or 0) for child in content))
    if content.tag == "color":
        return QtGui.QColor(*(int(content.findtext(part, "0")) for part in ("red", "green", "blue")))
    if content.tag in ("enum", "set"):
        return enum_value(text)
    raise UiError(f"property '{element.get('name')}': <{content.tag}> is not read by the stand-ins' loader")


def enum_value(text: str) -> Any:
    """`Qt::AlignRight|Qt::AlignVCenter`, `QSlider::TicksBelow` or `ctkPathLineEdit::Files` as a value."""
    total: Any = None
    for part in text.split("|"):
        scope, _, name = part.strip().rpartition("::")
        scope = scope.split("::")[0]
        owner = next((m for m in (QtCore, QtGui, QtWidgets) if hasattr(m, scope)), None)
        holder = getattr(owner, scope) if owner else standin.standin_class(scope)
        value = getattr(holder, name)
        total = value if total is None else total | value
    return total


class StrictUiLoader(QtUiTools.QUiLoader):
    """QUiLoader with stand-ins, see the module's docstring."""

    def createWidget(self, class_name: str, parent: Any = None, name: str = "") -> Any:
        if class_name not in allowlist.entries():
            return super().createWidget(class_name, parent, name)
        widget = standin.standin_class(class_name)(parent)
        widget.setObjectName(name)
        kept = manner.plain_get(self, "__dict__").setdefault("kept", [])
        kept.append(widget)  # Qt holds the C++ side only: the Python side lives as long as the window, see load
        return widget

    def load(self, device: Any, parent: Any = None) -> Any:
        root = ET.fromstring(bytes(device.readAll().data()))
        check_widgets(root)
        pending = take_standin_properties(root)
        connections = take_connections(root)
        buffer = QtCore.QBuffer()
        buffer.setData(ET.tostring(root))
        buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
        manner.Loading.active = True
        try:
            window = super().load(buffer, parent)
        finally:
            manner.Loading.active = False
        if window is None:
            raise UiError(f"Qt could not load the .ui file: {self.errorString()}")
        manner.plain_get(window, "__dict__")["_ui_widgets"] = manner.plain_get(self, "__dict__").pop("kept", [])
        for name, property_name, value in pending:
            setattr(find(window, name), property_name, value)
        for connection in connections:
            make_connection(window, *connection)
        return window


def find(window: Any, name: str) -> Any:
    """The widget, or the window itself, of that object name."""
    found = window if window.objectName == name else window.findChild(QtCore.QObject, name)
    if found is None:
        raise UiError(f"no widget is named '{name}'")
    return found


def python_class(class_name: str) -> type:
    """The class that a <widget class="…"> means."""
    if class_name in allowlist.entries():
        return standin.standin_class(class_name)
    for special in ("Line", "Spacer"):
        if class_name == special:
            return QtWidgets.QFrame
    cls = getattr(QtWidgets, class_name, None)
    if cls is None:
        raise UiError(f"widget class '{class_name}' does not exist in Qt and is not in widgets.json")
    return cls


def check_widgets(root: ET.Element) -> None:
    """Refuses unknown classes, unknown properties and writes to read-only ones."""
    for widget in root.iter("widget"):
        cls = python_class(widget.get("class", ""))
        for element in widget.findall("property"):
            name = element.get("name", "")
            writable = declared_writable(cls, name)
            if widget.get("class") == "Line" and name == "orientation":
                continue
            if writable is None and element.get("stdset") != "0":  # stdset="0" marks a dynamic property
                raise UiError(f"{widget.get('name')}: {widget.get('class')} has no property '{name}'")
            if writable is False:
                raise UiError(f"{widget.get('name')}: {widget.get('class')}.{name} is read-only")


def declared_writable(cls: type, name: str) -> bool | None:
    """Whether a declared property can be written; None where there is no such property."""
    if manner.is_standin(cls) and name in cls.standin_interface.properties:
        return cls.standin_interface.properties[name][1]
    if name in manner.qt_properties(cls):
        return manner.qt_properties(cls)[name].writable
    return True if name in manner.STAY_METHODS else None


def take_standin_properties(root: ET.Element) -> list[tuple[str, str, Any]]:
    """Removes from the file, and returns, the properties that Qt does not know: those of the stand-ins."""
    taken = []
    for widget in root.iter("widget"):
        cls = python_class(widget.get("class", ""))
        if not manner.is_standin(cls):
            continue
        for element in widget.findall("property"):
            name = element.get("name", "")
            if name in cls.standin_interface.properties:
                taken.append((widget.get("name", ""), name, value_of(element)))
                widget.remove(element)
    return taken


def take_connections(root: ET.Element) -> list[tuple[str, str, str, str]]:
    """Removes from the file, and returns, its connections: sender, signal, receiver, slot."""
    section = root.find("connections")
    if section is None:
        return []
    root.remove(section)
    parts = ("sender", "signal", "receiver", "slot")
    return [tuple(c.findtext(part, "") for part in parts) for c in section]  # type: ignore[misc]


def make_connection(window: Any, sender: str, signal: str, receiver: str, slot: str) -> None:
    """Connects what <connection> names, after checking that both ends exist and fit."""
    source, target = find(window, sender), find(window, receiver)
    if not has_slot(target, slot):
        raise UiError(f"{receiver}: {type(target).__name__} has no slot '{slot}'")
    given, taken = map(allowlist.argument_types, map(allowlist.normalized, (signal, slot)))
    if given[: len(taken)] != taken:
        raise UiError(f"{sender}.{signal} does not fit {receiver}.{slot}")
    try:
        manner.connect(source, signal, target, slot)
    except AttributeError as error:
        raise UiError(f"{sender}: {error}") from error


def has_slot(target: Any, signature: str) -> bool:
    """True for slots of the stand-in's list and for slots of Qt."""
    wanted = allowlist.normalized(signature)
    cls = type(target)
    if manner.is_standin(cls) and wanted in cls.standin_interface.slots:
        return True
    return cls.staticMetaObject.indexOfSlot(wanted) >= 0
