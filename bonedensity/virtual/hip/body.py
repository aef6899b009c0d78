"""The hips of one person as a body: bones, soft tissue, landmarks and truth, in one posture; nothing is painted yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.labels import Side, femur_name, hip_bone_name
from bonedensity.geometry import RigidTransform
from bonedensity.virtual.body import Body
from bonedensity.virtual.bone import Bone, mirrored_transform
from bonedensity.virtual.hip.implants import METAL_HU
from bonedensity.virtual.hip.landmarks import femur_landmarks, pelvis_landmarks
from bonedensity.virtual.hip.lumbar import LumbarSpine
from bonedensity.virtual.hip.pelvis.socket import socket_radius
from bonedensity.virtual.hip.posture import SUPINE, HipPosture
from bonedensity.virtual.hip.shape import SIDES, HipShape, draw_hip_shape
from bonedensity.virtual.hip.soft.paint import SoftTissue
from bonedensity.virtual.hip.soft.place import Place
from bonedensity.virtual.hip.straight import StraightHips, straight_hips
from bonedensity.virtual.hip.truth import hip_truth
from bonedensity.virtual.hip.variant import HipVariant, draw_variant
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.solids import Solid, sphere

SACROILIAC_GAP_MM = 2.2
FACET_GAP_MM = 1.2

BEFORE_SPINE_MM = 62.0
"""From the belly's skin to the middle of the foremost vertebral body, at least."""

BELOW_LESSER_TROCHANTER_MM, ABOVE_T12_CENTRE_MM = 130.0, 17.0
"""What a scan covers: from so far below the lesser trochanters to so far above the middle of T12: all of L1."""


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Bones and metal in the world."""

    bones: tuple[Bone, ...]
    metal: tuple[tuple[Solid, float], ...]
    spine: LumbarSpine


def make_hip_body(person: Person, posture: HipPosture = SUPINE, variant: HipVariant | None = None) -> Body:
    """The hips, pelvis and lumbar spine of a person.

    The same person has the same bones in every posture: only poses differ.

    Args:
        person: Its seed decides what sex, age, size and density leave open.
        posture: Of pelvis and femurs.
        variant: Disease and metal; None draws them from the person.
    """
    return posed_body(make_straight_hips(person, variant), posture)


def make_straight_hips(person: Person, variant: HipVariant | None = None) -> StraightHips:
    """What all postures of a person share; see `make_hip_body`."""
    rng = np.random.default_rng([person.seed, 1])
    drawn = draw_variant(person, rng)
    return straight_hips(person, draw_hip_shape(person, rng, drawn if variant is None else variant))


def body_of(person: Person, shape: HipShape, posture: HipPosture = SUPINE) -> Body:
    """The body of given numbers; see `make_hip_body`."""
    return posed_body(straight_hips(person, shape), posture)


def posed_body(straight: StraightHips, posture: HipPosture) -> Body:
    """The body in one posture."""
    shape, parts = straight.shape, _parts(straight, posture)
    legs = {sign: posture.femur(side, _mirror(sign) * shape.femurs[side].head_centre) for side, sign in SIDES}
    place = _place(shape, parts.spine, legs)
    joints = [_joint(shape, side, sign, posture) for side, sign in SIDES]
    discs = [disc.moved(posture.pelvis()) for disc in parts.spine.discs]
    tissue = SoftTissue(place, parts.bones, joints, discs, parts.metal)
    low, high = _field(shape, place, parts.spine)
    return Body(
        person=straight.person,
        bones=parts.bones,
        gap_mm=_gaps(shape, parts),
        paint_soft_tissue=tissue.paint,
        low=low,
        high=high,
        landmarks=_landmarks(shape, parts.spine, posture),
        truth=hip_truth(shape, posture),
    )


def _parts(straight: StraightHips, posture: HipPosture) -> _Parts:
    """Femurs first: they keep their place, then sacrum, spine and hip bones."""
    pelvis, legs = posture.pelvis(), legs_of(straight.shape, posture)
    metal = list[tuple[Solid, float]]()
    for side, sign in SIDES:
        own = straight.metal[side]
        metal += [(_placed(solid, sign, legs[side]), METAL_HU) for solid in own.femoral]
        metal += [(_placed(solid, sign, pelvis), METAL_HU) for solid in own.pelvic]
    femurs = [straight.femurs[side].moved(legs[side]) for side, _ in SIDES]
    above = [straight.sacrum, *straight.spine.bones, *(straight.hips[side] for side, _ in SIDES)]
    return _Parts((*femurs, *(bone.moved(pelvis) for bone in above)), tuple(metal), straight.spine)


def _place(shape: HipShape, spine: LumbarSpine, legs: Mapping[int, RigidTransform]) -> Place:
    """The soft tissue's place, deep enough to hold a spine that leans to the front."""
    place = Place(shape.pelvis["L"], shape.soft, legs)
    foremost = min(float(centre[1]) for centre in spine.centres.values())
    missing = max(place.front_mm + BEFORE_SPINE_MM - foremost, 0.0)
    return replace(place, soft=replace(shape.soft, depth_mm=shape.soft.depth_mm + missing))


