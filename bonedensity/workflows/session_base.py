"""The common ground of a session: its state, its worker, the live picture."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bonedensity.errors import BoneDensityError
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.registration.config import Level
from bonedensity.workflows.desk import Desk
from bonedensity.workflows.readiness import Step, what_is_missing
from bonedensity.workflows.session_state import SessionState
from bonedensity.workflows.signals import Signal
from bonedensity.workflows.worker import Order, Worker

REST_S = 0.1
"""A pose that has not moved for so long is at rest: its picture is made again by the exact renderer."""


class SessionBase:
    """What all parts of a session share.

    Args:
        worker: Computes, such as `jobs.WorkerClient`.
        levels: Of the registration; default its own. Fewer make it quick and rough.

    Attributes:
        state: What is known; read it, and change it through the methods.
        changed: Emitted with what changed: "ct", "labels", "bones", "radiograph", "side", "geometry", "pose",
            "moving", "preview", "calibration", "uncertainty", "landmarks", "landmarks moved", "outcome",
            "estimate", "plot" or "measurements".
        desk: Tells of progress, failures and whether a job runs.
    """

    def __init__(self, worker: Worker, *, levels: Sequence[Level] = ()) -> None:
        self.state = SessionState()
        self.changed = Signal()
        self.desk = Desk(worker)
        self.levels = tuple(levels)
        self._moved_at = time.monotonic()
        self._settled = True

    def what_is_missing(self, step: Step) -> str:
        """Why a step cannot start now, as one sentence; "" when it can."""
        return self.waiting() or what_is_missing(self.state, step)

    def waiting(self) -> str:
        """Why nothing can start while a job runs, as one sentence; "" when none does."""
        return self.desk.waiting()

    def cancel(self) -> None:
        """Stop the job that runs; nothing is changed by it."""
        self.desk.cancel()

    def wait(self, timeout_s: float | None = None, *, meanwhile: Callable[[], object] = lambda: None) -> None:
        """For scripts: wait for the jobs that run; `meanwhile` is called some 20 times a second.

        Raises:
            BoneDensityError: One of them failed.
        """
        self.desk.wait(timeout_s, meanwhile=meanwhile)

    def preview(self) -> None:
        """Ask for the quick picture of the bones at the present pose; an earlier request is overtaken."""
        self._moved_at, self._settled = time.monotonic(), False
        if what_is_missing(self.state, "preview") or self.state.camera is None:
            self._settled = True
            self.desk.forget_picture()
            if self.state.preview is not None:
                self.state.preview = None
                self.changed.emit("preview")
            return
        self._picture("searching")

    def settle(self) -> None:
        """Once the pose rests, ask for its exact picture; a window calls this as often as it hears the worker."""
        at_work = self.desk.job or self.desk.picturing
        if self._settled or at_work or time.monotonic() - self._moved_at < REST_S:
            return
        self._settled = True
        self._picture("measuring")

    # Within

    def _forget_outcome(self) -> None:
        """A registration holds for the inputs that it was made with."""
        state = self.state
        if state.outcomes():
            state.outcome = None
            state.parked = {name: replace(parked, outcome=None) for name, parked in state.parked.items()}
            self.changed.emit("outcome")

    def _picture(self, backend: str) -> None:
        state = self.state
        assert state.camera is not None
        asked = (state.ct, state.labels, state.radiograph)

        def done(value: dict[str, Any]) -> None:
            image = self.desk.worker.exchange.take(value["image"], np.ndarray)
            same = asked == (self.state.ct, self.state.labels, self.state.radiograph)
            if same and self._pose() is not None:  # else the last bone was unticked meanwhile
                self.state.preview = image
                self.changed.emit("preview")

        camera = state.camera.resampled(state.preview_factor())
        self.desk.show(self._projection(camera, state.pose(), "the live picture", done, backend))

    def _projection(
        self, camera: PinholeCamera, pose: RigidTransform, title: str, done: Any, backend: str = "measuring"
    ) -> Order:
        parameters = {
            "ct": self._put("ct"),
            "labels": self._put("labels"),
            "bones": list(self.state.members(self.state.moving)),
            "others": self._others(),
            "camera": self._camera(camera),
            "pose": numbers_of(pose),
            "backend": backend,
        }
        return Order("render", parameters, title, done)

    def _others(self) -> list[dict[str, Any]]:
        """The ticked bones that are not moved, for the worker."""
        return [{"bones": list(names), "pose": numbers_of(pose)} for names, pose in self.state.others()]

    def _pose(self) -> RigidTransform | None:
        state = self.state
        return None if state.camera is None or state.start is None or not state.bone_set() else state.pose()

    def _refused(self, step: Step) -> bool:
        """Whether a step lacks something, which is then said."""
        missing = self.what_is_missing(step)
        if missing:
            self.desk.fail(BoneDensityError(missing))
        return bool(missing)

    def _stop_what_rests_on(self, slot: str) -> None:
        """An input is replaced: a job that works on the old one is of no use any more."""
        if self.desk.job and slot in self.desk.rests_on:
            self.desk.cancel()

    def _put(self, slot: str) -> dict[str, Any]:
        return self.desk.put(slot, getattr(self.state, slot))

    def _camera(self, camera: PinholeCamera | None) -> dict[str, Any]:
        assert camera is not None
        return self.desk.worker.exchange.put(camera)


def numbers_of(pose: RigidTransform) -> list[float]:
    """A pose's 16 numbers, row by row."""
    numbers: list[float] = pose.matrix.ravel().tolist()
    return numbers
