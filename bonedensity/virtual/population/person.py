"""One person: what anatomy and images are derived from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Sex = Literal["female", "male"]

ClinicalValue = float | int | str | bool | None
"""One clinical or laboratory field; None where it was not taken."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person at one visit.

    Attributes:
        identifier: Unique within a cohort; holds nothing personal.
        seed: All randomness of this person's anatomy; the same at every visit.
        sex: Biological sex.
        age: Years.
        height_cm: Standing height (cm).
        weight_kg: Body mass (kg).
        hip_density: Hip density against others of that sex and age (standard deviations).
        spine_density: Lumbar density against others of that sex and age (standard deviations).
        bone_size: Bone size against others of that sex and height (standard deviations).
        degeneration: Osteoarthritis, osteophytes, disc loss (standard deviations, age included).
        clinical: Further fields by name.
        visit: 0 for the first, 1 for the repeat.
    """

    identifier: str
    seed: int
    sex: Sex
    age: float
    height_cm: float
    weight_kg: float
    hip_density: float = 0.0
    spine_density: float = 0.0
    bone_size: float = 0.0
    degeneration: float = 0.0
    clinical: Mapping[str, ClinicalValue] = field(default_factory=dict)
    visit: int = 0

    @property
    def bmi(self) -> float:
        """Body mass index (kg/m²)."""
        return self.weight_kg / (self.height_cm / 100) ** 2
