"""The window: one session, its worker, three sections, and the scene that everything is kept in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import slicer
from slicer.i18n import tr as _

from BMDEstimatorLib import parameters as kept_parameters
from BMDEstimatorLib import scene_results
from BMDEstimatorLib.feedback import Feedback
from BMDEstimatorLib.landmark_points import LandmarkPoints
from BMDEstimatorLib.load_panel import LoadPanel
from BMDEstimatorLib.measure_panel import MeasurePanel
from BMDEstimatorLib.register_panel import RegisterPanel
from BMDEstimatorLib.scene_inputs import SceneInputs
from BMDEstimatorLib.scene_live import LiveOverlay
from bonedensity.desktop.installer import Installer
from bonedensity.desktop.worker_timer import WorkerTimer
from bonedensity.scene.attributes import fact, referred
from bonedensity.scene.tables import node_to_measurements
from bonedensity.workflows.session import Session


class Window:
    """Ties widgets, parameter node, session and scene together; each part does its own work.

    Args:
        ui: The widgets of the .ui file.
        scene: The scene.
        requirements: Path of the module's requirements file.
    """

    def __init__(self, ui: Any, scene: Any, requirements: str) -> None:
        self._ui, self._scene = ui, scene
        self.parameters: Any = None
        self._own = False
        self._waiting: kept_parameters.Kept | None = None
        self._synthetic: tuple[bool, bool] | None = None
        self._drawn: Any = None
        self.worker = WorkerTimer(
            on_restart=self._restarted,
            on_state=self._show_state,
            on_bug=self._say,
            on_heard=lambda: self.session.settle(),
        )
        self.session = Session(self.worker.client)
        self.inputs = SceneInputs(self.session)
        self.live = LiveOverlay(scene)
        self.points = LandmarkPoints(scene, self.session)
        self.installer = Installer(requirements, _("BMD Estimator"))
        self.feedback = Feedback(ui, self.session)
        self.load = LoadPanel(ui, self.session, self.feedback, self._parameters, self.installer.ensure)
        self.register = RegisterPanel(
            ui, self.session, self.feedback, self._parameters, self.installer.ensure, self._figures
        )
        self.measure = MeasurePanel(ui, self.session, self.feedback, self._parameters)
        self.session.changed.connect(self._session_changed)
        self.session.desk.busy_changed.connect(lambda title: self.refresh())
        self._show_state("stopped")
        self.refresh()

    def close(self) -> None:
        """End the worker."""
        self.worker.close()

    def follow(self, parameters: Any) -> None:
        """Work with this parameter node from now on, or with none while a scene closes."""
        self.parameters = parameters
        self._waiting = None
        if parameters is None:
            self.session.cancel()
            self.live.forget()
            self.inputs.forget()
            self.points.follow(None)
            return
        kept, transform, table = kept_parameters.Kept(parameters), parameters.transform, parameters.results
        with self._writing():
            self._waiting = kept if self.inputs.follow(parameters) else None
            kept.restore_numbers(self.session)
            parameters.transform, parameters.results = transform, table
            if table is not None:
                self.session.use_measurements(node_to_measurements(table))
            self._show_xray()
        self.refresh()
        self.register.draw()

    def parametersChanged(self) -> None:
        """The parameter node was changed, by a widget or a script; the session takes it over."""
        parameters = self.parameters
        if parameters is None or self._own:
            return
        xray = parameters.xray
        with self._writing():
            if self.inputs.differs(parameters):
                self.feedback.begin("load")
            if self.inputs.follow(parameters):
                parameters.transform = parameters.results = None
            with self.feedback.at("load"):
                kept_parameters.push_geometry(parameters, self.session)
            with self.feedback.at("measure"):
                kept_parameters.push_calibration(parameters, self.session)
            kept_parameters.push_pose(parameters, self.session)
            if parameters.xray is not xray:
                self._show_xray()
        self.refresh()
        if (parameters.mode, parameters.opacity) != self._drawn:
            self._drawn = (parameters.mode, parameters.opacity)
            self.live.set_opacity(parameters.opacity)
            self.register.draw()

    def refresh(self) -> None:
        """Show the session as it stands."""
        self.load.refresh()
        self.register.refresh()
        self.measure.refresh()
        self._show_notice()

    def _session_changed(self, what: str) -> None:
        if self.parameters is None:
            return
        with self._writing():
            if what == "labels" and self._waiting is not None and self.session.state.bones:
                waiting, self._waiting = self._waiting, None
                waiting.restore_pose(self.session)
                waiting.restore_landmarks(self.session, self.points)
            step = getattr(self, f"_to_scene_{what}", None)
            if step is not None:
                step()
            if what != "preview" and self._waiting is None:
                kept_parameters.pull(self.parameters, self.session)
        if what in ("radiograph", "preview"):
            self.register.draw()
        if what != "preview":
            self.refresh()

    def _to_scene_ct(self) -> None:
        state = self.session.state
        if state.ct is None or state.origin.get("ct"):
            return
        node = scene_results.add_ct(self._scene, state)
        self.parameters.ct = node
        self.parameters.segmentation = self.parameters.transform = self.parameters.results = None
        if state.radiograph is None:
            self.parameters.xray = None
        self._noted("ct", node)
        self.inputs.note("segmentation", None)

    def _to_scene_labels(self) -> None:
        state = self.session.state
        if state.labels is None or state.origin.get("labels"):
            return
        node = scene_results.add_segmentation(self._scene, state, self.parameters.ct)
        self.parameters.segmentation = node
        self._noted("segmentation", node, "labels")

    def _to_scene_radiograph(self) -> None:
        state = self.session.state
        if state.radiograph is not None and not state.origin.get("radiograph"):
            node = scene_results.add_xray(self._scene, state, self.parameters.ct)
            self.parameters.xray = node
            self._noted("xray", node, "radiograph")
        self._show_xray()

    def _to_scene_geometry(self) -> None:
        state, node = self.session.state, self.parameters.xray
        if state.radiograph is None or node is None or state.camera is None:
            return
        placed = scene_results.follow_geometry(self._scene, state, node, self.parameters.ct)
        self.parameters.xray = placed
        self._noted("xray", placed, "radiograph")
        self._show_xray()

    def _to_scene_preview(self) -> None:
        image, xray = self.session.state.preview, self.parameters.xray
        if image is None or xray is None:
            self.live.remove()
        else:
            self.live.update(xray, image, self.parameters.opacity)

    def _to_scene_outcome(self) -> None:
        if self.session.state.outcome is None:
            self.parameters.transform = None
            return
        nodes = (self.parameters.ct, self.parameters.segmentation, self.parameters.xray)
        self.parameters.transform = scene_results.add_registration(self._scene, self.session.state, *nodes)

    def _to_scene_landmarks(self) -> None:
        landmarks, ct = self.session.state.landmarks, self.parameters.ct
        if landmarks is None or ct is None:
            self.points.follow(None)
            self.parameters.landmarks = None
        else:
            self.parameters.landmarks = self.points.show(landmarks, ct)

    def _to_scene_measurements(self) -> None:
        state, ct = self.session.state, self.parameters.ct
        if state.measurements and ct is not None:
            table = self.parameters.results
            fits = table is not None and (not referred(table, "ct") or referred(table, "ct")[0] is ct)
            self.parameters.results = scene_results.put_measurements(self._scene, state, table if fits else None, ct)

    def _noted(self, slot: str, node: Any, name: str = "") -> None:
        """The session's object and this node are the same from now on."""
        self.session.state.origin[name or slot] = str(node.GetID())
        self.inputs.note(slot, node)

    def _show_xray(self) -> None:
        self.live.show_xray(self.parameters.xray)
        self.session.preview()

    def _figures(self) -> dict[str, Any] | None:
        node = None if self.parameters is None else self.parameters.transform
        values: dict[str, Any] | None = None if node is None else fact(node, "Outcome")
        return values

    def _parameters(self) -> Any:
        return self.parameters

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """What the window itself writes into the parameter node is no news to it."""
        before, self._own = self._own, True
        try:
            if self.parameters is None:
                yield
            else:
                with slicer.util.NodeModify(self.parameters):
                    yield
        finally:
            self._own = before

    def _show_notice(self) -> None:
        state = self.session.state
        synthetic = (state.synthetic_ct, state.truth is not None)
        if synthetic == self._synthetic:
            return
        self._synthetic = synthetic
        text = f"<b>{_('Research use only, not for diagnosis.')}</b>"
        if any(synthetic):
            what = _("CT and X-ray") if all(synthetic) else _("CT") if synthetic[0] else _("X-ray")
            text += f" <b>{_('Synthetic:')}</b> {_('{what} of no real person.').format(what=what)}"
        self._ui.noticeLabel.text = text

    def _show_state(self, state: str) -> None:
        said = {
            "stopped": _("not started yet"),
            "starting": _("starting"),
            "ready": _("ready"),
            "busy": _("computing"),
        }
        text = _("Worker process: {state}. Projection and registration run on the processor (CPU).")
        self._ui.statusLabel.text = text.format(state=said[state])

    def _restarted(self, sentence: str) -> None:
        slicer.util.showStatusMessage(sentence, 5000)

    def _say(self, sentence: str) -> None:
        from bonedensity.errors import BoneDensityError

        self.session.desk.fail(BoneDensityError(sentence))
