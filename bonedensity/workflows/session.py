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
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bonedensity.anatomy.labels import Side
from bonedensity.measurement import Measurement
from bonedensity.workflows.moving_bones import TOGETHER
from bonedensity.workflows.session_base import numbers_of
from bonedensity.workflows.session_cases import SessionCases
from bonedensity.workflows.session_ct import SessionCt
from bonedensity.workflows.session_estimate import SessionEstimate
from bonedensity.workflows.session_landmarks import Landmarks
from bonedensity.workflows.session_plots import SessionPlots
from bonedensity.workflows.session_results import measured
from bonedensity.workflows.session_surfaces import SessionSurfaces
from bonedensity.workflows.worker import Order


class Session(SessionCt, SessionEstimate, SessionPlots, SessionSurfaces, SessionCases):
    """Drives one case.

    See `SessionBase` for what it is made with and what it tells, `SessionInputs` for its inputs, `SessionCt` for
    calibration and bones, `SessionEstimate` for densities from the X-ray alone, `SessionPose` for moving the bones by
    hand, `SessionSearch` for the registration, `SessionPlots` for plots, reports and exports,
    `SessionSurfaces` for what 3D views show.
    """

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
        state, outcomes = self.state, self.state.outcomes()

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
        if outcomes:
            poses = {name: numbers_of(outcome.world_from_ct) for name, outcome in outcomes.items()}
            parameters |= {"camera": self._camera(state.camera), "pose": poses.pop(TOGETHER, None), "own_poses": poses}
            parameters["radiograph"] = self._put("radiograph")
        self.desk.run(Order("measure", parameters, "the measurement", done))