def legs_of(shape: HipShape, posture: HipPosture) -> Mapping[Side, RigidTransform]:
    """World from the straight femur, by side."""
    return {side: posture.femur(side, _mirror(sign) * shape.femurs[side].head_centre) for side, sign in SIDES}


def _placed(solid: Solid, sign: int, move: RigidTransform) -> Solid:
    """A left-side solid on its own side, in the world."""
    return solid.moved(move) if sign > 0 else solid.moved(mirrored_transform(move)).mirrored()


def _joint(shape: HipShape, side: Side, sign: int, posture: HipPosture) -> Solid:
    pelvis = shape.pelvis[side]
    centre = posture.pelvis().apply(_mirror(sign) * pelvis.hip_centre)
    return sphere(centre, socket_radius(pelvis) + 1.0)


def _gaps(shape: HipShape, parts: _Parts) -> dict[str, float]:
    gaps = {bone.name: FACET_GAP_MM for bone in parts.bones if bone.name.startswith("vertebrae")}
    for side, _ in SIDES:
        gaps[hip_bone_name(side)] = min(SACROILIAC_GAP_MM, shape.joint_space_mm[side])
    return gaps


def _landmarks(shape: HipShape, spine: LumbarSpine, posture: HipPosture) -> dict[str, NDArray[np.float64]]:
    points: dict[str, NDArray[np.float64]] = {}
    legs, pelvis = legs_of(shape, posture), posture.pelvis()
    for side, sign in SIDES:
        own = femur_landmarks(shape.femurs[side], femur_name(side))
        points |= {name: legs[side].apply(_mirror(sign) * point) for name, point in own.items()}
        own = pelvis_landmarks(shape.pelvis[side], hip_bone_name(side))
        points |= {name: pelvis.apply(_mirror(sign) * point) for name, point in own.items()}
    points["sacrum_plate_centre"] = pelvis.apply(shape.sacrum.plate.apply([0.0, 0.0, -4.0]))
    return points | {name: pelvis.apply(point) for name, point in spine.centres.items()}


def _field(shape: HipShape, place: Place, spine: LumbarSpine) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lowest = max(femur.lesser_below_mm for femur in shape.femurs.values())
    side = max(place.hip_half_mm, shape.soft.waist_mm / 2) + 8.0
    top = float(spine.centres["vertebrae_T12_centre"][2]) + ABOVE_T12_CENTRE_MM * place.tall
    low = np.array([-side, place.front_mm - 8.0, -lowest - BELOW_LESSER_TROCHANTER_MM])
    return low, np.array([side, place.back_mm + 8.0, top])


def _mirror(sign: int) -> NDArray[np.float64]:
    return np.array([sign, 1.0, 1.0])
