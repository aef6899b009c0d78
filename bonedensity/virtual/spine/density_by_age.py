"""How mineral and marrow of the spine change over adult life."""

from __future__ import annotations

import numpy as np

from bonedensity.virtual.population.person import Person

AGES = (20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 95.0)

TRABECULAR = {
    "male": (172.0, 165.0, 150.0, 132.0, 116.0, 100.0, 86.0, 68.0),
    "female": (182.0, 175.0, 162.0, 138.0, 106.0, 86.0, 70.0, 50.0),
}
"""Lumbar trabecular density by age as a CT shows it (mg/cm³; anatomy sheet 3.5, decade table)."""

SPREAD = 28.0
"""Standard deviation between people of one age and sex (mg/cm³), at 130 mg/cm³; it scales with the mean's root."""

LEVEL_FACTOR = {"T10": 1.12, "T11": 1.10, "T12": 1.06, "L1": 1.03, "L2": 1.0, "L3": 0.97, "L4": 0.98, "L5": 1.03}
"""Density falls from the thorax to L3 (Hendrickson 2018: L1 236, L3 227 HU)."""

RED_HU, YELLOW_HU = 35.0, -90.0
"""Of red and yellow marrow at 120 kVp (anatomy sheet, section 5)."""

MG_PER_HU = 0.77
"""Slope from HU to mineral density at 120 kVp."""

CORTEX = {"female": 1.17, "male": 0.98}
"""Brings both sexes to the areal density of NHANES at middle age."""

CORTEX_LOSS = {"female": (50.0, 0.009), "male": (45.0, 0.0012)}
"""From which age shells and cortices thin, and by what share a year: what women's areal density loses between 50 and 80
(-0.5 to -0.6 %/y; NHANES, Mazess 1995) beyond what spongy bone does, against the spurs that hide some of it."""

LOWEST = 8.0
"""No spine's mean falls below this (mg/cm³)."""


def trabecular_density(person: Person, level: str) -> float:
    """Mean mineral density of a body's spongy bone (mg/cm³ CHA): what a CT shows of it, and what fat hides there."""
    mean = float(np.interp(person.age, AGES, TRABECULAR[person.sex]))
    spread, hu = SPREAD * (mean / 130.0) ** 0.5, marrow_hu(red_marrow_share(person))
    return LEVEL_FACTOR[level] * (max(mean + spread * person.spine_density, LOWEST) - MG_PER_HU * hu)


def cortex_factor(person: Person) -> float:
    """Thickness of shells and cortices over the norm's; it falls from the menopause on, in men slowly."""
    start, a_year = CORTEX_LOSS[person.sex]
    loss = a_year * max(person.age - start, 0.0)
    return float(CORTEX[person.sex] * (1 - loss) * np.exp(0.05 * person.spine_density))


def marrow_hu(red_share: float) -> float:
    """Mean of marrow at 120 kVp, of which a share is red and the rest fat."""
    return YELLOW_HU + red_share * (RED_HU - YELLOW_HU)


def red_marrow_share(person: Person) -> float:
    """Share of red marrow; fat rises from 30 to 60 % (anatomy sheet 3.5)."""
    return float(np.interp(person.age, (20.0, 80.0), (0.70, 0.40)))
