"""How a session tells its listeners that something happened; plain Python, called at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Signal:
    """Listeners that are called in the order in which they were connected."""

    def __init__(self) -> None:
        self._listeners: list[Callable[..., Any]] = []

    def connect(self, listener: Callable[..., Any]) -> None:
        """Call `listener` at every `emit` from now on."""
        self._listeners.append(listener)

    def disconnect(self, listener: Callable[..., Any]) -> None:
        """Call it no more; a listener that is not connected is no error."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def emit(self, *arguments: Any) -> None:
        """Call all listeners."""
        for listener in list(self._listeners):
            listener(*arguments)
