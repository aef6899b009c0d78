"""Numbers of one person's soft tissue (anatomy sheet, section 5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bonedensity.virtual.fields import ageing
from bonedensity.virtual.population.person import Person


@dataclass(frozen=True, slots=True)
class SoftShape:
    """One person's soft tissue.

    Attributes:
        depth_mm: Of the pelvis, from front to back, lying.
        waist_mm: Breadth of the abdomen.
        lateral_mm: From the greater trochanter to the skin.
        muscle: Scale of the muscles' thickness.
        muscle_hu: HU of muscle; fat within lowers it with age and weight, from 55 in the young.
        marbling_hu: Standard deviation of the texture in muscle.
        seed: Places bowel, gas and texture.
        gas_bubbles: Number of bubbles of bowel gas.
        bladder_mm: Mean radius of the bladder.
    """

    depth_mm: float = 205.0
    waist_mm: float = 340.0
    lateral_mm: float = 42.0
    muscle: float = 1.0
    muscle_hu: float = 48.0
    marbling_hu: float = 9.0
    seed: int = 0
    gas_bubbles: int = 9
    bladder_mm: float = 30.0


def draw_soft_shape(person: Person, rng: np.random.Generator) -> SoftShape:
    """By body mass index, sex and age."""
    female = person.sex == "female"
    bmi, over = person.bmi, person.bmi - 24.0
    effective = 10 * (0.76 * bmi + 9.4) + float(rng.normal(0, 8.0))
    depth = (203.0 if female else 213.0) + 7.0 * over + float(rng.normal(0, 8.0))
    lateral = (43.0 if female else 30.0) + 2.0 * over + float(rng.normal(0, 7.0))
    hu = ageing(person.age, 57.0, 42.0) - 0.5 * over + (0.0 if female else 3.0) + float(rng.normal(0, 4.0))
    return SoftShape(
        depth_mm=float(np.clip(depth, 150, 340)),
        waist_mm=float(np.clip(effective**2 / max(depth, 150.0), 260, 520)),
        lateral_mm=float(np.clip(lateral, 12, 110)),
        muscle=float((0.93 if female else 1.08) * ageing(person.age, 1.06, 0.88)),
        muscle_hu=float(np.clip(hu, 20, 62)),
        marbling_hu=ageing(person.age, 7.0, 13.0),
        seed=int(rng.integers(2**31)),
        gas_bubbles=int(rng.integers(5, 16)),
        bladder_mm=float(rng.uniform(22, 42)),
    )
