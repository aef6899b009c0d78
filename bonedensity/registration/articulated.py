"""Bones that move against each other: pelvis first, then each femur about its joint; a spine, then each vertebra.

A femur alone cannot be registered: its axis-symmetric shaft lets wrong poses score higher than the truth. It is
searched in front of the pelvis, whose pose is known by then, about the centre of the hip joint, close to the pelvis's
pose, and only where it projects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bonedensity.anatomy.femur import fit_femur
from bonedensity.anatomy.labels import Side, femur_name
from bonedensity.errors import AnatomyError
from bonedensity.geometry import RigidTransform
from bonedensity.imaging import LabelMap, Volume
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent
from bonedensity.registration.bone_contrast import bone_contrast
from bonedensity.registration.config import DEFAULT_LEVELS, Level, Prior, RegistrationConfig, Spread
from bonedensity.registration.one_by_one import Stage, one_by_one
from bonedensity.registration.register import FixedBones, register
from bonedensity.registration.result import RegistrationResult
from bonedensity.registration.spine_level import on_best_level, spine_step
from bonedensity.registration.view import View

PELVIS = ("sacrum", "hip_left", "hip_right")

JOINT_PRIOR = Prior(Spread(rotation_deg=24.0, in_plane_mm=0.7, depth_mm=1.0), weight=0.04)
"""A femur turns in its socket; its head, a sphere, leaves it by no more than its centre was misjudged."""

NEIGHBOUR_PRIOR = Prior(Spread(rotation_deg=6.0, in_plane_mm=3.0, depth_mm=4.0), weight=0.03)
"""A vertebra bends a few degrees and shifts a few millimetres against its neighbour: their spacing as scanned."""

BASE_LEVELS = (
    *DEFAULT_LEVELS,
    Level(512, 1.5, 0.6, Spread(0.15, 0.1, 2.0), population=10, generations=20, starts=2, equalising_px=16.0),
)
"""For what others are hung on: one more level, since its error of depth becomes theirs."""

JOINT_LEVELS = (
    Level(128, 2.5, 1.0, Spread(6.0, 2.0, 3.0), population=20, generations=40, starts=2, equalising_px=4.0),
    Level(256, 1.5, 0.6, Spread(3.0, 0.5, 1.0), population=16, generations=40, equalising_px=8.0),
    Level(512, 1.5, 0.6, Spread(0.5, 0.2, 0.8), population=10, generations=20, starts=2, equalising_px=16.0),
)
"""For a femur, near its place: no coarse level but a finer one; about its joint a turn is seen so little that the
search needs time."""

NEIGHBOUR_LEVELS = (
    Level(128, 2.5, 1.0, Spread(6.0, 2.0, 3.0), population=16, generations=25, starts=2, equalising_px=4.0),
    Level(256, 1.5, 0.6, Spread(1.0, 0.5, 1.5), population=12, generations=20, equalising_px=8.0),
    Level(512, 1.5, 0.6, Spread(0.5, 0.2, 0.8), population=10, generations=15, starts=2, equalising_px=16.0),
)
"""For a vertebra."""


AGAIN = ((0.3, 0.4), (0.4, 0.5))
"""Of the progress: the searches one level higher and lower."""


@dataclass(frozen=True, slots=True, eq=False)
class ArticulatedResult:
    """Poses of bones that were registered one after another.

    Attributes:
        base: The pelvis, or the spine as a whole.
        parts: Label to its own registration.
    """

    base: RegistrationResult
    parts: Mapping[str, RegistrationResult]


def register_hip(
    volume: Volume,
    views: Sequence[View],
    *,
    initial: RigidTransform,
    labels: LabelMap,
    sides: Sequence[Side] = ("R", "L"),
    config: RegistrationConfig | None = None,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> ArticulatedResult:
    """Pelvis first, then each femur about its joint centre.

    Args:
        volume: CT in HU.
        views: Radiographs with cameras.
        initial: `world_from_ct` of the pelvis to start from.
        labels: TotalSegmentator's names.
        sides: Femurs to register.
        config: Of the pelvis, default `BASE_LEVELS`; the femurs take its seed, similarity and limits.
        on_progress: Fraction and message.
        should_stop: True ends the search.

    Raises:
        AnatomyError: No pelvis, or a femur without a head.
    """
    chosen = config or RegistrationConfig(levels=BASE_LEVELS)
    pelvis = tuple(name for name in PELVIS if name in labels.present())
    if not pelvis:
        raise AnatomyError(f"The segmentation “{labels.volume.name}” holds no pelvis: it is needed before a femur.")
    joints = {femur_name(side): fit_femur(labels, side).head_centre for side in sides}
    base = register(
        volume,
        views,
        initial=initial,
        config=chosen,
        labels=labels,
        bones=pelvis,
        on_progress=part_of(on_progress, 0.0, 0.5),
        should_stop=should_stop,
    )
    parts = one_by_one(
        Stage(volume, views, labels, base, replace(chosen, levels=JOINT_LEVELS, prior=JOINT_PRIOR)),
        joints,
        lambda name, done: base.world_from_ct,
        lambda name, done: [FixedBones(pelvis, base.world_from_ct)],
        part_of(on_progress, 0.5, 1.0),
        should_stop,
    )
    return ArticulatedResult(base, parts)


def register_spine(
    volume: Volume,
    views: Sequence[View],
    *,
    initial: RigidTransform,
    labels: LabelMap,
    vertebrae: Sequence[str],
    config: RegistrationConfig | None = None,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> ArticulatedResult:
    """The vertebrae as scanned, together with what of the pelvis is there; then one after another along the spine.

    Each is expected where the neighbour before it would carry it, as the disc between them was scanned: so a bend that
    grows from level to level stays within reach. A doubtful neighbour carries too: leaving it out loses the rest of a
    bent spine.

    Vertebrae look alike one level up or down; sacrum and hip bones tell them apart where enough of them is seen, and a
    doubtful whole is tried on both levels beside it, too. It is turned about the middle of the vertebrae: about that of
    all bones, 11 cm lower, a wrong turn of the start would shift them out of the search's reach.

    Args:
        volume: CT in HU.
        views: Radiographs with cameras.
        initial: `world_from_ct` to start from.
        labels: TotalSegmentator's names.
        vertebrae: Labels, in order along the spine; from L5 upwards where the pelvis is there.
        config: Of the whole, default `BASE_LEVELS`; the single vertebrae take its seed, similarity and limits.
        on_progress: Fraction and message.
        should_stop: True ends the search.

    Raises:
        AnatomyError: A vertebra without voxels.
    """
    chosen = config or RegistrationConfig(levels=BASE_LEVELS)
    anchors = tuple(name for name in PELVIS if name in labels.present())
    middle = bone_contrast(volume, labels, vertebrae)[1].mean(axis=0)

    def whole(start: RigidTransform, levels: Sequence[Level], part: tuple[float, float]) -> RegistrationResult:
        return register(
            volume,
            views,
            initial=start,
            config=replace(chosen, levels=tuple(levels)),
            labels=labels,
            bones=[*vertebrae, *anchors],
            centre=middle,
            on_progress=part_of(on_progress, *part),
            should_stop=should_stop,
        )

    base = on_best_level(
        whole(initial, chosen.levels, (0.0, 0.3)),
        spine_step(labels, vertebrae),
        lambda shifted, number: whole(shifted, chosen.levels[1:] or chosen.levels, AGAIN[number]),
    )

    def behind(name: str, done: Mapping[str, RegistrationResult]) -> list[FixedBones]:
        settled = [FixedBones((other,), result.world_from_ct) for other, result in done.items()]
        waiting = (*(other for other in vertebrae if other != name and other not in done), *anchors)
        return [*settled, *([FixedBones(waiting, base.world_from_ct)] if waiting else [])]

    def expected(name: str, done: Mapping[str, RegistrationResult]) -> RigidTransform:
        return list(done.values())[-1].world_from_ct if done else base.world_from_ct

    parts = one_by_one(
        Stage(volume, views, labels, base, replace(chosen, levels=NEIGHBOUR_LEVELS, prior=NEIGHBOUR_PRIOR)),
        dict.fromkeys(vertebrae),
        expected,
        behind,
        part_of(on_progress, 0.5, 1.0),
        should_stop,
    )
    return ArticulatedResult(base, parts)
