"""Poses that a search proposes, and which of them are different."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bonedensity.geometry import RigidTransform
from bonedensity.registration.pose import ViewFrame

APART_DEG = 8.0
"""Poses nearer than this in rotation …"""

APART_MM = 8.0
"""… and in plane are one and the same candidate."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A pose and how well its edges fit the radiographs, coarsely."""

    world_from_ct: RigidTransform
    similarity: float


def distinct(candidates: Sequence[Candidate], frame: ViewFrame, count: int) -> list[Candidate]:
    """The best `count` of those that lie apart from each other, best first.

    Args:
        candidates: In any order.
        frame: Its centre and axes say how far two poses are apart; depth does not count.
        count: At most so many.
    """
    chosen: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda each: -each.similarity):
        if len(chosen) == count:
            break
        if all(_apart(candidate.world_from_ct, other.world_from_ct, frame) for other in chosen):
            chosen.append(candidate)
    return chosen


def _apart(first: RigidTransform, second: RigidTransform, frame: ViewFrame) -> bool:
    to_camera = frame.camera.camera_from_world.rotation
    shift = to_camera @ (first.apply(frame.centre) - second.apply(frame.centre))
    turn = (first @ second.inverse()).angle_deg
    return turn > APART_DEG or float(np.linalg.norm(shift[:2])) > APART_MM
