"""Which bone a label of somebody else means: by its name, or by its code from SNOMED CT."""

from __future__ import annotations

import re

from bonedensity.anatomy.labels import BONES, BY_NAME

SIDE_WORDS = {"left": "left", "right": "right", "l": "left", "r": "right", "lt": "left", "rt": "right"}

FILLING_WORDS = frozenset({"bone", "os", "vertebra", "vertebrae", "vertebral", "proximal"})
"""Words that may stand beside a bone's own; any other makes it something else (“hip implant”, “L4 disc”)."""

NOUNS = {"femur": "femur", "hip": "hip", "hipbone": "hip", "coxae": "hip", "innominate": "hip", "sacrum": "sacrum"}

SNOMED_SIDES = {"7771000": "L", "24028007": "R"}
"""SNOMED CT's codes for left and right."""


def bone_of_name(text: str) -> str | None:
    """TotalSegmentator's name of the bone that a label's name means, or None.

    Case, order, underscores and hyphens do not matter: “Left femur”, “femur_left”, “Hip bone, right”, “vertebrae L4”,
    “L4 vertebra” and “L4” are understood.
    """
    words = re.findall(r"[a-z]+\d*|\d+", text.lower())
    level = [match.group(1)[0].upper() + match.group(2) for word in words if (match := _LEVEL.fullmatch(word))]
    words = [word for word in words if not _LEVEL.fullmatch(word)]
    sides = [SIDE_WORDS[word] for word in words if word in SIDE_WORDS]
    rest = [word for word in words if word not in SIDE_WORDS and word not in FILLING_WORDS]
    if len(level) == 1 and not rest and not sides:
        return _known(f"vertebrae_{level[0]}")
    if level or len(sides) > 1 or not rest:
        return None
    if rest[0] == "rib" and len(rest) == 2:
        return _known("_".join(["rib", *sides, rest[1]]))
    return _known("_".join([NOUNS[rest[0]], *sides])) if len(rest) == 1 and rest[0] in NOUNS else None


def bone_of_code(snomed: str, side_code: str = "") -> str | None:
    """TotalSegmentator's name of the bone with a SNOMED CT code and, for a paired bone, a side's code; or None."""
    side = SNOMED_SIDES.get(side_code)
    return next((bone.name for bone in BONES if bone.snomed == snomed and bone.side == side), None)


_LEVEL = re.compile(r"(t|th|l|s)(\d{1,2})")


def _known(name: str) -> str | None:
    return name if name in BY_NAME else None
