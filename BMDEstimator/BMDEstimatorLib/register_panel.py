"""Section 2: the bones over the X-ray, moved by hand and by the registration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from BMDEstimatorLib.feedback import Feedback
from BMDEstimatorLib.load_panel import enable
from BMDEstimatorLib.result_card import card_html
from bonedensity.anatomy.labels import title_of
from bonedensity.desktop.pictures import show_in
from bonedensity.workflows.overlays import compose
from bonedensity.workflows.pictures import grey
from bonedensity.workflows.readiness import what_is_missing
from bonedensity.workflows.session import Session

SLIDERS = ("right", "down", "depth", "tilt", "twist", "spin")

LONGEST_PICTURE_PX = 420

EMPTY_PICTURE_PX = 60

REGISTRATION_JOBS = ("the registration", "projecting the bones")


class RegisterPanel:
    """The second section.

    Args:
        ui: The window's widgets.
        session: The case.
        feedback: Where messages are said.
        parameters: Gives the parameter node.
        ensure: Installs what is missing; returns why that failed, or "".
        card: Gives the figures of the registration that is shown, or None.
    """

    def __init__(
        self,
        ui: Any,
        session: Session,
        feedback: Feedback,
        parameters: Callable[[], Any],
        ensure: Callable[[], str],
        card: Callable[[], dict[str, Any] | None],
    ) -> None:
        self._ui, self._session, self._feedback = ui, session, feedback
        self._parameters, self._ensure, self._card = parameters, ensure, card
        self._listed: tuple[str, ...] = ()
        self._filling = False
        self._stretched: tuple[Any, Any] = (None, None)
        ui.boneList.connect("itemChanged(QListWidgetItem*)", self._bones_ticked)
        ui.resetButton.connect("clicked()", session.reset_pose)
        ui.registerButton.connect("clicked()", self._register_or_cancel)

    def refresh(self) -> None:
        """Enable what can be done, list the bones, show the result."""
        session, ui = self._session, self._ui
        running = session.desk.title in REGISTRATION_JOBS
        missing = "" if running else session.what_is_missing("register")
        ui.registerButton.text = _("Cancel") if running else _("Register")
        tip = _("Stop the registration; nothing is changed by it.") if running else ""
        enable(
            ui.registerButton, missing, tip or _("Find the pose of the ticked bones in the X-ray, starting from here.")
        )
        if running and session.desk.cancelling:
            enable(ui.registerButton, _("It is being cancelled."), "")
        place = session.what_is_missing("preview")
        for name in SLIDERS:
            getattr(ui, f"{name}Slider").enabled = not place
        enable(ui.resetButton, place, _("Put the bones back to the middle, unturned."))
        ui.boneList.enabled = not session.desk.title
        self._list_bones()
        values = self._card()
        ui.resultLabel.text = "" if values is None else card_html(values)
        ui.resultLabel.setVisible(values is not None)

    def draw(self) -> None:
        """Show the X-ray with the bones as they stand, or say what is missing for it."""
        state, label = self._session.state, self._ui.pictureLabel
        xray = self._xray()
        parameters = self._parameters()
        if xray is None or parameters is None:
            label.clear()
            label.minimumHeight = EMPTY_PICTURE_PX
            label.text = what_is_missing(state, "preview")
            return
        drr = state.preview
        fits = drr is not None and drr.shape == xray.shape
        picture = compose(parameters.mode.value, xray, drr if fits else None, parameters.opacity)
        show_in(label, picture, longest_px=LONGEST_PICTURE_PX)

    def _xray(self) -> Any:
        """The X-ray stretched to [0, 1] on the preview's grid, made once."""
        radiograph = self._session.state.radiograph
        array = None if radiograph is None else radiograph.array
        if array is not self._stretched[0]:
            small = self._session.state.preview_xray()
            self._stretched = (array, None if small is None else grey(small))
        return self._stretched[1]

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
