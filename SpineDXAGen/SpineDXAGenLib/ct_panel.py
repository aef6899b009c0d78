"""Section 5: the change in the person's CT."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from bonedensity.desktop.buttons import enable
from bonedensity.desktop.feedback import Feedback
from bonedensity.workflows.spine.in_ct import said_of_volume
from bonedensity.workflows.spine.session import SpineSession

DEPTH = "A DXA sees width and height, not depth: vertebrae keep their depth."


class CtPanel:
    """The fifth section.

    Args:
        ui: The tab's widgets.
        session: Asked to carry the change over.
        feedback: Where messages are said.
        ensure: Installs what is missing; returns why that failed, or "".
    """

    def __init__(self, ui: Any, session: SpineSession, feedback: Feedback, ensure: Callable[[], str]) -> None:
        self._ui, self._session, self._feedback, self._ensure = ui, session, feedback, ensure
        ui.virtualCtButton.connect("clicked()", self._virtual)
        ui.volumeButton.connect("clicked()", self._show)

    def refresh(self) -> None:
        """Show the session as it stands."""
        missing = self._session.what_is_missing
        enable(self._ui.virtualCtButton, missing("virtual ct"), _("The CT of the virtual person; up to a minute."))
        tip = _("Vertebrae stretched as the counterfactual says, in 3D and on the CT's projected DXA.")
        enable(self._ui.volumeButton, missing("volume"), tip)
        shown = said_of_volume(self._session.state)
        self._ui.ctHintLabel.text = f"{DEPTH} {shown}".rstrip()

    def _virtual(self) -> None:
        self._begin()
        self._session.make_virtual_ct()

    def _show(self) -> None:
        self._begin()
        self._session.show_volume()

    def _begin(self) -> None:
        self._feedback.begin("ct")
        if refusal := self._ensure():
            self._feedback.say(refusal)
