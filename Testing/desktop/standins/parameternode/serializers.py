"""How a typed value is kept in a vtkMRMLScriptedModuleNode: as text parameters and node references.

A type that Slicer's parameter node wrapper does not support is refused. The text need not be Slicer's.
"""

from __future__ import annotations

import enum
import pathlib
import types
import typing
from collections.abc import Callable, Iterable
from typing import Any

import slicer
from PySide6.QtGui import QColor

from .annotations import Default, IsInstance, NotNone, Validator, splitAnnotations

PATHS = (pathlib.Path, pathlib.PosixPath, pathlib.WindowsPath, pathlib.PurePath, pathlib.PurePosixPath)
UNIONS = (typing.Union, types.UnionType)


class Serializer:
    """One value under one name."""

    validators: tuple[Validator, ...] = ()
    cached = True  # False where changing the value read must not change a value kept

    def default(self) -> Any:
        raise NotImplementedError

    def isIn(self, node: Any, name: str) -> bool:
        return node.HasParameter(name)

    def write(self, node: Any, name: str, value: Any) -> None:
        raise NotImplementedError

    def read(self, node: Any, name: str) -> Any:
        raise NotImplementedError

    def remove(self, node: Any, name: str) -> None:
        node.UnsetParameter(name)

    def checked_write(self, node: Any, name: str, value: Any) -> None:
        for validator in self.validators:
            validator.validate(value)
        self.write(node, name, value)


class TextSerializer(Serializer):
    """A value that turns into text and back."""

    def __init__(self, kind: Any, default: Any, to_text: Callable[[Any], str], of_text: Callable[[str], Any]) -> None:
        accepted = (int, float) if kind is float else kind
        self.validators = (NotNone(), IsInstance(accepted))
        self._default, self._to_text, self._of_text = default, to_text, of_text

    def default(self) -> Any:
        return self._default

    def write(self, node: Any, name: str, value: Any) -> None:
        node.SetParameter(name, self._to_text(value))

    def read(self, node: Any, name: str) -> Any:
        return self._of_text(node.GetParameter(name))


class NodeSerializer(Serializer):
    """A node of the scene, by reference; an empty parameter of the same name tells None from never written."""

    def __init__(self, kind: type) -> None:
        self.validators = (IsInstance(kind),)

    def default(self) -> None:
        return None

    def write(self, node: Any, name: str, value: Any) -> None:
        node.SetParameter(name, "")
        node.SetNodeReferenceID(name, value.GetID() if value is not None else None)

    def read(self, node: Any, name: str) -> Any:
        return node.GetNodeReference(name)

    def remove(self, node: Any, name: str) -> None:
        node.UnsetParameter(name)
        node.RemoveNodeReferenceIDs(name)


class SequenceSerializer(Serializer):
    """list[X] (any length) and tuple[X, Y, …] (fixed), item by item."""

    def __init__(self, make: type, item_of: Callable[[int], Serializer], length: int | None) -> None:
        self._make, self._item_of, self._length = make, item_of, length

    def default(self) -> Any:
        return self._make(self._item_of(i).default() for i in range(self._length or 0))

    def isIn(self, node: Any, name: str) -> bool:
        return node.HasParameter(f"{name}.len")

    def write(self, node: Any, name: str, value: Iterable) -> None:
        items = list(value)
        if self._length is not None and len(items) != self._length:
            raise ValueError(f"{name} takes {self._length} values, not {len(items)}")
        with slicer.util.NodeModify(node):
            for index in range(len(items), int(node.GetParameter(f"{name}.len") or 0)):
                self._item_of(0 if self._length is None else index).remove(node, f"{name}.{index}")
            for index, item in enumerate(items):
                self._item_of(index).checked_write(node, f"{name}.{index}", item)
            node.SetParameter(f"{name}.len", str(len(items)))

    def read(self, node: Any, name: str) -> Any:
        count = int(node.GetParameter(f"{name}.len"))
        values = [self._item_of(index).read(node, f"{name}.{index}") for index in range(count)]
        return tuple(values) if self._make is tuple else ObservedList(values, lambda v: self.write(node, name, v))

    def remove(self, node: Any, name: str) -> None:
        for index in range(int(node.GetParameter(f"{name}.len") or 0)):
            self._item_of(index).remove(node, f"{name}.{index}")
        node.UnsetParameter(f"{name}.len")


