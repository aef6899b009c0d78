"""Diseased and operated hips: osteoarthritis, dysplasia, metal; which of them a person has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from bonedensity.anatomy.labels import Side
from bonedensity.virtual.population.person import Person

Implant = Literal["total_hip", "plate"]

OSTEOARTHRITIS_CUTS = (0.55, 0.95, 1.75, 2.35)
"""Degeneration (standard deviations) of one hip above which it is of Kellgren-Lawrence grade 1, 2, 3, 4.

Degeneration includes age; grade 2 or more then has the prevalence of about 20 % over 45 years (JoCo).
"""

DYSPLASIA_SHARE = {"female": 0.04, "male": 0.01}
"""Hips with a centre-edge angle below 20 degrees; both sides share the trait."""

IMPLANT_FROM_GRADE_4 = 0.35
"""Share of grade 4 hips that have been replaced."""

PLATE_SHARE_PER_YEAR = 0.0003
"""Share of hips with a plate from an earlier fracture, for each year over 50."""


@dataclass(frozen=True, slots=True)
class SideVariant:
    """One hip.

    Attributes:
        grade: Osteoarthritis, Kellgren-Lawrence 0 to 4.
        dysplasia: Shallow socket.
        implant: Metal.
    """

    grade: int = 0
    dysplasia: bool = False
    implant: Implant | None = None


@dataclass(frozen=True, slots=True)
class HipVariant:
    """Both hips; a side that is missing is healthy."""

    sides: Mapping[Side, SideVariant] = field(default_factory=dict)

    def side(self, side: Side) -> SideVariant:
        """Of the patient's side."""
        return self.sides.get(side, SideVariant())


HEALTHY = HipVariant()


def draw_variant(person: Person, rng: np.random.Generator) -> HipVariant:
    """Which disease or metal each hip has, by degeneration, sex and age."""
    shallow = bool(rng.random() < DYSPLASIA_SHARE[person.sex])
    return HipVariant({side: _draw_side(person, shallow, rng) for side in ("L", "R")})


def _draw_side(person: Person, shallow: bool, rng: np.random.Generator) -> SideVariant:
    own = 0.85 * person.degeneration + 0.5 * rng.standard_normal() + (0.6 if shallow else 0.0)
    chance, fracture = rng.random(2)
    grade = int(np.searchsorted(OSTEOARTHRITIS_CUTS, own))
    if grade == 4 and chance < IMPLANT_FROM_GRADE_4:
        return SideVariant(0, shallow, "total_hip")
    if fracture < PLATE_SHARE_PER_YEAR * max(person.age - 50.0, 0.0):
        return SideVariant(grade, shallow, "plate")
    return SideVariant(grade, shallow)
