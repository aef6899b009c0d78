"""The lumbar spine of the same person on top of the hip's sacrum, lying."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.bone import Bone
from bonedensity.virtual.hip.sacrum import SacrumShape
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.solids import Solid
from bonedensity.virtual.spine.draw import draw_spine_shape
from bonedensity.virtual.spine.mineral import vertebra_bone
from bonedensity.virtual.spine.posture import SUPINE
from bonedensity.virtual.spine.spine_shape import SpineShape
from bonedensity.virtual.spine.stack import Bend, stack

LEVELS = ("L5", "L4", "L3", "L2", "L1", "T12")
"""From the sacrum up; T12 is cut by the image's upper end."""


@dataclass(frozen=True, slots=True, eq=False)
class LumbarSpine:
    """L5 upwards (LPS mm, the pelvis not tilted).

    Attributes:
        bones: From the sacrum up.
        discs: Below each of them.
        centres: Name to the middle of the body.
    """

    bones: tuple[Bone, ...]
    discs: tuple[Solid, ...]
    centres: dict[str, NDArray[np.float64]]


def spine_shape(person: Person) -> SpineShape:
    """Numbers of a person's spine, the same wherever they are asked for."""
    return draw_spine_shape(person, np.random.default_rng([person.seed, 2]))


def sacral_slope_deg(person: Person) -> float:
    """Slope of the sacral plate of a person who lies: what their lumbar spine stands on."""
    return float(np.clip(SUPINE.sacral_slope_of(spine_shape(person)), 18.0, 55.0))


def lumbar_spine(person: Person, sacrum: SacrumShape) -> LumbarSpine:
    """The vertebrae of a person, L5 to T12, lying.

    Args:
        person: Whose.
        sacrum: Its upper end plate carries them.
    """
    shape = spine_shape(person)
    placed = stack(shape, Bend(sacrum.slope_deg, SUPINE.disc_wedges(shape)), sacrum.plate.translation)
    vertebrae = [placed[level] for level in LEVELS]
    bones = (
        vertebra_bone(
            v, trabecular=shape.trabecular[level], cortex=shape.cortex, texture_seed=shape.texture_seed + index
        )
        for index, (level, v) in enumerate(zip(LEVELS, vertebrae, strict=True))
    )
    return LumbarSpine(
        tuple(bones), tuple(v.disc for v in vertebrae), {f"{v.name}_centre": v.pose.translation for v in vertebrae}
    )
