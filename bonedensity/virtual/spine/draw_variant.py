"""How often disease is met, and how bad it is, by age, sex, density and degeneration."""

from __future__ import annotations

import numpy as np

from bonedensity.virtual.population.person import Person
from bonedensity.virtual.spine.levels import LEVELS
from bonedensity.virtual.spine.variant import GRADE_LOSS, Fracture, FractureKind, SpineVariant, Spurs

FRACTURE_AGES, FRACTURE_SHARE = (30.0, 50.0, 60.0, 75.0, 85.0), (0.005, 0.02, 0.05, 0.11, 0.18)
"""Share of people with a vertebral fracture (NHANES-VFA)."""

FRACTURE_AT = {"T10": 0.06, "T11": 0.10, "T12": 0.22, "L1": 0.22, "L2": 0.09, "L3": 0.07, "L4": 0.06, "L5": 0.03}
"""Fractures at each level for every person with one; the rest lie above T10."""

DENSITY_ODDS = 0.6
"""Log odds of fracture for each standard deviation of density lost."""

SCOLIOSIS_AGES, SCOLIOSIS_SHARE = (20.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0), (0.02, 0.03, 0.04, 0.08, 0.15, 0.28, 0.5)
"""Share with a Cobb angle of 10 degrees or more (Kebaish 2011)."""

DISC_WEAR = {"T10": -0.3, "T11": -0.3, "T12": -0.2, "L1": 0.0, "L2": 0.2, "L3": 0.3, "L4": 0.7, "L5": 0.8}
FACET_WEAR = {"T10": -0.5, "T11": -0.5, "T12": -0.4, "L1": -0.2, "L2": 0.0, "L3": 0.3, "L4": 0.7, "L5": 0.6}
"""Degeneration by level against the whole spine's (standard deviations)."""


def draw_spine_variant(person: Person, rng: np.random.Generator) -> SpineVariant:
    """One person's disease (anatomy sheet, section 3.6).

    Every draw is made whatever the age, so that with the same draws disease only grows with age.
    """
    worn = person.degeneration
    normal = rng.standard_normal((len(LEVELS), 8))
    chance, kind, loss = rng.random((3, len(LEVELS)))
    bend = rng.random(2), rng.exponential(9.0), abs(rng.standard_normal()) * 2.5, rng.integers(3)
    chalk = rng.standard_normal()
    rows = dict(zip(LEVELS, normal, strict=True))
    discs = {level: _disc_loss(worn, row[0], DISC_WEAR[level]) for level, row in rows.items()}
    return SpineVariant(
        fractures=_fractures(person, chance, kind, loss),
        osteophytes={level: _spurs(worn, row[1:6]) for level, row in rows.items()},
        facet_growth={
            level: float(np.clip(1.2 * (worn + FACET_WEAR[level] + 0.7 * row[6]) - 0.3, 0, 5.0))
            for level, row in rows.items()
        },
        disc_loss=discs,
        sclerosis={level: 2.5 * discs[level] for level in LEVELS},
        cobb_deg=_cobb(person, *bend[:3]),
        apex=("L1", "L2", "L3")[int(bend[3])],
        aortic_calcification=_chalk(person, float(chalk)),
    )


def _disc_loss(worn: float, own: float, level: float) -> float:
    return float(np.clip(0.10 * (worn + level + 0.8 * own - 0.3), 0, 0.65))


def _spurs(worn: float, own: np.ndarray) -> Spurs:
    sizes = np.clip(1.7 * (worn + 0.6 * own[0] + 0.7 * own[1:5] - 0.7), 0, 9)
    return float(sizes[0]), float(sizes[1]), float(sizes[2]), float(sizes[3])


def _fractures(person: Person, chance: np.ndarray, kind: np.ndarray, loss: np.ndarray) -> dict[str, Fracture]:
    share = float(np.interp(person.age, FRACTURE_AGES, FRACTURE_SHARE))
    odds = share / (1 - share) * np.exp(-DENSITY_ODDS * person.spine_density)
    found = {}
    for i, level in enumerate(LEVELS):
        if chance[i] < odds / (1 + odds) * FRACTURE_AT[level]:
            found[level] = Fracture(_kind(kind[i]), _loss(loss[i]))
    return found


def _kind(u: float) -> FractureKind:
    return "wedge" if u < 0.6 else "biconcave" if u < 0.9 else "crush"


def _loss(u: float) -> float:
    """Grades 1, 2 and 3 in 55, 33 and 12 % of fractures."""
    edges = (0.0, 0.55, 0.88, 1.0)
    grade = 1 + int(u >= edges[1]) + int(u >= edges[2])
    low, high = GRADE_LOSS[grade]
    return low + (high - low) * (u - edges[grade - 1]) / (edges[grade] - edges[grade - 1])


def _cobb(person: Person, u: np.ndarray, excess: float, mild: float) -> float:
    share = float(np.interp(person.age, SCOLIOSIS_AGES, SCOLIOSIS_SHARE))
    angle = 10 + min(excess, 35.0) if u[0] < share else min(mild, 9.5)
    return angle if u[1] < 0.65 else -angle


def _chalk(person: Person, own: float) -> float:
    """Aortic calcification; in nine of ten after 65, in few before 45 (Framingham)."""
    male = 0.25 if person.sex == "male" else 0.0
    return float(np.clip(4.0 * ((person.age - 56.0) / 10.0 + male + 0.9 * own), 0, 24))
