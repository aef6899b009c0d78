"""A second X-ray beside the first, and source, detector and bones in 3D."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from BMDEstimatorLib.panel import Panel, Shared
from BMDEstimatorLib.scene_inputs import key_of, read_xray
from bonedensity.desktop.buttons import enable
from bonedensity.errors import BoneDensityError
from bonedensity.scene.attributes import put_fact
from bonedensity.scene.hierarchy import put_next_to
from bonedensity.scene.live_bones import LiveBones
from bonedensity.scene.radiographs import radiograph_to_node
from bonedensity.scene.views import show_overlay

VIEW = "Yellow"
"""The slice view that shows the second X-ray."""


class ViewsPanel(Panel):
    """Takes the second X-ray and shows 3D."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        ui = shared.ui
        self._seen: Any = None
        self.bones = LiveBones(slicer.mrmlScene)
        ui.simulateSecondButton.connect("clicked()", self._simulate)
        ui.show3DButton.connect("clicked()", self._show_3d)

    def follow(self) -> None:
        """Let the session take the chosen second X-ray where it was chosen anew or swung."""
        parameters = self._parameters()
        if parameters is None:
            self._seen = None
            return
        node = parameters.secondXray
        seen = (key_of(node), parameters.secondAngle)
        ready = self._session.state.camera is not None or node is None
        if not ready or seen == self._seen or (node is None and self._seen in (None, (None, parameters.secondAngle))):
            return
        self._seen = seen
        self._take(node)

    def refresh(self) -> None:
        """What can be done, and where the second camera comes from."""
        session = self._session
        missing = session.what_is_missing("preview")
        simulated = (
            "" if session.state.truth is not None else _("Simulate the first X-ray: a real one cannot be swung.")
        )
        tip = _("Make a second X-ray of the simulated one’s hidden pose, at this angle.")
        enable(self._ui.simulateSecondButton, missing or simulated, tip)
        needs = "" if self._parameters() is None or self._parameters().segmentation else _("Load the bones first.")
        tip = _("Draw the X-ray’s source, beam and detector with the bones at their present pose in the 3D view.")
        enable(self._ui.show3DButton, missing or needs, tip)
        second = session.state.second
        self._ui.secondInfoLabel.setVisible(second is not None)
        if second is not None:
            text = _(
                "Both X-rays are registered together. The second: {columns} × {rows} pixels, source {distance} mm."
            )
            self._ui.secondInfoLabel.text = text.format(
                columns=second.radiograph.columns, rows=second.radiograph.rows, distance=f"{second.camera.sdd_mm:.0f}"
            )

    def changed(self, what: str) -> None:
        """The session changed."""
        if what == "pose" and self.bones.shown and self._session.state.bone_set():
            self.bones.move(self._session.state.pose())
        if what in ("ct", "labels"):
            self.bones.remove()
        if what == "moving" and self.bones.shown and self._session.state.bone_set():
            self._show_3d()
        if what == "ct":
            self._seen = None  # another case: the second X-ray, if it is still chosen, is to be taken anew
        if what == "second":
            self._to_scene()

    def _take(self, node: Any) -> None:
        if node is None:
            self._session.use_second(None)
            return
        try:
            radiograph, camera, _truth = read_xray(node)
        except BoneDensityError as error:
            self._session.desk.fail(error)
            return
        self._session.use_second(radiograph, camera=camera, angle_deg=self._parameters().secondAngle)
        if self._session.state.second is not None:
            show_overlay(slicer.mrmlScene, node, None, view=VIEW)

    def _to_scene(self) -> None:
        """A simulated second X-ray becomes a node of its own."""
        second, parameters = self._session.state.second, self._parameters()
        if second is None or parameters is None or parameters.secondXray is not None:
            return
        name = slicer.mrmlScene.GenerateUniqueName(f"{second.radiograph.name} (synthetic)")
        node = radiograph_to_node(slicer.mrmlScene, second.radiograph, second.camera, name)
        put_fact(node, "Synthetic", True)
        if parameters.ct is not None:
            put_next_to(slicer.mrmlScene, parameters.ct, node)
        self._seen = (key_of(node), parameters.secondAngle)
        parameters.secondXray = node
        show_overlay(slicer.mrmlScene, node, None, view=VIEW)

    def _simulate(self) -> None:
        self._feedback.begin("register")
        self._parameters().secondXray = None
        self._session.simulate_second(self._parameters().secondAngle, self._parameters().seed)

    def _show_3d(self) -> None:
        self._feedback.begin("register")
        state, parameters = self._session.state, self._parameters()
        cameras = [state.camera] + ([] if state.second is None else [state.second.camera])
        try:
            moved = (state.members(state.moving), state.pose())
            self.bones.show(parameters.segmentation, [moved, *state.others()], cameras)
        except BoneDensityError as error:
            self._session.desk.fail(error)
