"""A session's inputs: CT, bones and X-ray, from files, from a scene, or made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bonedensity.densitometry import Calibration
from bonedensity.errors import BoneDensityError
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.imaging import LabelMap, Radiograph, Volume
from bonedensity.imaging.spacing import PixelSpacing
from bonedensity.registration.pose import ViewFrame
from bonedensity.workflows.session_base import SessionBase, numbers_of
from bonedensity.workflows.session_state import Bone, SessionState, XrayGeometry
from bonedensity.workflows.setup import HIDDEN_POSE, chosen_bones, nominal_camera, random_pose
from bonedensity.workflows.worker import Order


class SessionInputs(SessionBase):
    """Takes CT, bones and X-ray in."""

    def load_ct(self, path: str | Path) -> None:
        """Read a CT from a file or a DICOM folder."""

        def done(value: dict[str, Any]) -> None:
            ct = self.desk.worker.exchange.get(value["ct"], Volume)
            self.desk.keep("ct", ct, value["ct"])
            self.use_ct(ct)

        self.desk.run(Order("read_ct", {"path": str(path)}, "reading the CT", done, ("ct",)))

    def load_labels(self, path: str | Path) -> None:
        """Read a segmentation of the CT that is loaded."""
        if self._refused("labels"):
            return

        def done(value: dict[str, Any]) -> None:
            self._prepare_bones(value["labels"])

        parameters = {"path": str(path), "ct": self._put("ct")}
        self.desk.run(Order("read_labels", parameters, "reading the segmentation", done, ("ct", "labels")))

    def load_radiograph(self, path: str | Path) -> None:
        """Read an X-ray image."""

        def done(value: dict[str, Any]) -> None:
            radiograph = self.desk.worker.exchange.get(value["radiograph"], Radiograph)
            self.desk.keep("radiograph", radiograph, value["radiograph"])
            self.use_radiograph(radiograph)

        self.desk.run(Order("read_radiograph", {"path": str(path)}, "reading the X-ray", done, ("radiograph",)))

    def use_ct(self, ct: Volume | None, *, synthetic: bool = False, origin: str = "") -> None:
        """Take a CT in HU, or none; what belonged to another CT is let go.

        Args:
            ct: In HU.
            synthetic: It is a virtual patient's.
            origin: Where the caller has it from, such as a node's id; it comes back in `state.origin`.
        """
        self._stop_what_rests_on("ct")
        kept = self.state
        self.state = SessionState(ct=ct, synthetic_ct=synthetic, calibration=kept.calibration)
        if kept.truth is None:
            self.state.radiograph, self.state.camera, self.state.geometry = kept.radiograph, kept.camera, kept.geometry
            self.state.origin["radiograph"] = kept.origin.get("radiograph", "")
        self.state.origin["ct"] = origin
        for what in (
            "ct", "labels", "bones", "landmarks", "radiograph", "geometry", "pose", "outcome", "measurements",
            "preview",
        ):  # fmt: skip
            self.changed.emit(what)

    def use_labels(self, labels: LabelMap | None, *, origin: str = "") -> None:
        """Take a segmentation, which the worker brings onto the CT's grid; None takes it out."""
        self._stop_what_rests_on("labels")
        if labels is None or self.state.labels is not None:
            self._set_bones(None, ())
        if labels is not None and not self._refused("labels"):
            self._prepare_bones(self.desk.put("labels", labels), labels, origin)

    def use_threshold(self) -> None:
        """Take everything dense in the CT as bone: enough to register, not to measure."""
        if not self._refused("labels"):
            self._prepare_bones(None)

    def use_radiograph(
        self,
        radiograph: Radiograph | None,
        *,
        camera: PinholeCamera | None = None,
        truth: RigidTransform | None = None,
        origin: str = "",
    ) -> None:
        """Take an X-ray.

        Args:
            radiograph: Bone bright; None takes it out.
            camera: Where it is known; else AP, from the radiograph's own tags.
            truth: The hidden pose of a simulated one.
            origin: Where the caller has it from.
        """
        self._stop_what_rests_on("radiograph")
        state = self.state
        geometry = XrayGeometry() if radiograph is None else XrayGeometry.of(radiograph, camera)
        made = None if radiograph is None else camera or geometry.camera(radiograph, None)
        state.radiograph, state.camera, state.geometry, state.truth = radiograph, made, geometry, truth
        state.origin["radiograph"] = origin
        self._forget_outcome()
        for what in ("radiograph", "geometry", "pose"):
            self.changed.emit(what)
        self.preview()

    def set_geometry(
        self,
        *,
        spacing_mm: float | None = None,
        sdd_mm: float | None = None,
        source_to_isocentre_mm: float | None = None,
    ) -> None:
        """State the X-ray's geometry; what is left out stays. A spacing that is typed counts as the user's."""
        old = self.state.geometry
        new = replace(
            old,
            sdd_mm=sdd_mm or old.sdd_mm,
            source_to_isocentre_mm=source_to_isocentre_mm or old.source_to_isocentre_mm,
        )
        if spacing_mm and (old.spacing_mm is None or not np.isclose(old.spacing_mm[0], spacing_mm, atol=1e-6)):
            new = replace(new, spacing_mm=(spacing_mm, spacing_mm), spacing_source="user")
        if new == old:
            return
        try:
            self._take_geometry(new)
        except BoneDensityError as error:
            self.desk.fail(error)

    def set_calibration(self, calibration: Calibration) -> None:
        """Take another line from HU to density."""
        if calibration != self.state.calibration:
            self.state.calibration = calibration
            self.changed.emit("calibration")

    def make_virtual_patient(self, seed: int, *, spacing_mm: float = 2.0) -> None:
        """A synthetic CT with its bones; an X-ray simulated from another CT is let go."""

        def done(value: dict[str, Any]) -> None:
            exchange, truth = self.desk.worker.exchange, value["truth"]
            exchange.release(value["density"])
            ct, labels = exchange.get(value["ct"], Volume), exchange.get(value["labels"], LabelMap)
            self.desk.keep("ct", ct, value["ct"])
            self.desk.keep("labels", labels, value["labels"])
            self.use_ct(ct, synthetic=True)
            self.set_calibration(
                Calibration(truth["hu_slope"], truth["hu_intercept"], truth["material"], "virtual patient's own")
            )
            self._prepare_bones(value["labels"], labels)

        parameters = {"seed": seed, "spacing_mm": spacing_mm}
        self.desk.run(Order("virtual_patient", parameters, "making the virtual patient", done, ("ct", "labels")))

    def simulate_xray(self, seed: int) -> None:
        """An X-ray of the CT at a hidden pose near the centred one."""
        if self._refused("simulate"):
            return
        camera = nominal_camera()
        centre = self.state.centre()
        frame = ViewFrame(camera, RigidTransform.from_translation(-centre), centre)
        truth = random_pose(frame, np.random.default_rng([seed, 1]), HIDDEN_POSE)

        def done(value: dict[str, Any]) -> None:
            radiograph = self.desk.worker.exchange.get(value["radiograph"], Radiograph)
            self.desk.keep("radiograph", radiograph, value["radiograph"])
            self.use_radiograph(radiograph, camera=camera, truth=truth)

        parameters = {"ct": self._put("ct"), "camera": self._camera(camera), "pose": numbers_of(truth), "seed": seed}
        self.desk.run(Order("simulate_xray", parameters, "simulating the X-ray", done))

    def _prepare_bones(
        self, reference: dict[str, Any] | None, labels: LabelMap | None = None, origin: str = ""
    ) -> None:
        """Let the worker look at the bones; `labels` is the object of the reference where it is at hand."""

        def done(value: dict[str, Any]) -> None:
            same = labels is not None and value["labels"] == reference
            placed = labels if same else self.desk.worker.exchange.get(value["labels"], LabelMap)
            assert placed is not None
            self.desk.keep("labels", placed, value["labels"])
            self._set_bones(placed, tuple(Bone.from_json(bone) for bone in value["bones"]), origin)

        parameters = {"ct": self._put("ct"), "labels": reference}
        self.desk.run(Order("prepare_bones", parameters, "looking at the bones", done, ("ct", "labels")))

    def _set_bones(self, labels: LabelMap | None, bones: tuple[Bone, ...], origin: str = "") -> None:
        state = self.state
        state.origin["labels"] = origin
        state.labels, state.bones = labels, bones
        usual = chosen_bones([bone.name for bone in bones if not bone.holds_metal])
        state.chosen = tuple(bone.name for bone in bones if bone.name in usual)
        state.start = RigidTransform.from_translation(-state.centre()) if state.bone_set() else None
        state.parameters = np.zeros(6)
        state.landmarks = None
        self._forget_outcome()
        for what in ("labels", "bones", "landmarks", "pose"):
            self.changed.emit(what)
        self.preview()

    def _take_geometry(self, geometry: XrayGeometry) -> None:
        state = self.state
        if state.radiograph is not None:
            state.camera = geometry.camera(state.radiograph, state.camera)
            self._stop_what_rests_on("radiograph")
            if geometry.spacing_source == "user" and geometry.spacing_mm is not None:
                state.radiograph = state.radiograph.with_spacing(PixelSpacing(*geometry.spacing_mm, source="user"))
        state.geometry = geometry
        self._forget_outcome()
        self.changed.emit("geometry")
        self.preview()
