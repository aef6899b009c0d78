"""The bones over the X-ray, moved by hand and by the registration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from BMDEstimatorLib.moving_panel import MovingPanel
from BMDEstimatorLib.pairs_panel import PairsPanel
from BMDEstimatorLib.panel import Panel, Shared
from BMDEstimatorLib.picture_panel import PicturePanel
from BMDEstimatorLib.result_card import card_html
from BMDEstimatorLib.search_plot import draw_plot
from BMDEstimatorLib.verdict_panel import VerdictPanel
from BMDEstimatorLib.view_mouse import ViewMouse
from BMDEstimatorLib.views_panel import ViewsPanel
from bonedensity.anatomy.labels import title_of
from bonedensity.desktop.buttons import enable
from bonedensity.workflows.pose_hand import PoseHand

SLIDERS = ("right", "down", "depth", "tilt", "twist", "spin")

REGISTRATION_JOBS = ("the registration", "projecting the bones")


class RegisterPanel(Panel):
    """The section in which bones are moved.

    Args:
        shared: What every part works with.
        card: Gives the figures of the registration that is shown, or None.
    """

    def __init__(self, shared: Shared, card: Callable[[], dict[str, Any] | None]) -> None:
        super().__init__(shared)
        ui, session, parameters = shared.ui, shared.session, shared.parameters
        self._card = card
        self._listed: tuple[str, ...] = ()
        self._filling = False
        hand = PoseHand(session, self._step)
        self.pictures = PicturePanel(ui, session, parameters, hand, self._step)
        self.view = ViewMouse(hand, lambda: None if parameters() is None else parameters().xray, self._mouse_wanted)
        self.moving = MovingPanel(shared)
        self.pairs = PairsPanel(shared)
        self.views = ViewsPanel(shared)
        self.verdict = VerdictPanel(shared)
        ui.boneList.connect("itemChanged(QListWidgetItem*)", self._bones_ticked)
        for name, act in {
            "reset": session.reset_pose,
            "undo": session.undo,
            "redo": session.redo,
            "register": self._register_or_cancel,
            "pause": lambda: session.pause(not session.desk.paused),
            "keep": session.keep_best,
        }.items():
            getattr(ui, f"{name}Button").connect("clicked()", act)

    def follow(self) -> None:
        """The parameters were changed."""
        for name in SLIDERS:
            getattr(self._ui, f"{name}Slider").singleStep = self._step()
        self.views.follow()

    def changed(self, what: str) -> None:
        """The session changed."""
        self.views.changed(what)
        self.verdict.changed(what)
        if what == "moving":
            self.verdict.restore()

    def close(self) -> None:
        """Let go of the view and stop the timers."""
        self.view.detach()
        self.pictures.close()

    def refresh(self) -> None:
        """Enable what can be done, list the bones, show the result."""
        self._refresh_register()
        self.refresh_pose()
        self._ui.boneList.enabled = not self._session.desk.title
        self._list_bones()
        self._show_card()
        self.show_search()
        for part in (self.moving, self.pairs, self.views, self.verdict):
            part.refresh()

    def refresh_pose(self) -> None:
        """What changes while the bones move."""
        session, ui = self._session, self._ui
        place = session.what_is_missing("preview")
        for name in SLIDERS:
            getattr(ui, f"{name}Slider").enabled = not place
        alone = bool(session.state.moving)
        back = _("Put the bone back to the others.") if alone else _("Put the bones back to the middle, unturned.")
        enable(ui.resetButton, place, back)
        nothing = place or ("" if session.history.can_undo else _("Nothing was moved yet."))
        enable(ui.undoButton, nothing, _("Back to the pose before the last movement, a registration’s too (Ctrl+Z)."))
        nothing = place or ("" if session.history.can_redo else _("Nothing was taken back."))
        enable(ui.redoButton, nothing, _("Forth again (Ctrl+Y)."))

    def show_search(self) -> None:
        """The curve of the last search, and what can be done with it."""
        session, ui = self._session, self._ui
        blinded = self._blinded()
        shown = len(session.search.trace) > 0 and not blinded
        ui.plotLabel.setVisible(shown)
        if shown:
            draw_plot(ui.plotLabel, session.search.trace)
        ui.keepButton.setVisible(session.search.offered is not None)
        ui.pauseButton.setVisible(session.searching)
        ui.pauseButton.text = _("Resume") if session.desk.paused else _("Pause")

    def draw(self) -> None:
        """Show the X-ray with the bones as they stand, or say what is missing for it."""
        self._session.outlines = self._parameters() is not None and self._parameters().mode.value == "outlines"
        self.pictures.draw()

    def _refresh_register(self) -> None:
        session, ui = self._session, self._ui
        running = session.desk.title in REGISTRATION_JOBS
        missing = "" if running else session.what_is_missing("register")
        ui.registerButton.text = _("Cancel") if running else _("Register")
        tip = _("Stop the search; its best pose can then be kept.") if running else ""
        tip = tip or _("Find the pose of the bones that “Move” names in the X-ray, starting from here.")
        enable(ui.registerButton, missing, tip)
        if running and session.desk.cancelling:
            enable(ui.registerButton, _("It is being cancelled."), "")

    def _show_card(self) -> None:
        values = None if self._blinded() else self._card()
        self._ui.resultLabel.text = "" if values is None else card_html(values)
        self._ui.resultLabel.setVisible(values is not None)

    def _list_bones(self) -> None:
        state = self._session.state
        names = tuple(bone.name for bone in state.bones)
        self._filling = True
        if names != self._listed:
            self._ui.boneList.clear()
            for bone in state.bones:
                item = qt.QListWidgetItem(title_of(bone.name))
                item.setData(qt.Qt.UserRole, bone.name)
                if bone.holds_metal:
                    item.setToolTip(_("Holds metal, which would mislead the registration."))
                self._ui.boneList.addItem(item)
            self._listed = names
        for row, name in enumerate(names):
            ticked = qt.Qt.Checked if name in state.chosen else qt.Qt.Unchecked
            self._ui.boneList.item(row).setCheckState(ticked)
        self._ui.boneList.setVisible(bool(names))
        self._filling = False

    def _bones_ticked(self) -> None:
        if self._filling:
            return
        items = [self._ui.boneList.item(row) for row in range(self._ui.boneList.count)]
        self._feedback.begin("register")
        self._session.choose_bones([i.data(qt.Qt.UserRole) for i in items if i.checkState() == qt.Qt.Checked])

    def _register_or_cancel(self) -> None:
        if self._session.desk.title:
            self._session.cancel()
            return
        self._feedback.begin("register")
        if refusal := self._ensure():
            self._feedback.fail(refusal)
            return
        self._session.register(seed=self._parameters().seed)

    def _step(self) -> float:
        return 1.0 if self._parameters() is None else float(self._parameters().step.value)

    def _mouse_wanted(self) -> bool:
        return self._parameters() is not None and self._parameters().mouse

    def _blinded(self) -> bool:
        return self._parameters() is not None and self._parameters().blinded
