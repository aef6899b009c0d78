"""A person's spine from T10 to the pelvis as a body for all scanners."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.body import Body
from bonedensity.virtual.bone import Bone
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.spine.draw import draw_spine_shape
from bonedensity.virtual.spine.draw_variant import draw_spine_variant
from bonedensity.virtual.spine.landmarks import spine_landmarks
from bonedensity.virtual.spine.mineral import vertebra_bone
from bonedensity.virtual.spine.paint_trunk import paint_trunk
from bonedensity.virtual.spine.pelvis_below import PelvisBelow, pelvis_below
from bonedensity.virtual.spine.posture import DXA, SpinePosture
from bonedensity.virtual.spine.ribs import rib_bones
from bonedensity.virtual.spine.spine_shape import SpineMorphometry, SpineShape, morphometry_of, with_morphometry
from bonedensity.virtual.spine.stack import Bend, PlacedVertebra, stack
from bonedensity.virtual.spine.trunk import Trunk
from bonedensity.virtual.spine.truth import spine_truth
from bonedensity.virtual.spine.variant import SpineVariant, with_disease
from bonedensity.virtual.streams import stream

FACET_GAP_MM, COSTAL_GAP_MM, SACROILIAC_GAP_MM = 1.2, 1.0, 2.5
"""Joint spaces (mm)."""

ABOVE_MM, BELOW_MM = 12.0, 22.0
"""A scan of the lumbar spine begins so far above the middle of T12 and ends so far below the sacral plate."""


def make_spine_body(
    person: Person,
    *,
    posture: SpinePosture = DXA,
    variant: SpineVariant | None = None,
    morphometry: SpineMorphometry | None = None,
) -> Body:
    """One person's spine; the mid-point of both hips is the origin.

    Same person, same body. A person who differs in age alone has the same draws: only what depends on age differs.

    Args:
        person: Whose spine.
        posture: How the person lies or stands.
        variant: Disease; by default drawn from the person's age, density and degeneration.
        morphometry: Width and height of L1 to L4 before disease; by default the person's attributes, or where there
            are none drawn from sex, stature, bone size and age.
    """
    drawn = draw_spine_shape(person, stream(person.seed, "spine shape"))
    wanted = morphometry or morphometry_of(person)
    healthy = drawn if wanted is None else with_morphometry(drawn, wanted)
    disease = draw_spine_variant(person, stream(person.seed, "spine variant")) if variant is None else variant
    worn, slope = with_disease(healthy, disease), posture.sacral_slope_of(healthy)
    pelvis = pelvis_below(worn, person.sex, slope)
    bend = Bend(slope, posture.disc_wedges(healthy), disease.cobb_deg, disease.apex)
    placed = stack(worn, bend, pelvis.plate.translation)
    trunk = Trunk.around(person, worn, placed, pelvis.plate.translation)
    bones = _bones(worn, placed, pelvis, trunk)
    low, high = _scanned(trunk, placed, pelvis)
    return Body(
        person=person,
        bones=bones,
        gap_mm={bone.name: _gap(bone.name) for bone in bones},
        paint_soft_tissue=lambda lattice: paint_trunk(lattice, trunk, disease, bones),
        low=low,
        high=high,
        landmarks=spine_landmarks(placed, pelvis.plate, worn.size),
        truth=spine_truth(healthy, worn, posture, disease, placed),
    )


def _bones(shape: SpineShape, placed: dict[str, PlacedVertebra], pelvis: PelvisBelow, trunk: Trunk) -> tuple[Bone, ...]:
    sacrum, *hips = pelvis.bones()
    vertebrae = [
        vertebra_bone(
            placed[level],
            trabecular=shape.trabecular[level],
            cortex=shape.cortex,
            texture_seed=shape.texture_seed + index,
        )
        for index, level in enumerate(placed)
    ]
    return (sacrum, *vertebrae, *hips, *rib_bones(shape, placed, trunk.chest))


def _gap(name: str) -> float:
    if name.startswith("hip"):
        return SACROILIAC_GAP_MM
    return COSTAL_GAP_MM if name.startswith("rib") else FACET_GAP_MM


def _scanned(
    trunk: Trunk, placed: dict[str, PlacedVertebra], pelvis: PelvisBelow
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The box around the whole trunk from T12 into the sacrum."""
    low = np.array([*trunk.low[:2], pelvis.plate.translation[2] - BELOW_MM])
    high = np.array([*trunk.high[:2], placed["T12"].pose.translation[2] + ABOVE_MM])
    return low, high
