"""Average lumbar vertebrae for a pelvis that has no person: T12 to L5 on top of a sacral plate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bonedensity.geometry import RigidTransform
from bonedensity.virtual.bone import Bone
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.solids import Solid
from bonedensity.virtual.spine.draw import MEAN_HEIGHT_CM, average_spine_shape
from bonedensity.virtual.spine.levels import LUMBAR
from bonedensity.virtual.spine.mineral import vertebra_bone
from bonedensity.virtual.spine.posture import SUPINE
from bonedensity.virtual.spine.stack import Bend, PlacedVertebra, stack

AVERAGE_TRABECULAR = 135.0
"""Density of the spongy bone at a density factor of 1 (mg/cm³)."""

SACRAL_PLATE_MM, SACRAL_SLOPE_DEG = (0.0, 22.0, 98.0), 40.0
"""The plate of a pelvis of size 1 (LPS mm, mid-point of the hips at 0)."""


@dataclass(frozen=True, slots=True)
class Vertebra:
    """One vertebra in place.

    Attributes:
        name: "L5" ...
        placed: Its shape and pose.
    """

    name: str
    placed: PlacedVertebra

    @property
    def pose(self) -> RigidTransform:
        """World from vertebra; the body's middle is its origin, z along the body's axis."""
        return self.placed.pose

    @property
    def disc(self) -> Solid:
        """The disc below, in the world."""
        return self.placed.disc


def stack_vertebrae(
    size: float, *, plate: ArrayLike | None = None, slope_deg: float = SACRAL_SLOPE_DEG
) -> list[Vertebra]:
    """L5 to T12 on top of a sacrum, lying on the back.

    Args:
        size: 1 for an average man.
        plate: Middle of the sacral plate (LPS mm); default that of an average pelvis of that size.
        slope_deg: Its lean to the front.
    """
    person = Person("average", 0, "male", 50.0, MEAN_HEIGHT_CM["male"] * size, 75.0)
    shape = average_spine_shape(person)
    foot = size * np.array(SACRAL_PLATE_MM) if plate is None else np.asarray(plate, dtype=np.float64)
    placed = stack(shape, Bend(slope_deg, SUPINE.disc_wedges(shape)), foot)
    return [Vertebra(level, placed[level]) for level in (*reversed(LUMBAR), "T12")]


def make_vertebra(vertebra: Vertebra, *, size: float, density_factor: float) -> Bone:
    """The vertebra with its mineral; `size` gives its texture's seed alone, since the vertebra has its dimensions."""
    seed = int(1000 * size) + (*reversed(LUMBAR), "T12").index(vertebra.name)
    density = AVERAGE_TRABECULAR * density_factor
    return vertebra_bone(vertebra.placed, trabecular=density, cortex=1.0, texture_seed=seed)
