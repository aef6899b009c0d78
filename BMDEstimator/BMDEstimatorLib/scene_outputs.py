"""What of a session's news goes into the scene: nodes beside the inputs, and the parameter node that names them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from BMDEstimatorLib import scene_overlays, scene_results
from BMDEstimatorLib.landmark_points import LandmarkPoints
from BMDEstimatorLib.scene_inputs import SceneInputs
from BMDEstimatorLib.scene_live import LiveOverlay
from bonedensity.scene.attributes import referred
from bonedensity.workflows.session import Session


class SceneOutputs:
    """Writes each change into the scene.

    Attributes:
        live: Shows the X-ray and the bones over it in Slicer's views.
        points: The femur's landmarks.

    Args:
        scene: The scene.
        session: The case.
        inputs: Told which node is which of the session's objects.
        parameters: Gives the parameter node.
    """

    def __init__(self, scene: Any, session: Session, inputs: SceneInputs, parameters: Callable[[], Any]) -> None:
        self._scene, self._session, self._inputs, self._parameters = scene, session, inputs, parameters
        self.live = LiveOverlay(scene)
        self.points = LandmarkPoints(scene, session)
        self._steps = {
            "ct": self._ct,
            "labels": self._labels,
            "uncertainty": self._uncertainty,
            "radiograph": self._radiograph,
            "side": self._side,
            "geometry": self._geometry,
            "preview": self._preview,
            "outcome": self._outcome,
            "moving": self._moving,
            "estimate": self._estimate,
            "landmarks": self._landmarks,
            "measurements": self._measurements,
        }

    @property
    def _kept(self) -> Any:
        return self._parameters()

    def write(self, what: str) -> None:
        """Something changed in the session; what the scene does not hold is left alone."""
        if what in self._steps:
            self._steps[what]()

    def show_xray(self) -> None:
        """The chosen X-ray in the red view, and the bones over it once they are drawn."""
        self.live.show_xray(self._kept.xray)
        self._session.preview()

    def _ct(self) -> None:
        state = self._session.state
        if state.ct is None or state.origin.get("ct"):
            return
        node = scene_results.add_ct(self._scene, state)
        self._kept.ct = node
        self._kept.segmentation = self._kept.transform = self._kept.results = None
        if state.radiograph is None:
            self._kept.xray = None
        self._noted("ct", node)
        self._inputs.note("segmentation", None)

    def _labels(self) -> None:
        state = self._session.state
        if state.labels is None or state.origin.get("labels"):
            return
        node = scene_results.add_segmentation(self._scene, state, self._kept.ct)
        self._kept.segmentation = node
        self._noted("segmentation", node, "labels")

    def _uncertainty(self) -> None:
        state, kept = self._session.state, self._kept
        if state.uncertainty is not None:
            kept.uncertainty = scene_overlays.add_uncertainty(self._scene, state, kept.ct, kept.segmentation)
        elif kept.uncertainty is not None and referred(kept.uncertainty, "segmentation")[:1] != [kept.segmentation]:
            kept.uncertainty = None

    def _radiograph(self) -> None:
        state = self._session.state
        if state.radiograph is not None and not state.origin.get("radiograph"):
            node = scene_results.add_xray(self._scene, state, self._kept.ct)
            self._kept.xray = node
            self._noted("xray", node, "radiograph")
        self.show_xray()

    def _side(self) -> None:
        if self._kept.xray is not None and self._session.state.radiograph is not None:
            scene_results.note_side(self._kept.xray, self._session.state.radiograph.laterality)

    def _geometry(self) -> None:
        state, node = self._session.state, self._kept.xray
        if state.radiograph is None or node is None or state.camera is None:
            return
        placed = scene_results.follow_geometry(self._scene, state, node, self._kept.ct)
        self._kept.xray = placed
        self._noted("xray", placed, "radiograph")
        self.show_xray()

    def _preview(self) -> None:
        image, xray = self._session.state.preview, self._kept.xray
        if image is None or xray is None:
            self.live.remove()
        else:
            self.live.update(xray, image, self._kept.opacity)

    def _outcome(self) -> None:
        if self._session.state.outcome is None:
            self._kept.transform = None
            return
        nodes = (self._kept.ct, self._kept.segmentation, self._kept.xray)
        self._kept.transform = scene_results.add_registration(self._scene, self._session.state, *nodes)

    def _moving(self) -> None:
        """Another bone is moved: its registration and what was said of it are shown."""
        nodes = self._kept.ct, self._kept.xray
        self._kept.transform = scene_results.registration_of(self._scene, self._session.state, *nodes)

    def _estimate(self) -> None:
        state, kept = self._session.state, self._kept
        if state.estimated is not None and kept.xray is not None:
            kept.estimate = scene_overlays.add_estimate(self._scene, state, kept.xray)
        elif kept.estimate is not None and referred(kept.estimate, "Radiograph")[:1] != [kept.xray]:
            kept.estimate = None

    def _landmarks(self) -> None:
        landmarks, ct = self._session.state.landmarks, self._kept.ct
        if landmarks is None or ct is None:
            self.points.follow(None)
            self._kept.landmarks = None
        else:
            self._kept.landmarks = self.points.show(landmarks, ct)

    def _measurements(self) -> None:
        state, kept = self._session.state, self._kept
        source = kept.ct if kept.ct is not None else kept.xray
        if state.measurements and source is not None:
            table = kept.results
            fits = table is not None and referred(table, "ct")[:1] in ([], [source])
            kept.results = scene_results.put_measurements(self._scene, state, table if fits else None, source)
        if state.in_view is not None and kept.xray is not None:
            kept.densityMap = scene_overlays.put_density_map(self._scene, state, kept.densityMap, kept.xray)

    def _noted(self, slot: str, node: Any, name: str = "") -> None:
        """The session's object and this node are the same from now on."""
        self._session.state.origin[name or slot] = str(node.GetID())
        self._inputs.note(slot, node)
