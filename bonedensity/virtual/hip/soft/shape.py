"""Numbers of one person's soft tissue (anatomy sheet, section 5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bonedensity.virtual.fields import ageing
from bonedensity.virtual.population.person import Person

MEAN_HEIGHT_CM = {"female": 163.0, "male": 176.0}

LEAN_BY_BMI = 0.3
"""Muscles are thicker in heavy people: power of the body mass index."""

LATERAL_SD_MM, FAT_SD = 11.0, 0.25
"""Spread of the tissue beside the trochanter (15 mm in all, MrOS09), and of the fat under the skin elsewhere (share),
between people of one body mass index."""

MARROW_SD_HU = 12.0
"""Spread of the femurs' marrow between people: 8 % of its volume more or less fat."""


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
        fat: Fat under the skin of belly and thighs against others of that body mass index.
        marrow_hu: What fills the femurs beside mineral: yellow marrow (-75) and the collagen and water of bone tissue
            (60), which take a fourth of the room.
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
    fat: float = 1.0
    marrow_hu: float = -40.0


def draw_soft_shape(person: Person, rng: np.random.Generator) -> SoftShape:
    """By body mass index, sex, age and stature: of two people of one BMI the taller is thicker by the root."""
    female = person.sex == "female"
    stature = float(np.sqrt(person.height_cm / MEAN_HEIGHT_CM[person.sex]))
    bmi, over = person.bmi, person.bmi - 24.0
    effective = 10 * (0.76 * bmi + 9.4) + float(rng.normal(0, 8.0))
    depth = (203.0 if female else 213.0) + 7.0 * over + float(rng.normal(0, 8.0))
    lateral = (43.0 if female else 30.0) + 2.0 * over + float(rng.normal(0, LATERAL_SD_MM))
    hu = ageing(person.age, 57.0, 42.0) - 0.5 * over + (0.0 if female else 3.0) + float(rng.normal(0, 4.0))
    return SoftShape(
        depth_mm=float(np.clip(stature * depth, 150, 340)),
        waist_mm=float(np.clip(stature * effective**2 / max(depth, 150.0), 260, 520)),
        lateral_mm=float(np.clip(stature * lateral, 12, 110)),
        muscle=float((0.93 if female else 1.08) * ageing(person.age, 1.06, 0.88) * (bmi / 24.0) ** LEAN_BY_BMI),
        muscle_hu=float(np.clip(hu, 20, 62)),
        marbling_hu=ageing(person.age, 7.0, 13.0),
        seed=int(rng.integers(2**31)),
        gas_bubbles=int(rng.integers(5, 16)),
        bladder_mm=float(rng.uniform(22, 42)),
        fat=float(np.exp(FAT_SD * rng.normal())),
        marrow_hu=float(np.clip(-40.0 + MARROW_SD_HU * rng.normal(), -75.0, 0.0)),
    )
