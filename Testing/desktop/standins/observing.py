"""VTK observers that end with the Qt widget they serve."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import shiboken6


class Observers:
    """The observers of one widget; a method of the widget is called while the widget lives."""

    def __init__(self, widget: Any) -> None:
        self._widget = weakref.ref(widget)
        self._held: list[tuple[Any, int]] = []

    def watch(self, subject: Any, event: Any, method: str) -> None:
        """Calls `widget.method()` at each `event` of the subject."""
        tag: list[int] = []

        def called(*_: Any) -> None:
            widget = self._widget()
            if widget is None or not shiboken6.isValid(widget):
                subject.RemoveObserver(tag[0])
            else:
                getattr(widget, method)()

        tag.append(subject.AddObserver(event, called))
        self._held.append((subject, tag[0]))

    def clear(self) -> None:
        for subject, tag in self._held:
            subject.RemoveObserver(tag)
        self._held.clear()


def blocked(widget: Any, work: Callable[[], None]) -> None:
    """Runs `work` while an inner Qt widget's signals are held back."""
    before = widget.blockSignals(True)
    try:
        work()
    finally:
        widget.blockSignals(before)
