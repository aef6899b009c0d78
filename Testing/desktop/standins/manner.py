"""Gives PySide6's objects the manners of PythonQt, strictly.

PythonQt reads and writes Qt properties as attributes (`button.text = "Go"`), connects signals by signature
(`button.connect("clicked()", f)`) and refuses attributes that a C++ class does not have. The manners are put on
PySide6's own QObject class, so objects that Qt itself made (a header, an action) have them too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QMetaObject, QObject, SignalInstance

from . import allowlist
from .signals import QtSignal, slot_of

ORIGINAL_GET: dict[type, Callable[[Any, str], Any]] = {}  # of QObject, and of the few classes with one of their own
CONNECTIONS = "_standin_connections"

# Qt looks these up on the Python object to find overrides, so they stay methods (PythonQt has them as properties).
STAY_METHODS = {"sizeHint", "minimumSizeHint"}
# Names that PySide6 6.x has and the Qt 5.15 of Slicer does not, among those a module is likely to type.
QT6_ONLY = {("QCheckBox", "checkStateChanged"), ("QAbstractButton", "setShortcutVisible")}
PYSIDE_ONLY = {"emit", "staticMetaObject", "tr"}


@cache
def original_get(cls: type) -> Callable[[Any, str], Any]:
    """PySide6's own look-up for objects of a class."""
    return next(ORIGINAL_GET[base] for base in cls.__mro__ if base in ORIGINAL_GET)


def plain_get(owner: Any, name: str) -> Any:
    """What `owner.name` gives in PySide6."""
    return original_get(type(owner))(owner, name)


def plain_set(owner: Any, name: str, value: Any) -> None:
    """What object.__setattr__ does (Python does not let it be called on a class of PySide6)."""
    attribute = next((base.__dict__[name] for base in type(owner).__mro__ if name in base.__dict__), None)
    if hasattr(type(attribute), "__set__"):
        type(attribute).__set__(attribute, owner, value)
    else:
        plain_get(owner, "__dict__")[name] = value


class Loading:
    """While a .ui file is loaded, PySide6 sets each child as an attribute of the window, which PythonQt does not."""

    active = False


class Property:
    """One declared Qt property: how it is read and written through PySide6."""

    def __init__(self, cls: type, meta: Any) -> None:
        self.name: str = meta.name()
        self.writable: bool = meta.isWritable()
        self.is_enum: bool = meta.isEnumType()
        capital = self.name[0].upper() + self.name[1:]
        self._getter = next((n for n in (f"is{capital}", self.name) if callable(getattr(cls, n, None))), None)
        self._setter = f"set{capital}" if callable(getattr(cls, f"set{capital}", None)) else None

    def read(self, owner: Any) -> Any:
        if self._getter is None:
            return QObject.property(owner, self.name)
        return plain_get(owner, self._getter)()

    def write(self, owner: Any, value: Any) -> None:
        if not self.writable:
            raise AttributeError(f"{type(owner).__name__}.{self.name} is read-only")
        if self._setter is None:
            self._write_variant(owner, value)
            return
        try:
            plain_get(owner, self._setter)(value)
        except TypeError:
            if not self.is_enum:  # PythonQt takes whole numbers for enumerations
                raise
            self._write_variant(owner, value)

    def _write_variant(self, owner: Any, value: Any) -> None:
        if not QObject.setProperty(owner, self.name, value):
            raise TypeError(f"{type(owner).__name__}.{self.name} does not take {value!r}")


def is_qt_class(cls: type) -> bool:
    """True for classes written in C++; a Python subclass may have attributes of its own."""
    return cls.__module__.startswith("PySide6.") or "standin_strict" in cls.__dict__


def is_standin(cls: type) -> bool:
    """True for the classes that stand in for CTK's and Slicer's."""
    return "standin_interface" in cls.__dict__


@cache
def qt_properties(cls: type) -> dict[str, Property]:
    """The properties that Qt's meta-object declares for a class, with PythonQt's alias `name`."""
    meta: QMetaObject = cls.staticMetaObject
    found = {p.name: p for p in (Property(cls, meta.property(i)) for i in range(meta.propertyCount()))}
    if not hasattr(cls, "name"):
        found["name"] = found["objectName"]
    return {name: p for name, p in found.items() if name not in STAY_METHODS}


@cache
def is_withheld(cls: type, name: str) -> bool:
    """True for names that PySide6 offers and Slicer's Qt does not."""
    return name in PYSIDE_ONLY or any((base.__name__, name) in QT6_ONLY for base in cls.__mro__)


def get_attribute(self: Any, name: str) -> Any:
    """QObject.__getattribute__: a property's value, a signal or method with PythonQt's manners, else an error."""
    if name.startswith("__") or name == CONNECTIONS:
        return plain_get(self, name)
    cls = type(self)
    if name in EXTRA_METHODS and not shadowed(cls, name):  # PySide6 has a connect of its own in each class
        return EXTRA_METHODS[name].__get__(self, cls)
    if is_standin(cls):
        cls.standin_guard(name)
    declared = qt_properties(cls).get(name)
    if declared is not None and not shadowed(cls, name):
        return declared.read(self)
    if (is_qt_class(cls) or is_standin(cls)) and is_withheld(cls, name):
        raise AttributeError(f"{cls.__name__} has no '{name}' in Slicer's Qt")
    value = plain_get(self, name)
    return qt_signal(self, name) if type(value) is SignalInstance else value


