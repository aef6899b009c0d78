"""Bone labels: TotalSegmentator's names and values, and SNOMED CT codes for Slicer's segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Side = Literal["L", "R"]
"""The patient's side."""


@dataclass(frozen=True, slots=True)
class BoneLabel:
    """One bone.

    Attributes:
        name: TotalSegmentator's name.
        value: Label value in TotalSegmentator v2's `total` task.
        title: As shown to people.
        snomed: SNOMED CT code of the bone.
        meaning: Its meaning, side left out.
        side: "L", "R" or None.
        color: (r, g, b) in [0, 1].
    """

    name: str
    value: int
    title: str
    snomed: str
    meaning: str
    side: Side | None
    color: tuple[float, float, float]


BONES = (
    BoneLabel("sacrum", 25, "Sacrum", "54735007", "Sacrum", None, (0.83, 0.65, 0.45)),
    BoneLabel("vertebrae_S1", 26, "S1 vertebra", "65985001", "S1 vertebra", None, (0.88, 0.72, 0.52)),
    BoneLabel("vertebrae_L5", 27, "L5 vertebra", "49668003", "L5 vertebra", None, (0.55, 0.75, 0.92)),
    BoneLabel("vertebrae_L4", 28, "L4 vertebra", "11994002", "L4 vertebra", None, (0.45, 0.67, 0.90)),
    BoneLabel("vertebrae_L3", 29, "L3 vertebra", "36470004", "L3 vertebra", None, (0.36, 0.58, 0.86)),
    BoneLabel("vertebrae_L2", 30, "L2 vertebra", "14293000", "L2 vertebra", None, (0.28, 0.50, 0.80)),
    BoneLabel("vertebrae_L1", 31, "L1 vertebra", "66794005", "L1 vertebra", None, (0.22, 0.42, 0.73)),
    BoneLabel("vertebrae_T12", 32, "T12 vertebra", "23215003", "T12 vertebra", None, (0.42, 0.40, 0.72)),
    BoneLabel("vertebrae_T11", 33, "T11 vertebra", "12989004", "T11 vertebra", None, (0.46, 0.42, 0.74)),
    BoneLabel("vertebrae_T10", 34, "T10 vertebra", "7610001", "T10 vertebra", None, (0.50, 0.45, 0.76)),
    BoneLabel("femur_left", 75, "Left femur", "71341001", "Femur", "L", (0.90, 0.45, 0.30)),
    BoneLabel("femur_right", 76, "Right femur", "71341001", "Femur", "R", (0.95, 0.60, 0.25)),
    BoneLabel("hip_left", 77, "Left hip bone", "29836001", "Hip", "L", (0.45, 0.72, 0.45)),
    BoneLabel("hip_right", 78, "Right hip bone", "29836001", "Hip", "R", (0.60, 0.80, 0.42)),
    BoneLabel("rib_left_10", 101, "Left rib 10", "77644006", "Tenth rib", "L", (0.85, 0.82, 0.62)),
    BoneLabel("rib_left_11", 102, "Left rib 11", "58830002", "Eleventh rib", "L", (0.80, 0.76, 0.54)),
    BoneLabel("rib_left_12", 103, "Left rib 12", "43993008", "Twelfth rib", "L", (0.74, 0.70, 0.46)),
    BoneLabel("rib_right_10", 113, "Right rib 10", "77644006", "Tenth rib", "R", (0.88, 0.78, 0.66)),
    BoneLabel("rib_right_11", 114, "Right rib 11", "58830002", "Eleventh rib", "R", (0.83, 0.72, 0.58)),
    BoneLabel("rib_right_12", 115, "Right rib 12", "43993008", "Twelfth rib", "R", (0.78, 0.66, 0.50)),
)

BY_NAME = {bone.name: bone for bone in BONES}
"""Bone by TotalSegmentator's name."""

TOTALSEGMENTATOR_NAMES = {bone.value: bone.name for bone in BONES}
"""Name by label value, TotalSegmentator v2 `total`."""

LUMBAR_L1_L4 = ("vertebrae_L1", "vertebrae_L2", "vertebrae_L3", "vertebrae_L4")
"""The vertebrae of a lumbar bone-density region."""


def femur_name(side: Side) -> str:
    """The femur's label of a side."""
    return "femur_left" if side == "L" else "femur_right"


def hip_bone_name(side: Side) -> str:
    """The hip bone's label of a side."""
    return "hip_left" if side == "L" else "hip_right"


def side_word(side: Side) -> str:
    """A side as shown to people: left or right, the patient's."""
    return "left" if side == "L" else "right"


def title_of(name: str) -> str:
    """A label's name as shown to people."""
    return BY_NAME[name].title if name in BY_NAME else name.replace("_", " ")
