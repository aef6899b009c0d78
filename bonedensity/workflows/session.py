"""One case in a window: load, place, register, measure. Knows no window, and leaves all computation to a worker.

    session = Session(WorkerClient())
    session.changed.connect(print)
    session.make_virtual_patient(seed=1)
    session.wait()
    session.simulate_xray(seed=1)
    session.wait()
    session.register()
    session.wait()
    print(session.state.outcome.accepted)

A window calls the worker's `poll` on a timer in place of `wait`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bonedensity.anatomy.labels import Side
from bonedensity.geometry import RigidTransform
from bonedensity.measurement import Measurement
from bonedensity.workflows.session_base import numbers_of
from bonedensity.workflows.session_inputs import SessionInputs
from bonedensity.workflows.session_landmarks import Landmarks
from bonedensity.workflows.session_results import measured, outcome_of
from bonedensity.workflows.worker import Order

REACH = np.array([60.0, 60.0, 60.0, 150.0, 150.0, 300.0])
"""Largest offsets from the start (3 degrees, 3 mm) that sliders offer; a pose beyond becomes the new start."""


class Session(SessionInputs):
    """Drives one case; see `SessionBase` for what it is made with and what it tells, `SessionInputs` for its inputs."""

    def choose_bones(self, names: Sequence[str]) -> None:
        """Show and register these bones; the pose stays."""
        state = self.state
        chosen = tuple(bone.name for bone in state.bones if bone.name in names)
        if chosen == state.chosen:
            return
        pose = self._pose()
        state.chosen = chosen
        if pose is not None and chosen:
            state.parameters = state.frame().parameters(pose)
        self._forget_outcome()
        self.changed.emit("bones")
        self.changed.emit("pose")
        self.preview()

    def set_parameters(self, parameters: ArrayLike, *, start: RigidTransform | None = None) -> None:
        """Move the bones to six parameters (3 degrees, 3 mm) in the view's frame; `start` is where they are zero."""
        values = np.asarray(parameters, dtype=np.float64)
        if start is not None:
            self.state.start = start
        if start is not None or not np.array_equal(values, self.state.parameters):
            self.state.parameters = values
            self.changed.emit("pose")
            self.preview()

    def set_pose(self, pose: RigidTransform) -> None:
        """Move the bones to a pose; one that lies beyond the reach of sliders becomes the start."""
        parameters = self.state.frame().parameters(pose)
        if np.any(np.abs(parameters) > REACH):
            self.set_parameters(np.zeros(6), start=pose)
        else:
            self.set_parameters(parameters)

    def reset_pose(self) -> None:
        """Put the chosen bones' centre on the world's origin, unturned."""
        if self.state.bone_set():
            self.set_parameters(np.zeros(6), start=RigidTransform.from_translation(-self.state.centre()))

    def register(self, *, seed: int = 0) -> None:
        """Find the pose of the chosen bones, starting from the present one."""
        if self._refused("register"):
            return
        state, initial = self.state, self.state.pose()
        view = {"radiograph": self._put("radiograph"), "camera": self._camera(state.camera)}

        def done(value: dict[str, Any]) -> None:
            outcome = outcome_of(value, state, initial)
            self.set_pose(outcome.world_from_ct)

            def projected(value: dict[str, Any]) -> None:
                state.outcome = replace(outcome, drr=self.desk.worker.exchange.take(value["image"], np.ndarray))
                self.changed.emit("outcome")

            assert state.camera is not None
            self.desk.run(self._projection(state.camera, outcome.world_from_ct, "projecting the bones", projected))

        parameters = {
            "ct": self._put("ct"),
            "labels": self._put("labels"),
            "bones": list(state.chosen),
            "views": [view],
            "initial": numbers_of(initial),
            "seed": seed,
            "levels": [asdict(level) for level in self.levels],
        }
        self.desk.run(Order("register", parameters, "the registration", done))

    def find_landmarks(self, side: Side) -> None:
        """Find the landmarks of a proximal femur; those that were moved before are forgotten."""
        if self._refused("landmarks"):
            return

        def done(value: dict[str, Any]) -> None:
            self.state.landmarks = Landmarks.of(side, value)
            self.changed.emit("landmarks")

        parameters = {"labels": self._put("labels"), "side": side}
        self.desk.run(Order("landmarks", parameters, "looking for landmarks", done, ("labels",)))

    def use_landmarks(self, landmarks: Landmarks | None) -> None:
        """Take landmarks that were found and mended before, such as a saved scene's; None takes them out."""
        self.state.landmarks = landmarks
        self.changed.emit("landmarks moved")

    def move_landmarks(self, points: Mapping[str, ArrayLike]) -> None:
        """Put landmarks where a person says (CT LPS mm); the next measurement of that side follows them."""
        landmarks = self.state.landmarks
        if landmarks is None:
            return
        changed = landmarks.with_points(points)
        if any(not np.array_equal(changed.points[name], point) for name, point in landmarks.points.items()):
            self.state.landmarks = changed
            self.changed.emit("landmarks moved")

    def use_measurements(self, measurements: Sequence[Measurement]) -> None:
        """Take measurements that were made before, such as a saved scene's."""
        self.state.measurements = tuple(measurements)
        self.changed.emit("measurements")

    def measure(self, region: str, side: Side) -> None:
        """Measure a region of the CT; after a registration also as the X-ray shows it."""
        if self._refused("measure"):
            return
        state, outcome = self.state, self.state.outcome

        def done(value: dict[str, Any]) -> None:
            measured(value, state, self.desk.worker.exchange)
            self.changed.emit("measurements")

        parameters: dict[str, Any] = {
            "ct": self._put("ct"),
            "labels": self._put("labels"),
            "region": region,
            "side": side,
            "calibration": state.calibration.to_json(),
        }
        if state.landmarks is not None and state.landmarks.side == side and state.landmarks.moved:
            parameters["landmarks"] = state.landmarks.to_json()
        if outcome is not None:
            parameters |= {"camera": self._camera(state.camera), "pose": numbers_of(outcome.world_from_ct)}
        self.desk.run(Order("measure", parameters, "the measurement", done))
