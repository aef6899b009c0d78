"""The tab of AP counterfactuals: ties widgets, parameter node, session and scene together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import qt
import slicer

from bonedensity.desktop.feedback import Feedback
from bonedensity.errors import BoneDensityError
from bonedensity.jobs import WorkerClient
from bonedensity.scene.dxa_corners import node_to_corners
from bonedensity.workflows.spine.model import graph_for, said_do
from bonedensity.workflows.spine.session import SpineSession
from SpineDXAGenLib import scene_inputs, scene_results
from SpineDXAGenLib.ct_panel import CtPanel
from SpineDXAGenLib.person_panel import PersonPanel
from SpineDXAGenLib.scene_layers import SceneLayers
from SpineDXAGenLib.see_panel import SeePanel
from SpineDXAGenLib.sweep_panel import SweepPanel
from SpineDXAGenLib.sweep_player import SweepPlayer
from SpineDXAGenLib.what_if_panel import WhatIfPanel

FLICKER_MS = 500

SECTIONS = ("load", "ask", "sweep", "ct")
"""In which jobs are started."""


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
        self._ui, self._scene = ui, scene
        self.parameters: Any = None
        self._own = False
        self._nodes: tuple[Any, ...] = ()
        self._corner_tag: tuple[Any, int] | None = None
        self._looks: Any = None
        self._waiting: dict[str, Any] | None = None
        self.session = SpineSession(worker)
        self.feedback = Feedback(ui, self.session, SECTIONS)
        self.layers = SceneLayers(scene)
        self.player = SweepPlayer(scene, self._frame_shown)
        self.person = PersonPanel(ui, self.session, self.feedback, lambda: self.parameters, ensure)
        self.what_if = WhatIfPanel(ui, self.session, self.feedback)
        self.see = SeePanel(ui, self.session, lambda: self.parameters)
        self.sweep = SweepPanel(ui, self.session, self.feedback, self.player.play, lambda: self.player.playing)
        self.ct = CtPanel(ui, self.session, self.feedback, ensure)
        self._timer = qt.QTimer()
        self._timer.setInterval(FLICKER_MS)
        self._timer.connect("timeout()", self._flicker)
        ui.flickerButton.connect("toggled(bool)", self._flicker_toggled)
        self.session.changed.connect(self._session_changed)
        self.session.desk.busy_changed.connect(lambda title: self.refresh())
        self.session.choose_model()
        self.refresh()
        self.see.draw()
        self.sweep.draw_grid()

    def close(self) -> None:
        """The window closes."""
        self._timer.stop()
        self.player.forget()

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
        self.parameters = parameters
        self._ui.flickerButton.checked = False
        if parameters is None:
            self.session.cancel()
            self.layers.forget()
            self.player.forget()
            self._watch_corners(None)
            self._nodes = ()
            return
        with self._writing():
            self._restore(scene_inputs.saved_state(parameters))
        self.refresh()
        self.see.draw()
        self.sweep.draw_grid()

    def parametersChanged(self) -> None:
        """The parameter node was changed, by a widget or a script; the session takes it over."""
        parameters = self.parameters
        if parameters is None or self._own:
            return
        with self._writing():
            self._take_nodes()
            self.session.state.samples = int(parameters.samples)
        looks = (parameters.layer, parameters.opacity, parameters.curtain, parameters.outlines, parameters.samples)
        if looks != self._looks:
            again = self._looks is not None and looks[-1] != self._looks[-1]
            self._looks = looks
            self._show_looks()
            if again:
                self.session.ask()
        self.refresh()

    def refresh(self) -> None:
        """Show the session as it stands."""
        self.person.refresh()
        self.what_if.refresh()
        self.see.refresh()
        self.sweep.refresh()
        self.ct.refresh()

    # From the scene to the session

    def _restore(self, kept: dict[str, Any]) -> None:
        parameters = self.parameters
        nodes = self._chosen()
        self._nodes = nodes
        self.session.state.samples = int(parameters.samples)
        if "folder" in kept:  # else the user's choice outlives the scene
            self.session.choose_model(str(kept["folder"]))
        result, browser, corners = parameters.result, parameters.browser, parameters.corners
        table, outlines = parameters.table, parameters.outlineModel
        self._guarded(lambda: scene_inputs.take_dxa(self.session, parameters.dxa, kept))
        parameters.result, parameters.browser, parameters.corners = result, browser, corners
        parameters.table, parameters.outlineModel = table, outlines
        self._watch_corners(corners)
        self.layers.show_dxa(parameters.dxa)
        self._guarded(lambda: scene_inputs.take_ct(self.session, parameters.ct, parameters.segmentation))
        self._waiting = (
            {"do": kept.get("do", {}), "browser": browser} if kept.get("do") or browser is not None else None
        )
        self.session.use_kept(scene_inputs.saved_kept(self._scene))

    def _take_nodes(self) -> None:
        nodes = self._chosen()
        if nodes == self._nodes:
            return
        before, self._nodes = self._nodes, nodes
        parameters = self.parameters
        self.feedback.begin("load")
        if before[:1] != nodes[:1]:
            self._waiting = None
            parameters.corners = parameters.result = parameters.browser = None
            parameters.table = parameters.outlineModel = None
            self._watch_corners(None)
            if not self._guarded(lambda: scene_inputs.take_dxa(self.session, parameters.dxa)):
                self.session.use_dxa(None)
            self.layers.show_dxa(parameters.dxa if self.session.state.dxa is not None else None)
        if before[1:] != nodes[1:]:
            self.feedback.begin("ct")
            self._guarded(lambda: scene_inputs.take_ct(self.session, parameters.ct, parameters.segmentation))

    def _chosen(self) -> tuple[Any, ...]:
        return tuple(
            None if node is None else node.GetID()
            for node in (self.parameters.dxa, self.parameters.ct, self.parameters.segmentation)
        )

    def _corners_moved(self, caller: Any, event: Any) -> None:
        if self._own or self.parameters is None or self.parameters.dxa is None:
            return
        moved = node_to_corners(caller, self.parameters.dxa)
        if moved is not None:
            self.session.move_corners(moved)

    def _watch_corners(self, node: Any) -> None:
        if self._corner_tag is not None:
            self._corner_tag[0].RemoveObserver(self._corner_tag[1])
        self._corner_tag = None
        if node is not None:
            event = slicer.vtkMRMLMarkupsNode.PointModifiedEvent
            self._corner_tag = (node, node.AddObserver(event, self._corners_moved))

    # From the session to the scene

    def _session_changed(self, what: str) -> None:
        if self.parameters is None:
            return
        with self._writing():
            step = getattr(self, f"_to_scene_{what.replace(' ', '_')}", None)
            if step is not None:
                step()
            if what in ("view", "attributes", "do", "corners", "corners moved", "model"):
                self._keep()
        if what in ("dxa", "view", "corners", "corners moved", "answer"):
            self.see.draw()
        if what in ("do", "answer") and not self._settled():
            self.what_if.show_answer()
        else:
            self.refresh()

    def _settled(self) -> bool:
        answer = self.session.state.answer
        return answer is None or answer.full

    def _to_scene_dxa(self) -> None:
        state, parameters = self.session.state, self.parameters
        self.layers.remove_overlay()
        if state.dxa is None or state.dxa.origin:
            return
        parameters.corners = parameters.result = parameters.browser = None
        parameters.table = parameters.outlineModel = parameters.ct = parameters.segmentation = None
        self.player.forget()
        self._watch_corners(None)
        parameters.dxa = scene_results.add_dxa(self._scene, state)
        self._nodes = self._chosen()
        self.layers.show_dxa(parameters.dxa)

    def _to_scene_view(self) -> None:
        state, node = self.session.state, self.parameters.dxa
        if state.dxa is not None and node is not None:
            scene_results.note_dxa(node, state.dxa, state.attributes)

    _to_scene_attributes = _to_scene_view

    def _to_scene_corners(self) -> None:
        node = self.layers.put_corners(self.parameters, self.session.state)
        self.parameters.corners = node
        self._watch_corners(node)

    def _to_scene_abduction(self) -> None:
        state, parameters = self.session.state, self.parameters
        parameters.table = scene_results.put_numbers(self._scene, state, parameters.table, parameters.dxa)
        if state.abduction is None or self._waiting is None:
            return
        waiting, self._waiting = self._waiting, None
        sweep = scene_inputs.saved_sweep(waiting["browser"], parameters.dxa)
        if sweep is not None:
            parameters.browser = waiting["browser"]
            self.player.use(parameters.browser)
            state.sweep = sweep
        state.do = {name: float(value) for name, value in waiting["do"].items() if name in graph_for(state.model).names}
        self.what_if.refresh()

    def _to_scene_do(self) -> None:
        """The slider of a sweep scrubs it."""
        state = self.session.state
        sweep = state.sweep
        if sweep is None or sweep.name not in state.do or self.player.playing:
            return
        others = {name: value for name, value in state.do.items() if name != sweep.name}
        if others == dict(sweep.also):
            self.player.show(sweep.nearest(state.do[sweep.name]))

    def _to_scene_answer(self) -> None:
        state, parameters = self.session.state, self.parameters
        if state.dxa is None or state.answer is None or parameters.dxa is None:
            self.layers.remove_overlay()
            return
        parameters.result = self.layers.put_result(parameters, state)
        if parameters.outlines:
            parameters.outlineModel = self.layers.put_outlines(parameters, state)
        if not self.player.playing:
            self.layers.show(parameters, state)

    def _to_scene_sweep(self) -> None:
        state, parameters = self.session.state, self.parameters
        if state.sweep is None:
            self.player.forget()
            return
        self.player.remove()
        nodes = scene_results.add_sweep(self._scene, parameters.dxa, state, state.sweep)
        parameters.browser = nodes.browser
        self.player.use(nodes.browser)
        if self.sweep.play_when_done:
            self.sweep.play_when_done = False
            self.player.play(True)

    def _to_scene_kept(self) -> None:
        scene_results.remove_kept(self._scene)
        for kept in self.session.state.kept:
            if self.parameters.dxa is not None and kept.image.shape == self._shape():
                scene_results.add_kept(self._scene, self.parameters.dxa, kept)
        self.sweep.draw_grid()

    def _to_scene_ct(self) -> None:
        state, parameters = self.session.state, self.parameters
        if state.ct is None or state.labels is None or parameters.ct is not None or parameters.dxa is None:
            return
        parameters.ct, parameters.segmentation = scene_results.add_ct(self._scene, state, parameters.dxa)
        self._nodes = self._chosen()

    def _to_scene_volume(self) -> None:
        state, parameters = self.session.state, self.parameters
        if state.volume is None or state.answer is None or parameters.ct is None or parameters.segmentation is None:
            return
        what = said_do(state.answer.do, graph_for(state.model))
        scene_results.add_change_in_ct(self._scene, state, parameters.ct, parameters.segmentation, what)

    def _keep(self) -> None:
        """What a saved scene needs to be reopened where it was left."""
        state = self.session.state
        if self._waiting is not None:
            return
        values = {
            "view": None if state.view is None else state.view.to_json(),
            "attributes": dict(state.attributes),
            "do": dict(state.do),
            "marked": state.marked,
            "folder": state.folder,
        }
        self.parameters.kept = json.dumps(values)

    def _frame_shown(self, place: int) -> None:
        """The browser shows another frame: the slider of its attribute follows, and so do pictures and table."""
        state, parameters = self.session.state, self.parameters
        sweep = state.sweep
        if sweep is None or parameters is None or not 0 <= place < len(sweep.frames):
            return
        frame = sweep.frames[place]
        state.do, state.answer = dict(frame.do), frame
        with self._writing():
            self._keep()
            parameters.result = self.layers.put_result(parameters, state)
            if parameters.outlines:
                parameters.outlineModel = self.layers.put_outlines(parameters, state)
            self.layers.show(parameters, state)
        self.see.draw()
        self.what_if.show_answer()
        self.see.refresh()
        self.sweep.show_playing()

    def _show_looks(self) -> None:
        with self._writing():
            self.layers.show(self.parameters, self.session.state)
            model = self.parameters.outlineModel
            for node in (model, self.parameters.corners):
                if node is not None and node.GetDisplayNode() is not None:
                    node.GetDisplayNode().SetVisibility(bool(self.parameters.outlines))
        self.see.draw()

    def _flicker_toggled(self, on: bool) -> None:
        if on:
            self._timer.start()
            return
        self._timer.stop()
        if self.parameters is not None:
            self.layers.show(self.parameters, self.session.state)

    def _flicker(self) -> None:
        if self.parameters is not None and self.session.state.answer is not None:
            self.layers.flicker(float(self.parameters.opacity))

    def _shape(self) -> tuple[int, ...]:
        dxa = self.session.state.dxa
        return () if dxa is None else dxa.array.shape

    def _guarded(self, step: Any) -> bool:
        """Do something whose failure is said; whether it succeeded."""
        try:
            step()
        except BoneDensityError as error:
            self.session.desk.fail(error)
            return False
        return True

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """What the tab itself writes into the parameter node is no news to it."""
        before, self._own = self._own, True
        try:
            if self.parameters is None:
                yield
            else:
                with slicer.util.NodeModify(self.parameters):
                    yield
        finally:
            self._own = before
