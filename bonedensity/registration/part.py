"""One bone beside others whose poses are known: a femur about its joint, a vertebra between its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.femur import fit_femur
from bonedensity.anatomy.labels import Side, femur_name, hip_bone_name
from bonedensity.geometry import RigidTransform
from bonedensity.imaging import LabelMap, Volume
from bonedensity.progress import OnProgress, ShouldStop, never, silent
from bonedensity.registration.articulated import JOINT_LEVELS, JOINT_PRIOR, NEIGHBOUR_LEVELS, NEIGHBOUR_PRIOR
from bonedensity.registration.config import Level, RegistrationConfig
from bonedensity.registration.one_by_one import hung_on_doubt, views_around
from bonedensity.registration.register import FixedBones, register
from bonedensity.registration.result import RegistrationResult
from bonedensity.registration.search import OnMoment, unwatched
from bonedensity.registration.view import View


def register_part(
    volume: Volume,
    views: Sequence[View],
    *,
    bone: str,
    initial: RigidTransform,
    fixed: Sequence[FixedBones],
    labels: LabelMap,
    settled: bool,
    config: RegistrationConfig | None = None,
    on_progress: OnProgress = silent,
    on_moment: OnMoment = unwatched,
    should_stop: ShouldStop = never,
) -> RegistrationResult:
    """Find one bone's pose near its own, in front of the others.

    A femur turns about its joint: its head is put back into the socket first, wherever a hand has moved it.

    Args:
        volume: CT in HU.
        views: Radiographs with cameras.
        bone: Label.
        initial: `world_from_ct` of the bone to start from.
        fixed: The other bones where they are.
        labels: Bones on the CT's grid.
        settled: Whether the poses of the others are accepted; else this one is doubtful however well it fits.
        config: All but its prior; default with the bone's own levels.
        on_progress: Fraction and message.
        on_moment: Where the search stands.
        should_stop: True ends the search.

    Raises:
        BoneDensityError: As `register`; AnatomyError also for a femur without a head.
    """
    side = _femur_side(bone)
    joint = None if side is None else fit_femur(labels, side).head_centre
    start = initial if side is None or joint is None else _in_socket(initial, joint, side, fixed)
    found = register(
        volume,
        views_around(views, volume, labels, bone, start),
        initial=start,
        config=replace(
            config or RegistrationConfig(levels=levels_of(bone)),
            prior=NEIGHBOUR_PRIOR if side is None else JOINT_PRIOR,
        ),
        labels=labels,
        bones=[bone],
        centre=joint,
        fixed=fixed,
        on_progress=on_progress,
        on_moment=on_moment,
        should_stop=should_stop,
    )
    return found if settled else hung_on_doubt(found)


def levels_of(bone: str) -> tuple[Level, ...]:
    """How a single bone is searched."""
    return NEIGHBOUR_LEVELS if _femur_side(bone) is None else JOINT_LEVELS


def _femur_side(bone: str) -> Side | None:
    sides: tuple[Side, ...] = ("R", "L")
    return next((side for side in sides if femur_name(side) == bone), None)


def _in_socket(
    pose: RigidTransform, joint: NDArray[np.float64], side: Side, fixed: Sequence[FixedBones]
) -> RigidTransform:
    """The pose, shifted such that the joint's centre lies where the hip bone, or else any other bone, carries it."""
    carriers = sorted(fixed, key=lambda each: hip_bone_name(side) not in each.bones)
    if not carriers:
        return pose
    back = carriers[0].pose.apply(joint) - pose.apply(joint)
    return RigidTransform.from_translation(back) @ pose
