"""The bones and metal of a person's hips before they are held in any posture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bonedensity.anatomy.labels import Side, femur_name, hip_bone_name
from bonedensity.virtual.bone import Bone
from bonedensity.virtual.hip.femur import make_femur
from bonedensity.virtual.hip.implants import Metal, plate, total_hip, without
from bonedensity.virtual.hip.lumbar import LumbarSpine, lumbar_spine
from bonedensity.virtual.hip.pelvis import make_hip_bone
from bonedensity.virtual.hip.sacrum import make_sacrum
from bonedensity.virtual.hip.shape import SIDES, HipShape
from bonedensity.virtual.population.person import Person


@dataclass(frozen=True, slots=True, eq=False)
class StraightHips:
    """What all postures of one person share (LPS mm; femurs straight, pelvis untilted).

    Attributes:
        person: Whose.
        shape: Numbers that all else follows from.
        femurs: By side.
        hips: Hip bones by side.
        sacrum: The sacrum.
        spine: L5 to T12.
        metal: By side, for the left side.
    """

    person: Person
    shape: HipShape
    femurs: Mapping[Side, Bone]
    hips: Mapping[Side, Bone]
    sacrum: Bone
    spine: LumbarSpine
    metal: Mapping[Side, Metal]


def straight_hips(person: Person, shape: HipShape) -> StraightHips:
    """The bones of given numbers.

    Args:
        person: Whose lumbar spine stands on the sacrum.
        shape: Numbers.
    """
    metal = {side: _metal(shape, side) for side, _ in SIDES}
    return StraightHips(
        person,
        shape,
        {s: without(make_femur(femur_name(s), shape.femurs[s], side=sign), metal[s]) for s, sign in SIDES},
        {s: make_hip_bone(hip_bone_name(s), shape.pelvis[s], side=sign, wear=shape.wear[s]) for s, sign in SIDES},
        make_sacrum(shape.sacrum),
        lumbar_spine(person, shape.sacrum),
        metal,
    )


def _metal(shape: HipShape, side: Side) -> Metal:
    implant = shape.variant.side(side).implant
    if implant == "total_hip":
        return total_hip(shape.femurs[side], shape.pelvis[side])
    return plate(shape.femurs[side]) if implant == "plate" else Metal()
