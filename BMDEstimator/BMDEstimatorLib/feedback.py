"""What a section says of its job: progress with a way to stop it, and one sentence when it failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

from bonedensity.workflows.session import Session

SECTIONS = ("ct", "xray", "register", "estimate", "results")
"""In the order of the panel; each has a progress bar and a line for messages, and all but register a Cancel."""

ERROR_COLOR = "#d1495b"
"""Readable on light and dark backgrounds."""


class Feedback:
    """Shows what happens in the section where the user pressed a button last.

    Args:
        ui: The window's widgets.
        session: Whose jobs.
    """

    def __init__(self, ui: Any, session: Session) -> None:
        self._ui = ui
        self._session = session
        self.section = "ct"
        desk = session.desk
        desk.busy_changed.connect(self._busy)
        desk.progressed.connect(self._progressed)
        desk.failed.connect(self.fail)
        desk.noticed.connect(self.say)
        for section in SECTIONS:
            if section != "register":
                self._widget("CancelButton", section).connect("clicked()", session.cancel)
            self._widget("MessageLabel", section).hide()
        self._busy("")

    def begin(self, section: str) -> None:
        """The user pressed a button in this section: what was said before is out of date."""
        self.section = section
        for each in SECTIONS:
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
        for section in SECTIONS:
            shown = bool(title) and section == self.section
            self._widget("ProgressBar", section).setVisible(shown)
            if section != "register":
                self._widget("CancelButton", section).setVisible(shown)

    def _progressed(self, fraction: float, message: str) -> None:
        bar = self._widget("ProgressBar")
        bar.value = round(100 * fraction)
        bar.format = (message or self._session.desk.title.capitalize()).replace("%", "%%")

    def _widget(self, kind: str, section: str = "") -> Any:
        return getattr(self._ui, (section or self.section) + kind)
