"""What is moved: all ticked bones together, or one of them by itself."""

from __future__ import annotations

from slicer.i18n import tr as _

from BMDEstimatorLib.panel import Panel, Shared
from bonedensity.desktop.buttons import enable
from bonedensity.workflows.moving_bones import titles


class MovingPanel(Panel):
    """Chooses what mouse, keys, fields, undo and the registration are about."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        ui = shared.ui
        self._listed: list[tuple[str, str]] = []
        self._filling = False
        ui.movingBox.connect("currentIndexChanged(int)", self._chosen)

    def refresh(self) -> None:
        """List what can be moved by itself, and show what is."""
        session, box = self._session, self._ui.movingBox
        found = titles(session.state.chosen, session.state.own())
        self._filling = True
        if found != self._listed:
            box.clear()
            for _name, title in found:
                box.addItem(title)
            self._listed = found
        box.currentIndex = next((n for n, each in enumerate(found) if each[0] == session.state.moving), 0)
        self._filling = False
        few = "" if len(found) > 1 else _("Tick two bones or more to move one by itself.")
        tip = _("All ticked bones together, or one by itself, such as a femur after the pelvis is registered.")
        enable(box, session.waiting() or session.what_is_missing("preview") or few, tip)

    def _chosen(self, index: int) -> None:
        if self._filling or not 0 <= index < len(self._listed):
            return
        self._feedback.begin("register")
        self._session.move_alone(self._listed[index][0])
        self.refresh()
