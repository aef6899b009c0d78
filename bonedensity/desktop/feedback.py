"""What a section says of its job: progress with a way to stop it, and one sentence when it failed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any, Protocol

from bonedensity.workflows.desk import Desk

ERROR_COLOR = "#d1495b"
"""Readable on light and dark backgrounds."""


def step_of(desk: Desk, message: str) -> str:
    """What a job does now, in the worker's words, or else what it is for."""
    return message or desk.title[:1].upper() + desk.title[1:]


class Works(Protocol):
    """A session: its jobs, and how to stop them."""

    desk: Desk

    def cancel(self) -> None:
        """Stop the job that runs."""


class Feedback:
    """Shows what happens in the section where the user did something last.

    Args:
        ui: The widgets; those of a section begin with its name.
        session: Whose jobs.
        sections: In the panel's order; each has a progress bar and a line for messages. The first speaks at first.
        without_cancel: Those whose job is cancelled in another way; all others have a Cancel.
    """

    def __init__(
        self, ui: Any, session: Works, sections: Sequence[str], *, without_cancel: Collection[str] = ()
    ) -> None:
        self._ui, self._session, self._sections = ui, session, tuple(sections)
        self._cancelled_here = frozenset(sections) - frozenset(without_cancel)
        self.section = self._sections[0]
        desk = session.desk
        desk.busy_changed.connect(self._busy)
        desk.progressed.connect(self._progressed)
        desk.failed.connect(self.fail)
        desk.noticed.connect(self.say)
        for section in self._sections:
            if section in self._cancelled_here:
                self._widget("CancelButton", section).connect("clicked()", session.cancel)
            self._widget("MessageLabel", section).hide()
        self._busy("")

    def begin(self, section: str) -> None:
        """The user did something in this section: what was said before is out of date."""
        self.section = section
        for each in self._sections:
            self._put("", each)

    @contextmanager
    def at(self, section: str) -> Iterator[None]:
        """What is said within the block is said in this section."""
        before, self.section = self.section, section
        try:
            yield
        finally:
            self.section = before

    def fail(self, sentence: str) -> None:
        """Say why something failed."""
        self._put(f'<b style="color:{ERROR_COLOR}">{escape(sentence, quote=False)}</b>')

    def say(self, sentence: str) -> None:
        """Say something that is no failure."""
        self._put(escape(sentence, quote=False))

    def _put(self, text: str, section: str = "") -> None:
        label = self._widget("MessageLabel", section)
        label.text = text
        label.setVisible(bool(text))

    def _busy(self, title: str) -> None:
        for section in self._sections:
            shown = bool(title) and section == self.section
            self._widget("ProgressBar", section).setVisible(shown)
            if section in self._cancelled_here:
                self._widget("CancelButton", section).setVisible(shown)

    def _progressed(self, fraction: float, message: str) -> None:
        bar = self._widget("ProgressBar")
        bar.value = round(100 * fraction)
        bar.format = step_of(self._session.desk, message).replace("%", "%%")

    def _widget(self, kind: str, section: str = "") -> Any:
        return getattr(self._ui, (section or self.section) + kind)
