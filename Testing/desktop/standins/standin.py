"""The base of every class that stands in for one of CTK's or Slicer's.

A stand-in is a PySide6 widget whose public names are those of widgets.json and of its Qt base, nothing else. What a
stand-in does not do by hand is filled in: properties are stored, `setX` slots write property X, signals exist but
never fire by themselves, other methods raise NotImplementedError. So a misspelt name fails here as in Slicer, and a
name that is right but idle here says so.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from PySide6 import QtCore, QtWidgets
from PySide6.QtCore import QObject

from . import allowlist, manner
from .signals import EmulatedSignal

REGISTRY: dict[str, type] = {}
EMPTY: dict[str, Any] = {"bool": False, "int": 0, "double": 0.0, "QString": "", "QStringList": ()}
ACCEPTED: dict[str, tuple[type, ...]] = {
    "bool": (bool, int),
    "int": (int,),
    "double": (int, float),
    "QString": (str,),
    "QStringList": (list, tuple),
}


class StoredProperty:
    """A property that is kept as it was written."""

    def __init__(self, name: str, default: Any) -> None:
        self._name = name
        self._default = default

    def __get__(self, owner: Any, cls: type) -> Any:
        if owner is None:
            return self
        defaults = (base.__dict__.get("DEFAULTS", {}) for base in cls.__mro__)
        default = next((found[self._name] for found in defaults if self._name in found), self._default)
        return owner._d["values"].get(self._name, default)

    def __set__(self, owner: Any, value: Any) -> None:
        owner._d["values"][self._name] = value
        owner._stored(self._name)


class SignalAttribute:
    """A signal of a stand-in, made for each object when it is first named."""

    def __init__(self, name: str, signatures: list[str]) -> None:
        self._name = name
        self._signatures = signatures

    def __get__(self, owner: Any, cls: type) -> Any:
        if owner is None:
            return self
        return owner._d["signals"].setdefault(self._name, EmulatedSignal(owner, self._name, self._signatures))


def property_slot(name: str) -> Callable:
    """The `setX` slot of property X."""

    def setter(self: Any, value: Any) -> None:
        setattr(self, name, value)

    return setter


def idle_method(class_name: str, name: str) -> Callable:
    """A method that exists in Slicer and is not emulated."""

    def idle(self: Any, *arguments: Any) -> None:
        raise NotImplementedError(f"{class_name}.{name} is real, but its stand-in does nothing yet: write it")

    return idle


class Standin:
    """Mixed in before the Qt base class; see the module's docstring."""

    standin_interface: allowlist.Interface
    DEFAULTS: dict[str, Any] = {}  # noqa: RUF012 - read only

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._d: dict[str, Any] = {"values": {}, "signals": {}}
        self._build()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__name__ not in allowlist.entries() or not cls.__module__.startswith(__package__):
            return  # a module's own subclass: free to have its own names
        cls.standin_interface = allowlist.interface(cls.__name__)
        check_class(cls)
        fill_in(cls)
        REGISTRY[cls.__name__] = cls

    def _build(self) -> None:
        """Makes the inner widgets; overridden by those that have some."""

    def _stored(self, name: str) -> None:
        """Called after a stored property was written."""

    def _emit(self, signature: str, *arguments: Any) -> None:
        """Fires one overload of a signal."""
        getattr(self, allowlist.bare(signature)).emit(*arguments, signature=signature)

    @classmethod
    def standin_guard(cls, name: str) -> None:
        """Refuses names that the real class does not have."""
        if not name.startswith(("_", "standin_")) and name not in readable_names(cls):
            raise cls.standin_interface.refuse(name)

    @classmethod
    def standin_check_write(cls, name: str, value: Any) -> None:
        """Refuses to write what is no property, is read-only, or is of another type."""
        declared = cls.standin_interface.properties.get(name)
        if name == "_d" or (declared is None and name in manner.qt_properties(cls)):
            return
        if declared is None:
            raise cls.standin_interface.refuse(name, "property that can be set")
        kind, writable = declared
        if not writable:
            raise AttributeError(f"{cls.__name__}.{name} is read-only")
        if kind in ACCEPTED and not isinstance(value, ACCEPTED[kind]):
            raise TypeError(f"{cls.__name__}.{name} is a {kind}, not {value!r}")

    @classmethod
    def standin_signal(cls, owner: Any, signature: str) -> EmulatedSignal | None:
        """The emulated signal with exactly this signature, if there is one."""
        if signature in cls.standin_interface.signals.get(allowlist.bare(signature), []):
            return getattr(owner, allowlist.bare(signature))
        return None

    def setProperty(self, name: str, value: Any) -> bool:
        if name in type(self).standin_interface.properties:
            setattr(self, name, value)
            return True
        return QObject.setProperty(self, name, value)

    def property(self, name: str) -> Any:
        if name in type(self).standin_interface.properties:
            return getattr(self, name)
        return QObject.property(self, name)