class DictSerializer(Serializer):
    """dict[X, Y], as the list of its keys and the list of its values."""

    def __init__(self, keys: Serializer, values: Serializer) -> None:
        self._keys = SequenceSerializer(list, lambda _: keys, None)
        self._values = SequenceSerializer(list, lambda _: values, None)

    def default(self) -> dict:
        return {}

    def isIn(self, node: Any, name: str) -> bool:
        return self._keys.isIn(node, f"{name}.keys")

    def write(self, node: Any, name: str, value: dict) -> None:
        with slicer.util.NodeModify(node):
            self._keys.write(node, f"{name}.keys", value.keys())
            self._values.write(node, f"{name}.values", value.values())

    def read(self, node: Any, name: str) -> dict:
        pairs = zip(self._keys.read(node, f"{name}.keys"), self._values.read(node, f"{name}.values"), strict=True)
        return ObservedDict(pairs, lambda v: self.write(node, name, v))

    def remove(self, node: Any, name: str) -> None:
        self._keys.remove(node, f"{name}.keys")
        self._values.remove(node, f"{name}.values")


class UnionSerializer(Serializer):
    """Optional[X] and X | Y: which member it is stands beside the value."""

    def __init__(self, members: list[Serializer | None]) -> None:
        self._members = members

    def default(self) -> Any:
        return None if None in self._members else self._members[0].default()

    def isIn(self, node: Any, name: str) -> bool:
        return node.HasParameter(f"{name}.type")

    def write(self, node: Any, name: str, value: Any) -> None:
        for index, member in enumerate(self._members):
            if member is None and value is not None:
                continue
            try:
                with slicer.util.NodeModify(node):
                    if member is not None:
                        member.checked_write(node, name, value)
                    node.SetParameter(f"{name}.type", str(index))
                return
            except (TypeError, ValueError):
                continue
        raise ValueError(f"{name} does not take {value!r}")

    def read(self, node: Any, name: str) -> Any:
        member = self._members[int(node.GetParameter(f"{name}.type"))]
        return None if member is None else member.read(node, name)

    def remove(self, node: Any, name: str) -> None:
        node.UnsetParameter(f"{name}.type")
        node.UnsetParameter(name)


def observed(base: type, methods: str) -> type:
    """A container that writes itself to the parameter node after each change, as Slicer's does."""

    def __init__(self: Any, values: Any, save: Callable) -> None:
        base.__init__(self, values)
        self._save = save

    def changing(name: str) -> Callable:
        def method(self: Any, *arguments: Any, **options: Any) -> Any:
            result = getattr(base, name)(self, *arguments, **options)
            self._save(self)
            return result

        return method

    members = {name: changing(name) for name in methods.split()}
    return type(f"Observed{base.__name__.capitalize()}", (base,), {"__init__": __init__, **members})


CHANGES = "__setitem__ __delitem__ clear pop"
ObservedList = observed(list, f"{CHANGES} append extend insert remove sort reverse __iadd__")
ObservedDict = observed(dict, f"{CHANGES} update setdefault popitem")


def scalar_serializer(kind: Any) -> Serializer | None:
    """For types that are one text or one reference."""
    if kind is bool:
        return TextSerializer(bool, False, str, lambda text: text == "True")
    if kind in (int, float):
        return TextSerializer(kind, 0, str, kind)
    if kind is str:
        return TextSerializer(str, "", str, str)
    if kind in PATHS:
        return TextSerializer(kind, kind(), str, kind)
    if kind is QColor:
        return TextSerializer(QColor, QColor(), lambda c: c.name(QColor.NameFormat.HexArgb), QColor)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return TextSerializer(kind, next(iter(kind)), lambda e: e.name, lambda text: kind[text])
    if isinstance(kind, type) and issubclass(kind, slicer.vtkMRMLNode):
        return NodeSerializer(kind)
    return None


def container_serializer(kind: Any) -> Serializer | None:
    """For types made of others."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in UNIONS:
        return UnionSerializer([None if part is type(None) else make_serializer(part)[0] for part in parts])
    if origin is list:
        item = make_serializer(parts[0])[0]
        return SequenceSerializer(list, lambda _: item, None)
    if origin is tuple and Ellipsis not in parts:
        items = [make_serializer(part)[0] for part in parts]
        return SequenceSerializer(tuple, items.__getitem__, len(items))
    if origin is dict:
        return DictSerializer(make_serializer(parts[0])[0], make_serializer(parts[1])[0])
    return None


def make_serializer(annotated: Any) -> tuple[Serializer, Default | None]:
    """The serializer of an annotated type and the default among its annotations."""
    from .pack import pack_serializer

    kind, annotations = splitAnnotations(annotated)
    serializer = scalar_serializer(kind) or container_serializer(kind) or pack_serializer(kind)
    if serializer is None:
        raise TypeError(f"Unable to create serializer for type: {kind}")
    extra = (a() if isinstance(a, type) and issubclass(a, Validator) else a for a in annotations)
    serializer.validators += tuple(a for a in extra if isinstance(a, Validator))
    defaults = [a for a in annotations if isinstance(a, Default)]
    if len(defaults) > 1:
        raise TypeError(f"More than one Default in {annotated}")
    return serializer, defaults[0] if defaults else None
