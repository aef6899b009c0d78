"""What a running registration shows: how the similarity grows, the best pose so far, and the bones projected there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.geometry import RigidTransform
from bonedensity.jobs.exchange import Exchange
from bonedensity.jobs.tasks.context import TaskProgress
from bonedensity.registration.search import SearchMoment

TELL_EVERY_S = 0.08
"""Longer than the pause below which progress is left out on the way: nothing that is told here gets lost."""

PICTURE_EVERY_S = 0.15
"""Pictures closer to each other than this are not worth their time."""

PICTURE_SHARE = 0.15
"""Of the search's time, at most, for pictures."""

Draw = Callable[[RigidTransform], NDArray[np.float32]]
"""Projects the bones at a pose."""


class LiveSearch:
    """Gathers moments of a search and tells them together with its progress.

    Args:
        on_progress: The task's.
        exchange: Takes the pictures.
        draw: Makes them; None for none.
        clock: Seconds.
    """

    def __init__(
        self,
        on_progress: TaskProgress,
        exchange: Exchange,
        draw: Draw | None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_progress, self._exchange, self._draw, self._clock = on_progress, exchange, draw, clock
        self._moments: list[SearchMoment] = []
        self._told_at = float("-inf")
        self._draw_from = float("-inf")

    def moment(self, moment: SearchMoment) -> None:
        """Take the state of the search after a generation."""
        self._moments.append(moment)

    def progress(self, fraction: float, message: str) -> None:
        """Pass progress on, with what was gathered since the last time."""
        now = self._clock()
        if now - self._told_at < TELL_EVERY_S and fraction < 1.0:
            return
        self._told_at = now
        if not self._moments:
            self._on_progress(fraction, message)
            return
        last = self._moments[-1]
        data: dict[str, Any] = {
            "trace": [[each.evaluations, each.similarity, each.size_px] for each in self._moments],
            "pose": last.world_from_ct.matrix.ravel().tolist(),
        }
        if self._draw is not None and now >= self._draw_from:
            data["image"] = self._exchange.put(self._draw(last.world_from_ct))
            took = self._clock() - now
            self._draw_from = now + max(PICTURE_EVERY_S, took / PICTURE_SHARE)
        self._moments.clear()
        self._on_progress(fraction, message, data)
