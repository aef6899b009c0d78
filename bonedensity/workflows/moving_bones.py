"""Which bones are moved at the moment, and where those are that have a pose of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.labels import title_of
from bonedensity.errors import GeometryError
from bonedensity.geometry import RigidTransform
from bonedensity.workflows.pose_history import Place, PoseHistory
from bonedensity.workflows.session_facts import Bone, Outcome

TOGETHER = ""
"""Stands for all ticked bones that have no pose of their own."""


@dataclass(frozen=True, slots=True, eq=False)
class Parked:
    """A pose that is not being moved at the moment.

    Attributes:
        place: Where the bones are.
        outcome: Their last registration; None when an input was changed since.
        history: Poses that they left.
    """

    place: Place
    outcome: Outcome | None = None
    history: PoseHistory = field(default_factory=PoseHistory)


def can_move_alone(chosen: Sequence[str], own: Iterable[str]) -> tuple[str, ...]:
    """Of the ticked bones, those that have or can be given a pose of their own: one must stay for the others.

    Args:
        chosen: Ticked bones.
        own: Those that have a pose of their own.
    """
    apart = set(own) - {TOGETHER}
    together = [bone for bone in chosen if bone not in apart]
    return tuple(bone for bone in chosen if (bone in apart and together) or len(together) > 1)


def titles(chosen: Sequence[str], own: set[str]) -> list[tuple[str, str]]:
    """Names and titles of what can be moved, all together first.

    Args:
        chosen: Ticked bones.
        own: Those that have a pose of their own.
    """
    together = "The other ticked bones together" if own else "All ticked bones together"
    named = {name: title_of(name) for name in can_move_alone(chosen, own)}
    marked = {name: f"{title} (own pose)" if name in own else title for name, title in named.items()}
    return [(TOGETHER, together), *marked.items()]


def members(name: str, chosen: Sequence[str], own: Iterable[str]) -> tuple[str, ...]:
    """The bones that a pose belongs to.

    Args:
        name: A bone with a pose of its own, or `TOGETHER`.
        chosen: Ticked bones.
        own: Those that have a pose of their own.
    """
    if name != TOGETHER:
        return (name,) if name in chosen else ()
    apart = set(own)
    return tuple(bone for bone in chosen if bone not in apart)


def centre_of(bones: Sequence[Bone]) -> NDArray[np.float64]:
    """Mean of some bones' voxels (CT LPS mm), as the registration takes it.

    Raises:
        GeometryError: There is no bone.
    """
    if not bones:
        raise GeometryError("No bone is chosen, so there is nothing to turn about: tick at least one bone.")
    return np.asarray(np.average([b.centre for b in bones], axis=0, weights=[b.voxels for b in bones]))


def same_pose(one: RigidTransform, other: RigidTransform) -> bool:
    """Whether two poses are the same but for rounding."""
    return bool(np.allclose(one.matrix, other.matrix, atol=1e-6))
