"""The registration in a session: seen while it searches, paused, stopped, and kept where it was stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from bonedensity.geometry import RigidTransform
from bonedensity.registration.config import Level
from bonedensity.workflows.desk import CANCELLED
from bonedensity.workflows.search_trace import SearchTrace
from bonedensity.workflows.session_base import numbers_of
from bonedensity.workflows.session_results import outcome_of
from bonedensity.workflows.session_views import SessionViews
from bonedensity.workflows.worker import Order, Worker

TITLE = "the registration"
"""As messages call the job."""


@dataclass(slots=True, eq=False)
class Search:
    """The last registration's search.

    Attributes:
        trace: How the similarity grew.
        pose: `world_from_ct`, the best so far; None before the first.
        offered: Pose of a cancelled search that can be taken; None where there is none, or it was taken.
    """

    trace: SearchTrace = field(default_factory=SearchTrace)
    pose: RigidTransform | None = None
    offered: RigidTransform | None = None


class SessionSearch(SessionViews):
    """Registers. Emits `changed("search")` as the search goes, and shows its best pose as the live picture.

    Attributes:
        search: The last registration's.
    """

    def __init__(self, worker: Worker, *, levels: Sequence[Level] = ()) -> None:
        super().__init__(worker, levels=levels)
        self.search = Search()
        self._shows_search = False
        self.changed.connect(self._withdraw_offer)
        self.desk.busy_changed.connect(self._show_own_pose)

    @property
    def searching(self) -> bool:
        """Whether a registration goes on, or is paused."""
        return self.desk.title == TITLE

    def register(self, *, seed: int = 0) -> None:
        """Find the pose of the chosen bones, starting from the present one."""
        if self._refused("register"):
            return
        state, initial = self.state, self.state.pose()

        def done(value: dict[str, Any]) -> None:
            outcome = outcome_of(value, state, initial)
            self.set_pose(outcome.world_from_ct, gesture=outcome)

            def projected(value: dict[str, Any]) -> None:
                state.outcome = replace(outcome, drr=self.desk.worker.exchange.take(value["image"], np.ndarray))
                self.changed.emit("outcome")

            assert state.camera is not None
            self.desk.run(self._projection(state.camera, outcome.world_from_ct, "projecting the bones", projected))

        def stopped(partial: dict[str, Any] | None) -> str:
            self.search.offered = None if partial is None else pose_of(partial["world_from_ct"])
            self.changed.emit("search")
            if partial is None:
                return ""
            best = f"The best pose had a similarity of {partial['similarity']:.2f}"
            return f"{CANCELLED} {best}: keep it, or go on from here."

        order = Order("register", self._task(initial, seed), TITLE, done, heard=self._heard, stopped=stopped)
        self.desk.forget_picture()
        self.search = Search()
        self.desk.run(order)
        self.changed.emit("search")

    def pause(self, on: bool = True) -> None:
        """Let the registration rest, or go on."""
        if self.searching:
            self.desk.pause(on)

    def keep_best(self) -> None:
        """Take the best pose of the search that was cancelled; it is a pose like one set by hand, without a verdict."""
        offered = self.search.offered
        if offered is not None and not self.desk.title:
            self.set_pose(offered, gesture=offered)

    # Within

    def _task(self, initial: RigidTransform, seed: int) -> dict[str, Any]:
        state = self.state
        assert state.camera is not None
        return {
            "ct": self._put("ct"),
            "labels": self._put("labels"),
            "bones": list(state.members(state.moving)),
            "others": self._others(),
            "moving": state.moving,
            "settled": state.settled(),
            "views": self._views(),
            "initial": numbers_of(initial),
            "seed": seed,
            "levels": [asdict(level) for level in self.levels],
            "preview": self._camera(state.camera.resampled(state.preview_factor())),
        }

    def _heard(self, data: dict[str, Any]) -> None:
        self.search.trace.add(data["trace"])
        self.search.pose = pose_of(data["pose"])
        if "image" in data:
            self._shows_search = True
            self.state.preview = self.desk.worker.exchange.take(data["image"], np.ndarray)
            self.changed.emit("preview")
        self.changed.emit("search")

    def _show_own_pose(self, title: str) -> None:
        """However a search ended: the picture is that of the session's own pose again."""
        if self._shows_search and title != TITLE:
            self._shows_search = False
            self.preview()

    def _withdraw_offer(self, what: str) -> None:
        """A pose that was found for other inputs, or from which the bones were moved since, is no offer."""
        if what in ("ct", "labels", "bones", "radiograph", "geometry", "pose") and self.search.offered is not None:
            self.search.offered = None
            self.changed.emit("search")


def pose_of(numbers: Sequence[float]) -> RigidTransform:
    """A pose from 16 numbers, row by row."""
    return RigidTransform(np.array(numbers, dtype=np.float64))
