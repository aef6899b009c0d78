"""What a section says of its job: progress with a way to stop it, and one sentence when it failed."""

from __future__ import annotations

from html import escape
from typing import Any

from bonedensity.workflows.spine.session import SpineSession

SECTIONS = ("load", "ask", "sweep", "ct")

ERROR_COLOR = "#d1495b"
"""Readable on light and dark backgrounds."""


class Feedback:
    """Shows what happens in the section where the user did something last.

    Args:
        ui: The tab's widgets.
        session: Whose jobs.
    """

    def __init__(self, ui: Any, session: SpineSession) -> None:
        self._ui, self._session = ui, session
        self.section = "load"
        session.desk.busy_changed.connect(self._busy)
        session.desk.progressed.connect(self._progressed)
        session.desk.failed.connect(self.fail)
        session.desk.noticed.connect(self.say)
        for section in SECTIONS:
            self._widget("CancelButton", section).connect("clicked()", session.cancel)
            self._widget("MessageLabel", section).hide()
        self._busy("")

    def begin(self, section: str) -> None:
        """The user did something in this section: what was said before is out of date."""
        self.section = section
        for each in SECTIONS:
            self._put("", each)

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
            self._widget("CancelButton", section).setVisible(shown)

    def _progressed(self, fraction: float, message: str) -> None:
        bar = self._widget("ProgressBar")
        bar.value = round(100 * fraction)
        bar.format = (message or self._session.desk.title.capitalize()).replace("%", "%%")

    def _widget(self, kind: str, section: str = "") -> Any:
        return getattr(self._ui, (section or self.section) + kind)


def enable(button: Any, missing: str, tip: str) -> None:
    """A button that can be pressed, or that says why not."""
    button.enabled = not missing
    button.toolTip = missing or tip
