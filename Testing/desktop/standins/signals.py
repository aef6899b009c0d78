"""Signals and slots with PythonQt's manners.

PythonQt cuts the arguments of a signal down to what the slot takes (defaulted arguments count as taken), prints an
error raised in a slot and goes on, and lets signals be connected by attribute or by signature.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import SignalInstance

from . import allowlist

VARIADIC = 0x04  # CO_VARARGS: the code object takes *args


def accepted_arguments(slot: Callable) -> int | None:
    """How many arguments PythonQt passes to this slot at most; None for all of them."""
    function = slot.__func__ if inspect.ismethod(slot) else slot
    if not inspect.isfunction(function) or function.__code__.co_flags & VARIADIC:
        return None
    return function.__code__.co_argcount - inspect.ismethod(slot)


def call_slot(slot: Callable, arguments: tuple) -> None:
    """Calls a slot as PythonQt does; what it raises goes to sys.excepthook, not to the sender."""
    try:
        slot(*arguments[: accepted_arguments(slot)])
    except Exception:
        sys.excepthook(*sys.exc_info())


class EmulatedSignal:
    """A signal of a stand-in: one name, one or more signatures, slots kept in order of connection."""

    def __init__(self, owner: Any, name: str, signatures: list[str]) -> None:
        self._owner = owner
        self._name = name
        self._slots: dict[str, list[Callable]] = {signature: [] for signature in signatures}

    @property
    def preferred(self) -> str:
        """The overload that connecting by attribute means: the last one (a node, not a bool; a number, not text)."""
        return list(self._slots)[-1]

    def connect(self, slot: Callable, signature: str | None = None) -> bool:
        if not callable(slot):
            raise TypeError(f"{self._name}.connect: {slot!r} cannot be called")
        self._slots[signature or self.preferred].append(slot)
        return True

    def disconnect(self, slot: Callable | None = None, signature: str | None = None) -> bool:
        kept = self._slots[signature or self.preferred]
        if slot is None:
            kept.clear()
            return True
        if slot not in kept:
            return False
        kept.remove(slot)
        return True

    def emit(self, *arguments: Any, signature: str | None = None) -> None:
        if self._owner.signalsBlocked():
            return
        for slot in list(self._slots[signature or self.preferred]):
            call_slot(slot, arguments)


class QtSignal:
    """A real Qt signal behind the same manners."""

    def __init__(self, name: str, instance: SignalInstance, connections: dict) -> None:
        self._name = name
        self._instance = instance
        self._delivered = connections.setdefault(name, [])  # (slot, what Qt holds, overload), kept for disconnect

    def connect(self, slot: Callable, count: int | None = None) -> bool:
        if not callable(slot):
            raise TypeError(f"{self._name}.connect: {slot!r} cannot be called")

        def deliver(*arguments: Any) -> None:
            call_slot(slot, arguments[:count])

        self._delivered.append((slot, deliver, self._instance))
        self._instance.connect(deliver)
        return True

    def disconnect(self, slot: Callable | None = None) -> bool:
        removed = [entry for entry in self._delivered if slot is None or entry[0] == slot]
        for entry in removed:
            entry[2].disconnect(entry[1])
            self._delivered.remove(entry)
        return bool(removed)

    def emit(self, *arguments: Any) -> None:
        self._instance.emit(*arguments)

    __call__ = emit  # PythonQt emits a signal that is called


def slot_of(receiver: Any, signature: str | None) -> Callable:
    """The slot named by `connect(signal, receiver, "slot()")`, or the receiver itself where it is callable."""
    if signature is None:
        return receiver
    slot = getattr(receiver, allowlist.bare(signature))
    count = len(allowlist.argument_types(signature))
    return lambda *arguments: slot(*arguments[:count])
