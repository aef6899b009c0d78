"""The window: one session, its worker, the panel's sections, and the scene that everything is kept in."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
from slicer.i18n import tr as _

from BMDEstimatorLib import parameters as kept_parameters
from BMDEstimatorLib.bones_panel import BonesPanel
from BMDEstimatorLib.calibration_panel import CalibrationPanel
from BMDEstimatorLib.ct_panel import CtPanel
from BMDEstimatorLib.densitometry_panel import DensitometryPanel
from BMDEstimatorLib.estimate_panel import EstimatePanel
from BMDEstimatorLib.packages_panel import PackagesPanel
from BMDEstimatorLib.panel import Shared
from BMDEstimatorLib.register_panel import RegisterPanel
from BMDEstimatorLib.result_table import ResultTable
from BMDEstimatorLib.results_panel import ResultsPanel
from BMDEstimatorLib.scene_inputs import SceneInputs
from BMDEstimatorLib.scene_outputs import SceneOutputs
from BMDEstimatorLib.status_lines import StatusLines
from BMDEstimatorLib.xray_panel import XrayPanel
from bonedensity.desktop.feedback import Feedback
from bonedensity.desktop.installer import Installer
from bonedensity.desktop.model_installer import ModelInstaller
from bonedensity.desktop.own_writing import OwnWriting
from bonedensity.desktop.worker_timer import WorkerTimer
from bonedensity.scene.attributes import fact
from bonedensity.scene.tables import node_to_measurements
from bonedensity.scene.transforms import node_to_transform
from bonedensity.workflows.session import Session

MOVED = 0.06
"""mm or degrees: less is lost when a scene is saved, since the parameter node keeps one decimal."""

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
        self._writing = OwnWriting(lambda: self.parameters)
        self._waiting: kept_parameters.Kept | None = None
        self._drawn: Any = None
        self.status = StatusLines(ui, lambda: self.session.state)
        self.worker = WorkerTimer(
            on_restart=self._restarted,
            on_state=self.status.show_state,
            on_bug=self._say,
            on_heard=lambda: self.session.settle(),
        )
        self.session = Session(self.worker.client)
        self.inputs = SceneInputs(self.session)
        self.outputs = SceneOutputs(scene, self.session, self.inputs, lambda: self.parameters)
        self.live, self.points = self.outputs.live, self.outputs.points
        self.installer = Installer(requirements, _("BMD Estimator"))
        self.models = ModelInstaller(model_requirements, _("BMD Estimator"))
        self.feedback = Feedback(ui, self.session, SECTIONS, without_cancel=("register",))
        shared = Shared(
            ui, self.session, self.feedback, lambda: self.parameters, self.installer.ensure, self.models.ensure
        )
        self.ct, self.calibration = CtPanel(shared), CalibrationPanel(shared)
        self.bones, self.densitometry = BonesPanel(shared), DensitometryPanel(shared)
        self.xray, self.estimate = XrayPanel(shared), EstimatePanel(shared)
        self.register = RegisterPanel(shared, self._figures)
        self.table, self.results = ResultTable(ui, self.session), ResultsPanel(shared)
        self.packages = PackagesPanel(ui, self.installer, self.models)
        self.register.pictures.drawn.connect(self._show_picture)
        self.session.changed.connect(self._session_changed)
        self.session.desk.busy_changed.connect(lambda title: self.refresh())
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
            self.outputs.show_xray()
        with self._writing():
            self.register.follow()
        self.register.verdict.restore()
        self.refresh()
        self.register.draw()

    def parametersChanged(self) -> None:
        """The parameter node was changed, by a widget or a script; the session takes it over."""
        parameters = self.parameters
        if parameters is None or self._writing.now:
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
                self.outputs.show_xray()
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
        self.status.show_notice()

    def _session_changed(self, what: str) -> None:
        if self.parameters is None:
            return
        with self._writing():
            if what == "labels" and self._waiting is not None and self.session.state.bones:
                waiting, self._waiting = self._waiting, None
                waiting.restore_pose(self.session)
                waiting.restore_landmarks(self.session, self.points)
            self.outputs.write(what)
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

    def _figures(self) -> dict[str, Any] | None:
        node, state = None if self.parameters is None else self.parameters.transform, self.session.state
        values = None if node is None else fact(node, "Outcome")
        if values is None or state.camera is None or state.start is None or not state.bone_set():
            return values
        away = state.frame().parameters(node_to_transform(node)) - state.parameters
        return {**values, "moved": bool(np.abs(away).max() > MOVED)}

    def _restarted(self, sentence: str) -> None:
        slicer.util.showStatusMessage(sentence, 5000)

    def _say(self, sentence: str) -> None:
        from bonedensity.errors import BoneDensityError

        self.session.desk.fail(BoneDensityError(sentence))
