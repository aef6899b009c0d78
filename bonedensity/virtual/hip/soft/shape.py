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

BUTTOCK_SD, PLANES_SD = 0.3, 0.35
"""Spread (share) of the buttock's fat against that beside the trochanter, and of the fat between muscles."""

YELLOW_AGES = (25.0, 75.0)
YELLOW_SHARE = {"female": (0.72, 0.85), "male": (0.80, 0.89)}
YELLOW_SD = 0.13
"""Share of the femurs' marrow that is yellow at these ages, and its spread between people of one age and sex: marrow
turns yellow with age, in men earlier, and differs most between the trochanters (MRI, Gondim Teixeira 2019; Kuiper 1996
found 23 to 48 % of necks' mass to be fat)."""

RED_HU, YELLOW_HU, BONE_TISSUE_HU, BONE_TISSUE_SHARE = 35.0, -90.0, 60.0, 0.25
"""Marrow at 120 kVp (anatomy sheet, section 5), and bone tissue's collagen and water, which take this share of it."""


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
        marrow_hu: What fills the femurs beside mineral: marrow, and the collagen and water of bone tissue.
        buttock: Fat behind the gluteus maximus, as a share of that beside the trochanter.
        planes_mm: Thickness of the fat around each muscle.
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
    buttock: float = 0.8
    planes_mm: float = 1.6


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
        marrow_hu=marrow_hu(person, float(rng.normal())),
        buttock=0.8 * float(np.exp(BUTTOCK_SD * rng.normal())),
        planes_mm=ageing(person.age, 1.3, 2.0) * float(np.exp(PLANES_SD * rng.normal())),
    )


def marrow_hu(person: Person, z: float) -> float:
    """HU at 120 kVp of what fills the femurs beside mineral.

    Args:
        person: Age and sex.
        z: How red the marrow is among people of that age and sex, in standard deviations.
    """
    yellow = float(np.clip(np.interp(person.age, YELLOW_AGES, YELLOW_SHARE[person.sex]) - YELLOW_SD * z, 0.3, 1.0))
    marrow = yellow * YELLOW_HU + (1 - yellow) * RED_HU
    return (1 - BONE_TISSUE_SHARE) * marrow + BONE_TISSUE_SHARE * BONE_TISSUE_HU
