"""Where a registration starts: what the user knows, from an earlier pose to nothing but a view's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bonedensity.errors import RegistrationError
from bonedensity.geometry import RigidTransform
from bonedensity.imaging import LabelMap, Volume
from bonedensity.progress import OnProgress, ShouldStop, never, silent
from bonedensity.registration.error import surface_points
from bonedensity.registration.initial import (
    NamedPairs,
    SearchRange,
    coarse_search,
    pose_from_landmarks,
    standard_view_pose,
)
from bonedensity.registration.landmarks import LandmarkPairs
from bonedensity.registration.setup_checks import refuse_impossible_setup
from bonedensity.registration.view import View
from bonedensity.workflows.setup import centred_pose


@dataclass(frozen=True, slots=True, eq=False)
class StartWishes:
    """What the user says about the start; all may be left out.

    Attributes:
        pose: An earlier `world_from_ct`.
        view_name: A standard view of the first radiograph, such as "ap".
        standing: Whether the first radiograph was taken standing.
        source_to_object_mm: Depth of the bone from the source, for a standard view (mm).
        landmarks: Pairs on CT and first radiograph.
        search_range: How far to look around, coarsely.
        seed: Of the coarse search.
    """

    pose: RigidTransform | None = None
    view_name: str | None = None
    standing: bool = False
    source_to_object_mm: float | None = None
    landmarks: NamedPairs | None = None
    search_range: SearchRange | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """A first pose.

    Attributes:
        world_from_ct: The pose.
        facts: How it was found, as JSON values.
        notes: What the user should know, one sentence each.
        pairs: Landmark pairs to judge the registration by; None without.
    """

    world_from_ct: RigidTransform
    facts: dict[str, Any]
    notes: tuple[str, ...] = ()
    pairs: LandmarkPairs | None = None


def starting_pose(
    ct: Volume,
    labels: LabelMap,
    bones: Sequence[str],
    views: Sequence[View],
    *,
    wishes: StartWishes,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> Start:
    """The pose to start from, checked against the cameras.

    An earlier pose, a standard view, or else the bones' centre on the world's origin comes first. Landmarks improve on
    it (three of them need the first two), and a coarse search looks around what these gave.

    Raises:
        BoneDensityError: Landmarks from which no pose follows, an unknown view, or a source, bone and detector that
            cannot stand so; one sentence.
    """
    start = _by_landmarks(_stated(labels, bones, views, wishes), views, wishes)
    if wishes.search_range is not None:
        start = _searched(start, ct, labels, bones, views, wishes, on_progress, should_stop)
    refuse_impossible_setup(ct, surface_points(labels, bones), views, start.world_from_ct)
    return start


def _stated(labels: LabelMap, bones: Sequence[str], views: Sequence[View], wishes: StartWishes) -> Start:
    if wishes.pose is not None and wishes.view_name is not None:
        raise RegistrationError("Give an earlier pose or a view's name to start from, not both.")
    if wishes.view_name is None and (wishes.standing or wishes.source_to_object_mm is not None):
        raise RegistrationError("Standing and the source-to-object distance belong to a view: name the view as well.")
    if wishes.pose is not None:
        return Start(wishes.pose, {"from": "pose"})
    centred, centre = centred_pose(labels, bones)
    if wishes.view_name is None:
        return Start(centred, {"from": "centred"})
    pose = standard_view_pose(
        centre,
        views[0].camera,
        view=wishes.view_name,
        source_to_object_mm=wishes.source_to_object_mm,
        posture="standing" if wishes.standing else "supine",
    )
    return Start(pose, {"from": "view", "view": wishes.view_name, "standing": wishes.standing})


def _by_landmarks(start: Start, views: Sequence[View], wishes: StartWishes) -> Start:
    if wishes.landmarks is None:
        return start
    known = None if start.facts["from"] == "centred" else start.world_from_ct
    found = pose_from_landmarks(wishes.landmarks, views[0].camera, start=known)
    facts = {"from": "landmarks", "landmarks": found.to_json()}
    return Start(found.world_from_ct, facts, found.notes, found.used(wishes.landmarks))


def _searched(
    start: Start,
    ct: Volume,
    labels: LabelMap,
    bones: Sequence[str],
    views: Sequence[View],
    wishes: StartWishes,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> Start:
    assert wishes.search_range is not None
    candidates = coarse_search(
        ct,
        views,
        start=start.world_from_ct,
        search_range=wishes.search_range,
        labels=labels,
        bones=bones,
        seed=wishes.seed,
        on_progress=on_progress,
        should_stop=should_stop,
    )
    best = candidates[0]
    facts = {**start.facts, "searched": {"candidates": len(candidates), "similarity": best.similarity}}
    return Start(best.world_from_ct, facts, start.notes, start.pairs)
