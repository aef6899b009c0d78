"""A session's CT and bones, from files, from a scene, or made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bonedensity.densitometry import Calibration
from bonedensity.geometry import RigidTransform
from bonedensity.imaging import LabelMap, Volume
from bonedensity.workflows.moving_bones import TOGETHER
from bonedensity.workflows.session_facts import Bone
from bonedensity.workflows.session_state import SessionState
from bonedensity.workflows.session_xray import SessionXray
from bonedensity.workflows.setup import chosen_bones
from bonedensity.workflows.worker import Order


class SessionInputs(SessionXray):
    """Takes CT and bones in."""

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

    def forget(self) -> None:
        """Let everything go without a word, as when the scene that it came from is closed."""
        self.state = SessionState()

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

    def set_calibration(self, calibration: Calibration) -> None:
        """Take another line from HU to density; what the last one rested on is let go."""
        if calibration != self.state.calibration:
            self.state.calibration, self.state.evidence = calibration, None
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

    def _prepare_bones(
        self,
        reference: dict[str, Any] | None,
        labels: LabelMap | None = None,
        origin: str = "",
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """Let the worker look at the bones; `labels` is the object of the reference where it is at hand."""

        def done(value: dict[str, Any]) -> None:
            same = labels is not None and value["labels"] == reference
            placed = labels if same else self.desk.worker.exchange.get(value["labels"], LabelMap)
            assert placed is not None
            self.desk.keep("labels", placed, value["labels"])
            self._set_bones(placed, tuple(Bone.from_json(bone) for bone in value["bones"]), origin)
            then()

        parameters = {"ct": self._put("ct"), "labels": reference}
        self.desk.run(Order("prepare_bones", parameters, "looking at the bones", done, ("ct", "labels")))

    def _set_bones(self, labels: LabelMap | None, bones: tuple[Bone, ...], origin: str = "") -> None:
        state = self.state
        state.origin["labels"] = origin
        state.labels, state.bones = labels, bones
        usual = chosen_bones([bone.name for bone in bones if not bone.holds_metal])
        state.chosen = tuple(bone.name for bone in bones if bone.name in usual)
        state.moving, state.parked = TOGETHER, {}
        state.start = RigidTransform.from_translation(-state.centre()) if state.bone_set() else None
        state.parameters = np.zeros(6)
        state.landmarks = state.bones_found = state.uncertainty = state.doubts = None
        self._forget_outcome()
        for what in ("labels", "bones", "uncertainty", "landmarks", "pose"):
            self.changed.emit(what)
        self.preview()