def set_attribute(self: Any, name: str, value: Any) -> None:
    """QObject.__setattr__: writes a property, refuses to make a new attribute on a C++ object."""
    cls = type(self)
    if type(value) is SignalInstance:  # PySide6 itself keeps signals this way
        plain_set(self, name, value)
        return
    if Loading.active and isinstance(value, QObject):
        return
    declared = qt_properties(cls).get(name)
    if is_standin(cls):
        cls.standin_check_write(name, value)
    if declared is not None and not shadowed(cls, name):
        declared.write(self, value)
    elif is_qt_class(cls):
        raise AttributeError(f"{cls.__name__} has no property '{name}'; new attributes cannot be set on a Qt object")
    else:
        plain_set(self, name, value)


@cache
def shadowed(cls: type, name: str) -> bool:
    """True where a Python subclass gives a name of its own in place of the Qt property."""
    for base in cls.__mro__:
        if is_qt_class(base):
            return False
        if name in base.__dict__:
            return True
    return False


def qt_signal(owner: Any, name: str, types: tuple[str, ...] = ()) -> QtSignal:
    """A real signal of Qt: the overload that begins with these types (by default the first declared)."""
    instance = plain_get(owner, name)
    candidates = overloads(type(owner), name)
    chosen = next((o for o in candidates if o[: len(types)] == types), ())
    if chosen:
        instance = instance[",".join(chosen)]
    return QtSignal(name, instance, plain_get(owner, "__dict__").setdefault(CONNECTIONS, {}))


@cache
def overloads(cls: type, name: str) -> list[tuple[str, ...]]:
    """The argument types of each overload of a signal; those for left-out default arguments are not counted."""
    meta = cls.staticMetaObject
    signals = (meta.method(i) for i in range(meta.methodCount()))
    found = [bytes(m.methodSignature().data()).decode() for m in signals if m.methodType() == m.MethodType.Signal]
    named = [signature for signature in found if allowlist.bare(signature) == name]
    longest = dict.fromkeys(tuple(allowlist.argument_types(s)) for s in named)
    return [s for s in longest if not any(o != s and o[: len(s)] == s for o in longest)]


def find_signal(owner: Any, signature: str) -> tuple[Any, dict[str, Any]]:
    """The signal with this signature and what its connect needs to know besides the slot."""
    wanted, cls = allowlist.normalized(signature), type(owner)
    if (emulated := getattr(cls, "standin_signal", None)) and (found := emulated(owner, wanted)) is not None:
        return found, {"signature": wanted}
    if cls.staticMetaObject.indexOfSignal(wanted) < 0 or is_withheld(cls, allowlist.bare(wanted)):
        raise AttributeError(f"{cls.__name__} has no signal '{signature}'")
    types = tuple(allowlist.argument_types(wanted))
    return qt_signal(owner, allowlist.bare(wanted), types), {"count": len(types)}


def connect(self: Any, signature: str, receiver: Any, slot: str | None = None) -> bool:
    """`sender.connect("clicked(bool)", callable)` or `sender.connect("clicked()", receiver, "show()")`."""
    signal, details = find_signal(self, signature)
    return signal.connect(slot_of(receiver, slot), **details)


def disconnect(self: Any, signature: str | None = None, receiver: Any = None) -> bool:
    """Undoes connect; without a receiver, for all receivers; without a signature, for all signals."""
    if signature is None:
        removed = [qt_signal(self, name).disconnect() for name in list(getattr(self, CONNECTIONS, {}))]
        return any(removed)
    signal, details = find_signal(self, signature)
    details.pop("count", None)
    return signal.disconnect(receiver, **details)


def class_name(self: Any) -> str:
    return type(self).__name__


def delete(self: Any) -> None:
    self.deleteLater()


EXTRA_METHODS: dict[str, Callable] = {
    "connect": connect,
    "disconnect": disconnect,
    "className": class_name,
    "delete": delete,
}


def install() -> None:
    """Puts the manners on every QObject of this process; a second call changes nothing."""
    if QObject.__getattribute__ is get_attribute:
        return
    classes = [cls for module in (QtCore, QtGui, QtWidgets) for cls in vars_of(module) if issubclass(cls, QObject)]
    ORIGINAL_GET.update({cls: cls.__getattribute__ for cls in classes if "__getattribute__" in cls.__dict__})
    for cls in ORIGINAL_GET:
        cls.__getattribute__ = get_attribute
    for cls in classes:
        cls.__setattr__ = set_attribute  # each class of PySide6 has its own


def vars_of(module: Any) -> list[type]:
    """The classes of a PySide6 module, which loads them when they are first named."""
    return [cls for cls in (getattr(module, name) for name in dir(module)) if isinstance(cls, type)]
