"""The tab of AP counterfactuals: ties widgets, parameter node, session and scene together."""

from __future__ import annotations

from typing import Any

from bonedensity.desktop.feedback import Feedback
from bonedensity.jobs import WorkerClient
from bonedensity.workflows.spine.session import SpineSession
from SpineDXAGenLib.ct_panel import CtPanel
from SpineDXAGenLib.from_scene import FromScene
from SpineDXAGenLib.looks import Looks
from SpineDXAGenLib.person_panel import PersonPanel
from SpineDXAGenLib.scene_link import SceneLink
from SpineDXAGenLib.see_panel import SeePanel
from SpineDXAGenLib.sweep_panel import SweepPanel
from SpineDXAGenLib.to_scene import ToScene
from SpineDXAGenLib.what_if_panel import WhatIfPanel

SECTIONS = ("load", "ask", "sweep", "ct")
"""In which jobs are started."""

PICTURED = ("dxa", "view", "corners", "corners moved", "answer")
"""Changes after which the pictures are others."""


class CounterfactualTab:
    """One session and its five sections.

    Args:
        ui: The widgets of the tab's .ui file.
        scene: The scene.
        worker: Computes.
        ensure: Installs what is missing; returns why that failed, or "".
    """

    UI = "SpineDXAGenCounterfactual"
    TITLE = "AP spine DXA"

    def __init__(self, ui: Any, scene: Any, worker: WorkerClient, ensure: Any) -> None:
        self.session = SpineSession(worker)
        self.feedback = Feedback(ui, self.session, SECTIONS)
        self.link = SceneLink(scene, self.session, self._frame_shown)
        player = self.link.player
        self.person = PersonPanel(ui, self.session, self.feedback, lambda: self.link.parameters, ensure)
        self.what_if = WhatIfPanel(ui, self.session, self.feedback)
        self.see = SeePanel(ui, self.session, lambda: self.link.parameters)
        self.sweep = SweepPanel(ui, self.session, self.feedback, player.play, lambda: player.playing)
        self.ct = CtPanel(ui, self.session, self.feedback, ensure)
        self._looks = Looks(ui, self.link)
        self._from_scene = FromScene(self.link, self.feedback)
        self._to_scene = ToScene(self.link, self.sweep.play_wanted, self.what_if.refresh)
        self.session.changed.connect(self._session_changed)
        self.session.desk.busy_changed.connect(lambda title: self.refresh())
        self.session.choose_model()
        self._show_all()

    def close(self) -> None:
        """The window closes."""
        self._looks.close()
        self.link.player.forget()

    def heard(self) -> None:
        """The worker was heard."""
        self.session.settle()

    def enter(self) -> None:
        """The user comes back: weights may have appeared meanwhile."""
        if self.session.state.model is None:
            self.session.choose_model(self.session.state.folder)

    @property
    def synthetic(self) -> bool:
        """Whether the person that is shown is a virtual one."""
        dxa = self.session.state.dxa
        return dxa is not None and dxa.seed is not None

    def follow(self, parameters: Any) -> None:
        """Work with this parameter node from now on, or with none while a scene closes."""
        self.link.parameters = parameters
        self._looks.stop()
        if parameters is None:
            self.session.cancel()
            self.link.forget()
            return
        with self.link.own_writing():
            self._from_scene.restore()
        self._show_all()

    def parametersChanged(self) -> None:
        """The parameter node was changed, by a widget or a script; the session takes it over."""
        parameters = self.link.parameters
        if parameters is None or self.link.own_writing.now:
            return
        with self.link.own_writing():
            self._from_scene.take_nodes()
            self.session.state.samples = int(parameters.samples)
        if self._looks.changed():
            self.see.draw()
        self.refresh()

    def refresh(self) -> None:
        """Show the session as it stands."""
        for panel in (self.person, self.what_if, self.see, self.sweep, self.ct):
            panel.refresh()

    def _show_all(self) -> None:
        self.refresh()
        self.see.draw()
        self.sweep.draw_grid()

    def _session_changed(self, what: str) -> None:
        if self.link.parameters is None:
            return
        self.link.guarded(lambda: self._to_scene.tell(what))
        if what == "kept":
            self.sweep.draw_grid()
        if what in PICTURED:
            self.see.draw()
        if what == "do":
            self.what_if.refresh()
        elif what == "answer" and not self._settled():
            self.what_if.show_answer()
        else:
            self.refresh()

    def _settled(self) -> bool:
        answer = self.session.state.answer
        return answer is None or answer.full

    def _frame_shown(self, place: int) -> None:
        """The browser shows another frame: the slider of its attribute follows, and so do pictures and table."""
        if self.link.parameters is None or not self.session.show_frame(place):
            return
        self.link.guarded(self._to_scene.show_frame)
        self.see.draw()
        self.what_if.show_answer()
        self.see.refresh()
        self.sweep.show_playing()
