"""A session's CT: calibrated, segmented, measured everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from bonedensity.anatomy.labels import Side
from bonedensity.densitometry import Calibration
from bonedensity.imaging import Volume
from bonedensity.measurement import Measurement
from bonedensity.workflows.ct_facts import BonesFound, Doubts, Evidence, evidence_lines
from bonedensity.workflows.session_inputs import SessionInputs
from bonedensity.workflows.session_results import merged
from bonedensity.workflows.worker import Order


class SessionCt(SessionInputs):
    """Calibration, segmentation and densitometry of the CT that is loaded."""

    def calibrate(self, method: str, *, kvp: float = 120.0, table: str = "") -> None:
        """Find the line from HU to density in the CT.

        Args:
            method: A phantom's name, "internal" (the patient's tissues) or "scanner" (table by tube voltage).
            kvp: Tube voltage (kV), for "scanner".
            table: Path of one's own table, for "scanner"; "" for the shipped one.
        """
        if self._refused("calibrate"):
            return

        def done(value: dict[str, Any]) -> None:
            calibration = Calibration.from_json(value["calibration"])
            drawn = value["picture"]
            picture = None if drawn is None else self.desk.worker.exchange.take(drawn, np.ndarray)
            lines = evidence_lines(calibration, value["details"])
            self.set_calibration(calibration)
            self.state.evidence = Evidence(method, lines, tuple(value["notes"]), picture)
            self.changed.emit("calibration")

        parameters: dict[str, Any] = {"ct": self._put("ct"), "method": method}
        if method == "scanner":
            parameters |= {"kvp": float(kvp)} | ({"table": table} if table else {})
        elif method == "internal" and self.state.labels is not None:
            parameters["labels"] = self._put("labels")
        self.desk.run(Order("calibrate", parameters, "the calibration", done, ("ct",)))

    def segment(self, engine: str, *, path: str = "", samples: int | None = None) -> None:
        """Find the bones of the CT; a segmentation that is there is replaced when the new one is done.

        Args:
            engine: A name of `segmentation.ENGINES`.
            path: Folder of weights or of a bundle, or a label file; "" for shipped weights.
            samples: Of the Bayesian U-Net; None for its own number.
        """
        if self._refused("labels"):
            return

        def done(value: dict[str, Any]) -> None:
            exchange, doubt = self.desk.worker.exchange, value["uncertainty"]
            found = BonesFound(value["engine"], value["confidence"], value["seconds"], tuple(value["notes"]))
            uncertainty = None if doubt is None else exchange.get(doubt, Volume)
            self._prepare_bones(value["labels"], then=lambda: self._tell_found(found, uncertainty))

        parameters: dict[str, Any] = {"ct": self._put("ct"), "engine": engine, "path": path}
        if samples is not None:
            parameters["samples"] = samples
        self.desk.run(Order("segment", parameters, "the segmentation", done, ("ct", "labels")))

    def measure_all(self, side: Side = "R") -> None:
        """Measure every region on both sides; mended landmarks serve their own side.

        Args:
            side: Of landmarks that a scene brought without one.
        """
        if self._refused("measure"):
            return
        state = self.state

        def done(value: dict[str, Any]) -> None:
            state.measurements = merged(state.measurements, [Measurement(**m) for m in value["measurements"]])
            flags = tuple((flag["kind"], flag["message"]) for flag in value["flags"])
            state.doubts = Doubts(flags, dict(value["refusals"]))
            self.changed.emit("measurements")

        parameters: dict[str, Any] = {
            "ct": self._put("ct"),
            "labels": self._put("labels"),
            "calibration": state.calibration.to_json(),
            "side": state.landmarks.side if state.landmarks is not None else side,
        }
        if state.landmarks is not None and state.landmarks.moved:
            parameters["landmarks"] = state.landmarks.to_json()
        self.desk.run(Order("densitometry", parameters, "the densitometry", done))

    def _tell_found(self, found: BonesFound, uncertainty: Volume | None) -> None:
        self.state.bones_found, self.state.uncertainty = found, uncertainty
        self.changed.emit("uncertainty")
