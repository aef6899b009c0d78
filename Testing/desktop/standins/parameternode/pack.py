"""`@parameterPack`: a group of parameters that is itself a parameter."""

from __future__ import annotations

import copy
import dataclasses
import functools
import typing
from typing import Any

import slicer

from .serializers import Serializer, make_serializer


def parameterPack(cls: type | None = None) -> Any:
    """Makes a class of annotated members into a pack."""
    if cls is None:
        return parameterPack
    if not typing.get_type_hints(cls):
        raise ValueError("Unable to find any members in parameterPack")
    members = {name: make_serializer(kind) for name, kind in typing.get_type_hints(cls, include_extras=True).items()}
    for name, (serializer, default) in members.items():
        value = getattr(cls, name, default.value if default else serializer.default())
        if type(value).__hash__ is None:  # a dataclass wants a factory for what can change
            value = dataclasses.field(default_factory=functools.partial(copy.copy, value))
        setattr(cls, name, value)
    pack = cls if dataclasses.is_dataclass(cls) else dataclasses.dataclass(cls)
    pack._pack_members = {name: serializer for name, (serializer, _) in members.items()}
    pack.__setattr__ = set_member
    return pack


def set_member(pack: Any, member: str, value: Any) -> None:
    """Checks a member's new value and, where the pack was read from a parameter node, keeps it there."""
    serializer = pack._pack_members.get(member)
    if serializer is not None:
        for validator in serializer.validators:
            validator.validate(value)
    object.__setattr__(pack, member, value)
    if serializer is not None and hasattr(pack, "_kept_in"):
        node, name = pack._kept_in
        serializer.checked_write(node, f"{name}.{member}", value)


def isParameterPack(kind: Any) -> bool:
    return hasattr(kind, "_pack_members")


class PackSerializer(Serializer):
    """Member by member, as `name.member`; setting a member of what was read writes it back."""

    cached = False

    def __init__(self, kind: type) -> None:
        self._kind = kind
        self._members: dict[str, Serializer] = kind._pack_members

    def default(self) -> Any:
        return self._kind()

    def isIn(self, node: Any, name: str) -> bool:
        first, serializer = next(iter(self._members.items()))
        return serializer.isIn(node, f"{name}.{first}")

    def write(self, node: Any, name: str, value: Any) -> None:
        with slicer.util.NodeModify(node):
            for member, serializer in self._members.items():
                serializer.checked_write(node, f"{name}.{member}", getattr(value, member))

    def read(self, node: Any, name: str) -> Any:
        values = {member: each.read(node, f"{name}.{member}") for member, each in self._members.items()}
        pack = self._kind(**values)
        object.__setattr__(pack, "_kept_in", (node, name))
        return pack


def pack_serializer(kind: Any) -> Serializer | None:
    return PackSerializer(kind) if isParameterPack(kind) else None


@parameterPack
class FloatRange:
    """A range, for the two ends of a range widget."""

    minimum: float = 0.0
    maximum: float = 0.0
