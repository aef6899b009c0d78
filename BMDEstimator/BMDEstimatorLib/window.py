"""The window: one session, its worker, the panel's sections, and the scene that everything is kept in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import slicer
from slicer.i18n import tr as _

from BMDEstimatorLib import parameters as kept_parameters
from BMDEstimatorLib import scene_overlays, scene_results
from BMDEstimatorLib.bones_panel import BonesPanel
from BMDEstimatorLib.calibration_panel import CalibrationPanel
from BMDEstimatorLib.ct_panel import CtPanel
from BMDEstimatorLib.densitometry_panel import DensitometryPanel
from BMDEstimatorLib.estimate_panel import EstimatePanel
from BMDEstimatorLib.landmark_points import LandmarkPoints
from BMDEstimatorLib.packages_panel import PackagesPanel
from BMDEstimatorLib.register_panel import RegisterPanel
from BMDEstimatorLib.result_table import ResultTable
from BMDEstimatorLib.results_panel import ResultsPanel
from BMDEstimatorLib.scene_inputs import SceneInputs
from BMDEstimatorLib.scene_live import LiveOverlay
from BMDEstimatorLib.xray_panel import XrayPanel
from bonedensity.desktop.feedback import Feedback
from bonedensity.desktop.installer import Installer
from bonedensity.desktop.model_installer import ModelInstaller
from bonedensity.desktop.worker_timer import WorkerTimer
from bonedensity.scene.attributes import fact, referred
from bonedensity.scene.tables import node_to_measurements
from bonedensity.workflows.session import Session

SECTIONS = ("ct", "xray", "register", "estimate", "results")
"""In the order of the panel."""


class Window:
    """Ties widgets, parameter node, session and scene together; each part does its own work.

    Args:
        ui: The widgets of the .ui file.
        scene: The scene.
        requirements: Path of the module's requirements file.
        model_requirements: Path of the file of what networks need beside PyTorch.
    """

    def __init__(self, ui: Any, scene: Any, requirements: str, model_requirements: str) -> None:
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
        self.models = ModelInstaller(model_requirements, _("BMD Estimator"))
        self.feedback = Feedback(ui, self.session, SECTIONS, without_cancel=("register",))
        self.ct = CtPanel(ui, self.session, self.feedback, self._parameters, self.installer.ensure)
        self.calibration = CalibrationPanel(ui, self.session, self.feedback, self._parameters, self.installer.ensure)
        self.bones = BonesPanel(ui, self.session, self.feedback, self._parameters, self.models.ensure)
        self.densitometry = DensitometryPanel(ui, self.session, self.feedback, self._parameters)
        self.xray = XrayPanel(ui, self.session, self.feedback, self._parameters, self.installer.ensure)
        self.register = RegisterPanel(
            ui, self.session, self.feedback, self._parameters, self.installer.ensure, self._figures
        )
        self.estimate = EstimatePanel(ui, self.session, self.feedback, self._parameters, self.models.ensure)
        self.register.pictures.drawn.connect(self._show_picture)
        self.table = ResultTable(ui, self.session)
        self.results = ResultsPanel(ui, self.session, self.feedback, self._parameters, self.installer.ensure)
        self.packages = PackagesPanel(ui, self.installer, self.models)
        self.session.changed.connect(self._session_changed)
        self.session.desk.busy_changed.connect(lambda title: self.refresh())
        self._show_state("stopped")
        self.refresh()

    def enter(self) -> None:
        """The module is shown: the mouse moves bones in the red view."""
        self.register.view.attach()

    def exit(self) -> None:
        """Another module is shown: the red view is its own again."""
        self.register.view.detach()

    def close(self) -> None:
        """End the worker."""
        self.register.close()
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
        with self._writing():
            self.register.follow()
        self.register.verdict.restore()
        self.refresh()
        self.register.draw()

    def parametersChanged(self) -> None:
        """The parameter node was changed, by a widget or a script; the session takes it over."""
        parameters = self.parameters
        if parameters is None or self._own:
            return
        xray = parameters.xray
        with self._writing():
            if chosen := self.inputs.differing(parameters):
                self.feedback.begin("xray" if chosen == ["xray"] else "ct")
            if self.inputs.follow(parameters):
                parameters.transform = parameters.results = None
            with self.feedback.at("xray"):
                kept_parameters.push_geometry(parameters, self.session)
            with self.feedback.at("ct"):
                kept_parameters.push_calibration(parameters, self.session)
            kept_parameters.push_pose(parameters, self.session)
            if parameters.xray is not xray:
                self._show_xray()
            self.register.follow()
        self.refresh()
        shown = (self.register.pictures.look(), parameters.windowLow, parameters.windowHigh, parameters.crop)
        if shown != self._drawn:
            self._drawn = shown
            self.live.set_opacity(parameters.opacity)
            self.register.draw()

    def refresh(self) -> None:
        """Show the session as it stands."""
        for part in (
            self.ct,
            self.calibration,
            self.bones,
            self.densitometry,
            self.xray,
            self.register,
            self.estimate,
            self.table,
            self.results,
        ):
            part.refresh()
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
            self.register.changed(what)
            if what not in ("preview", "rims", "search") and self._waiting is None:
                kept_parameters.pull(self.parameters, self.session)
        if what in ("radiograph", "preview", "rims"):
            self.register.draw()
        if what == "search":
            self.register.show_search()
        elif what not in ("preview", "rims"):
            self.refresh()

    def _show_picture(self) -> None:
        """What was drawn in the panel, in the red view too where a colour table cannot show it."""
        if self.parameters is not None and self.parameters.xray is not None:
            plain = self.parameters.mode.value == "blend"
            picture = None if plain else self.register.pictures.picture
            self.live.show_picture(self.parameters.xray, picture, self.session.state.preview_factor())

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

    def _to_scene_uncertainty(self) -> None:
        state, kept = self.session.state, self.parameters
        if state.uncertainty is not None:
            kept.uncertainty = scene_overlays.add_uncertainty(self._scene, state, kept.ct, kept.segmentation)
        elif kept.uncertainty is not None and referred(kept.uncertainty, "segmentation")[:1] != [kept.segmentation]:
            kept.uncertainty = None

    def _to_scene_radiograph(self) -> None:
        state = self.session.state
        if state.radiograph is not None and not state.origin.get("radiograph"):
            node = scene_results.add_xray(self._scene, state, self.parameters.ct)
            self.parameters.xray = node
            self._noted("xray", node, "radiograph")
        self._show_xray()

    def _to_scene_side(self) -> None:
        if self.parameters.xray is not None and self.session.state.radiograph is not None:
            scene_results.note_side(self.parameters.xray, self.session.state.radiograph.laterality)

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

    def _to_scene_estimate(self) -> None:
        state, xray = self.session.state, self.parameters.xray
        if state.estimated is not None and xray is not None:
            self.parameters.estimate = scene_overlays.add_estimate(self._scene, state, xray)
        elif self.parameters.estimate is not None and referred(self.parameters.estimate, "Radiograph")[:1] != [xray]:
            self.parameters.estimate = None

    def _to_scene_landmarks(self) -> None:
        landmarks, ct = self.session.state.landmarks, self.parameters.ct
        if landmarks is None or ct is None:
            self.points.follow(None)
            self.parameters.landmarks = None
        else:
            self.parameters.landmarks = self.points.show(landmarks, ct)

    def _to_scene_measurements(self) -> None:
        state, kept = self.session.state, self.parameters
        source = kept.ct if kept.ct is not None else kept.xray
        if state.measurements and source is not None:
            table = kept.results
            fits = table is not None and referred(table, "ct")[:1] in ([], [source])
            kept.results = scene_results.put_measurements(self._scene, state, table if fits else None, source)
        if state.in_view is not None and kept.xray is not None:
            kept.densityMap = scene_overlays.put_density_map(self._scene, state, kept.densityMap, kept.xray)

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