@cache
def readable_names(cls: type) -> set[str]:
    """The public names of a stand-in: its interface, its Qt base, and enumeration values (capitalised)."""
    names = cls.standin_interface.names() | set(manner.qt_properties(cls)) | set(dir(qt_class(cls.standin_interface)))
    return names | {name for base in cls.__mro__ for name in base.__dict__ if name[:1].isupper()}


def qt_class(interface: allowlist.Interface) -> type:
    """The Qt class under a stand-in."""
    return getattr(QtWidgets, interface.qt_base, None) or getattr(QtCore, interface.qt_base)


def check_class(cls: type) -> None:
    """Keeps our own code honest: a stand-in may not define public names that the real class lacks."""
    interface = cls.standin_interface
    if not issubclass(cls, qt_class(interface)):
        raise TypeError(f"{cls.__name__} derives from {interface.qt_base} in Slicer")
    known = interface.names() | set(dir(qt_class(interface)))
    for name in cls.__dict__:
        if not (
            name.startswith(("_", "standin_")) or name in known or name[:1].isupper() or name == "staticMetaObject"
        ):
            raise TypeError(f"{cls.__name__}.{name} does not exist in Slicer")


def fill_in(cls: type) -> None:
    """Adds every name of the interface that was not written by hand."""
    interface = cls.standin_interface
    for name, (kind, _) in interface.properties.items():
        if not written_by_hand(cls, name) and qt_class(interface).staticMetaObject.indexOfProperty(name) < 0:
            setattr(cls, name, StoredProperty(name, EMPTY.get(kind)))
    for name, signatures in interface.signals.items():
        if not written_by_hand(cls, name):
            setattr(cls, name, SignalAttribute(name, signatures))
    for name in interface.methods:
        if written_by_hand(cls, name) or hasattr(qt_class(interface), name):
            continue
        target = name[3:4].lower() + name[4:]
        named = next((p for p in (target, name[3:]) if p in interface.properties), None)
        setter = name.startswith("set") and named
        setattr(cls, name, property_slot(named) if setter else idle_method(cls.__name__, name))


def written_by_hand(cls: type, name: str) -> bool:
    """True where the class, or a stand-in under it, has its own attribute of this name."""
    return any(name in base.__dict__ for base in cls.__mro__ if not manner.is_qt_class(base) and base is not object)


def standin_class(name: str) -> type:
    """The stand-in for a class of CTK or Slicer; one is made where none was written."""
    if name in REGISTRY:
        return REGISTRY[name]
    if name not in allowlist.entries():
        raise AttributeError(f"'{name}' is not in widgets.json: add it to CLASSES in extract_widgets.py if it is real")
    base_name = allowlist.entries()[name]["base"]
    if base_name in allowlist.entries():
        bases: tuple[type, ...] = (standin_class(base_name),)
    else:
        bases = (Standin, qt_class(allowlist.interface(name)))
    return type(bases[-1])(name, bases, {"__module__": __name__, "__doc__": f"Stands in for {name}, idle."})
