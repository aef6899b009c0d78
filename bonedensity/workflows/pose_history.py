"""Poses that were left, so that a person can go back to them and forth again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bonedensity.geometry import RigidTransform

KEPT = 200
"""Poses that can be gone back to."""

PAUSE_S = 0.7
"""Moves without a gesture of their own (a slider's, a wheel's) that follow each other faster are one."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where the bones were.

    Attributes:
        start: Pose at which the six parameters are zero.
        pose: `world_from_ct`.
    """

    start: RigidTransform
    pose: RigidTransform


@dataclass(slots=True)
class PoseHistory:
    """Undo and redo.

    Attributes:
        clock: Seconds, for telling one movement from the next.
    """

    clock: Callable[[], float] = time.monotonic
    _left: list[Place] = field(default_factory=list)
    _again: list[Place] = field(default_factory=list)
    _gesture: object = None
    _moved_at: float = float("-inf")

    @property
    def can_undo(self) -> bool:
        """Whether a pose was left."""
        return bool(self._left)

    @property
    def can_redo(self) -> bool:
        """Whether a pose was gone back from."""
        return bool(self._again)

    def leave(self, place: Place, gesture: object = None) -> None:
        """Note a place just before the bones move from it.

        Args:
            place: Where they still are.
            gesture: Moves with the same object (one drag) are one step; without any, quick ones are.
        """
        now = self.clock()
        same = gesture is self._gesture and (gesture is not None or now - self._moved_at < PAUSE_S)
        self._gesture, self._moved_at = gesture, now
        self._again.clear()
        if not same:
            self._left.append(place)
            del self._left[:-KEPT]

    def undo(self, present: Place) -> Place | None:
        """The place before this one; None where there is none."""
        return self._step(self._left, self._again, present)

    def redo(self, present: Place) -> Place | None:
        """The place that was gone back from; None where there is none."""
        return self._step(self._again, self._left, present)

    def forget(self) -> None:
        """Other inputs: old poses mean nothing any more."""
        self._left.clear()
        self._again.clear()
        self._moved_at = float("-inf")

    def _step(self, source: list[Place], other: list[Place], present: Place) -> Place | None:
        if not source:
            return None
        other.append(present)
        self._gesture, self._moved_at = None, float("-inf")
        return source.pop()
