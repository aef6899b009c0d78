"""The lines that are not about one step: what the data are, and what the worker does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from bonedensity.workflows.session_state import SessionState


class StatusLines:
    """The notice at the top and the state at the bottom.

    Args:
        ui: The window's widgets.
        state: Gives what the session knows.
    """

    def __init__(self, ui: Any, state: Callable[[], SessionState]) -> None:
        self._ui, self._state = ui, state
        self._synthetic: tuple[bool, bool] | None = None
        self.show_state("stopped")

    def show_notice(self) -> None:
        """Research only; and whether CT or X-ray are of no real person."""
        state = self._state()
        synthetic = (state.synthetic_ct, state.truth is not None)
        if synthetic == self._synthetic:
            return
        self._synthetic = synthetic
        text = f"<b>{_('Research use only, not for diagnosis.')}</b>"
        if any(synthetic):
            what = _("CT and X-ray") if all(synthetic) else _("CT") if synthetic[0] else _("X-ray")
            text += f" <b>{_('Synthetic:')}</b> {_('{what} of no real person.').format(what=what)}"
        self._ui.noticeLabel.text = text

    def show_state(self, state: str) -> None:
        """What the worker does: "stopped", "starting", "ready" or "busy"."""
        said = {
            "stopped": _("not started yet"),
            "starting": _("starting"),
            "ready": _("ready"),
            "busy": _("computing"),
        }
        text = _("Worker process: {state}. Projection and registration run on the processor (CPU).")
        self._ui.statusLabel.text = text.format(state=said[state])
