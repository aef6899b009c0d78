"""Age, sex, stature and weight, and what is derived from them: the published equations, shifted to a cohort."""

from __future__ import annotations

import numpy as np

from bonedensity.virtual.population.cohort import Cohort
from bonedensity.virtual.population.graph import Column, Columns, Mechanism
from bonedensity.virtual.population.mechanisms import Computed, Curve, Linear, Root
from bonedensity.virtual.population.scales import lognormal
from bonedensity.virtual.population.spine_graph import RESIDUAL_SD, SCALES, WEIGHTS, spine_equation


def root_nodes(cohort: Cohort) -> dict[str, Mechanism]:
    """Sex (1 = man) and age (years)."""
    return {"sex": Root(cohort.male), "age": Root(cohort.age)}


def build_nodes(cohort: Cohort) -> dict[str, Mechanism]:
    """Height, weight, BMI, L1–L4 morphometry, bone size, degeneration; standing on age and sex."""
    shift, spread = _weight_numbers(cohort)
    width = spine_equation("l1_l4_width")
    return {
        "standing_height": spine_equation("standing_height", intercept=_height_shift(cohort)),
        "weight": spine_equation("weight", intercept=shift, residual_sd=spread),
        "bmi": Computed(("weight", "standing_height"), _bmi, "weight / (standing_height / 100)²"),
        "l1_l4_width": width,
        "l1_l4_height": spine_equation("l1_l4_height"),
        "l1_l4_area": spine_equation("l1_l4_area"),
        "bone_size": Computed((*width.parents, "l1_l4_width"), _bone_size, "residual of l1_l4_width (SD)"),
        "degeneration": Linear(
            (
                Curve("age", (20, 40, 60, 80, 95), (-1.6, -0.9, 0.0, 0.9, 1.4)),
                Curve("bmi", (18.5, 26.5, 40.0), (-0.4, 0.0, 0.65)),
            ),
            0.8,
        ),
    }


def _bmi(parents: Columns) -> Column:
    return parents["weight"] / (parents["standing_height"] / 100) ** 2


def _bone_size(parents: Columns) -> Column:
    return spine_equation("l1_l4_width").abduct(parents, parents["l1_l4_width"])


def _height_shift(cohort: Cohort) -> float:
    scale = SCALES["standing_height"]
    return (cohort.height_cm - scale.mean) / scale.sd


def _weight_numbers(cohort: Cohort) -> tuple[float, float]:
    """Intercept and residual SD of weight that give the cohort's BMI (log-normal; height's logarithm taken linear)."""
    if cohort.bmi is None:
        return 0.0, RESIDUAL_SD["weight"]
    height, weight, wanted = SCALES["standing_height"], SCALES["weight"], lognormal(*cohort.bmi)
    male = cohort.male.of_ones
    of_sex, of_height = WEIGHTS["weight"]["sex"], WEIGHTS["weight"]["standing_height"]
    taller = WEIGHTS["standing_height"]["sex"]
    per_height = weight.sd * of_height - 2 * height.sd / cohort.height_cm
    per_sex = weight.sd * of_sex + per_height * taller
    known = per_sex**2 * male * (1 - male) + (per_height * RESIDUAL_SD["standing_height"]) ** 2
    spread = float(np.sqrt(wanted.sd**2 - known)) / weight.sd
    middle = 2 * np.log(cohort.height_cm / 100) + np.log(wanted.mean) - np.log(weight.mean) - per_sex * (male - 0.5)
    return float(middle / weight.sd - of_height * _height_shift(cohort)), spread
