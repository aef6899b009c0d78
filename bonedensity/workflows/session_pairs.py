"""A session that starts from point pairs, and shows each bone's outline where that is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bonedensity.geometry import RigidTransform
from bonedensity.registration.config import Level
from bonedensity.workflows.outlines import covered, rim
from bonedensity.workflows.point_pairs import PointPairs, paired
from bonedensity.workflows.session_base import numbers_of
from bonedensity.workflows.session_moving import SessionMoving
from bonedensity.workflows.worker import Order, Worker


class SessionPairs(SessionMoving):
    """Point pairs and outlines.

    Attributes:
        outlines: Each bone's own outline is wanted once the pose rests; emitted as `changed("rims")`.
        fitted: What the last start from point pairs found (`LandmarkPose.to_json()`); None before.
    """

    def __init__(self, worker: Worker, *, levels: Sequence[Level] = ()) -> None:
        super().__init__(worker, levels=levels)
        self.outlines = False
        self.fitted: dict[str, Any] | None = None
        self._outlined = False
        self.changed.connect(self._forget_fit)

    def start_from_pairs(self, on_ct: Mapping[str, ArrayLike], on_xray: Mapping[str, ArrayLike]) -> PointPairs | None:
        """Move the bones such that points of the CT (LPS mm) come to lie on the X-ray's (u, v).

        Returns:
            How they were brought together; None where the step is refused, which is then said.
        """
        if self._refused("register"):
            return None
        found, state = paired(on_ct, on_xray), self.state

        def done(value: dict[str, Any]) -> None:
            self.set_pose(RigidTransform(np.array(value["world_from_ct"])), gesture=value)
            self.fitted = value
            self.changed.emit("pairs")

        parameters = {"camera": self._camera(state.camera), "pairs": found.pairs, "pose": numbers_of(state.pose())}
        self.desk.run(Order("start_from_pairs", parameters, "fitting the points", done))
        return found

    def preview(self) -> None:
        """As before; outlines of another pose are of no use."""
        self.state.rims, self._outlined = (), False
        super().preview()

    def settle(self) -> None:
        """As before; then the outlines, once."""
        super().settle()
        if self.outlines and self._settled and not self._outlined and not (self.desk.job or self.desk.picturing):
            self._outlined = True
            if self.state.preview is not None and self._pose() is not None:
                self._ask_for_outlines()

    def _ask_for_outlines(self) -> None:
        state = self.state
        assert state.camera is not None
        poses = dict.fromkeys(state.members(state.moving), state.pose())
        poses |= {name: pose for names, pose in state.others() for name in names}

        def done(value: dict[str, Any]) -> None:
            images = self.desk.worker.exchange.take(value["images"], np.ndarray)
            if self._outlined and self.state is state:
                state.rims = tuple(rim(covered(image)) for image in images)
                self.changed.emit("rims")

        parameters = {
            "ct": self._put("ct"),
            "labels": self._put("labels"),
            "bones": list(state.chosen),
            "camera": self._camera(state.camera.resampled(state.preview_factor())),
            "poses": [numbers_of(poses[name]) for name in state.chosen],
        }
        self.desk.show(Order("render_each", parameters, "the outlines", done))

    def _forget_fit(self, what: str) -> None:
        if what in ("ct", "radiograph", "geometry") and self.fitted is not None:
            self.fitted = None
            self.changed.emit("pairs")
