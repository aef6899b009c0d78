"""Bone density: one factor for the whole skeleton, what each site adds, and what habits and illness do to it."""

from __future__ import annotations

from functools import partial
from typing import cast

import numpy as np

from bonedensity.densitometry.tscore import references
from bonedensity.virtual.population.bmd_reference import Site, System, expected_bmd
from bonedensity.virtual.population.cohort import Cohort
from bonedensity.virtual.population.graph import Column, Columns, Mechanism
from bonedensity.virtual.population.mechanisms import (
    Computed,
    Curve,
    Levels,
    Linear,
    Root,
    Slope,
    Term,
    by_level,
    shares,
)
from bonedensity.virtual.population.menopause import HIP_SHARE, menopause_shift
from bonedensity.virtual.population.scales import SEX, Always
from bonedensity.virtual.population.spine_graph import SCALES

COMMON, OWN = 0.82, 0.572
"""Weights of the skeleton's factor and of a site's noise; habits included, hip and spine correlate 0.7 (QDR1047)."""

UNEXPLAINED = {"hip": 0.933, "spine": 0.960}
"""Part of a site's SD that habits, illness and build leave over, so that general adults have an SD of 1."""

CENTRE = {"hip": -0.042, "spine": -0.017}
"""Mean effect of habits, illness and build in general adults (SD), taken off so that the tables' mean holds there."""

SITES: dict[str, tuple[Site, str]] = {
    "total_hip_bmd": ("total-hip", "hip_density"),
    "femoral_neck_bmd": ("femoral-neck", "hip_density"),
    "l1_l4_bmd": ("L1-L4", "spine_density"),
}
"""By variable: the site, and the density (SD) it follows."""

T_SCORE_REFERENCE: dict[System, str] = {"hologic": "hologic-nhanes3-female", "lunar": "lunar-female"}


def density_nodes(cohort: Cohort) -> dict[str, Mechanism]:
    """Densities in SD of people of that age and sex, areal BMD (g/cm²), lowest T-score, prior fracture.

    Effects: anatomy literature (Ward 2001, Law 1997 for smoking; the others general knowledge, to be confirmed).
    """
    shift = Computed(("sex", "age", "menopause_age"), menopause_shift, "own menopause against the average woman's (SD)")
    return {
        "menopause_shift": shift,
        "hip_drift": Root(Always(0.0)),
        "spine_drift": Root(Always(0.0)),
        "bone_factor": Linear((), 1.0),
        "hip_density": _density("hip", _hip_terms(), cohort),
        "spine_density": _density("spine", _spine_terms(), cohort),
        **{name: _areal(site, density, cohort.dxa_system) for name, (site, density) in SITES.items()},
        "lowest_t_score": _lowest_t_score(cohort.dxa_system),
        "prior_fracture": Levels(
            (
                Slope("hip_density", -0.20),
                Slope("spine_density", -0.15),
                Slope("age", 0.10, SCALES["age"]),
                Slope("sex", -0.2, SEX),
            ),
            shares(0.85, 0.15),
        ),
    }


def _hip_terms() -> tuple[Term, ...]:
    return (
        Slope("menopause_shift", HIP_SHARE),
        Curve("bmi", (14.0, 18.5, 26.5, 30.0, 40.0), (-1.1, -0.6, 0.0, 0.26, 0.56)),
        Curve("physical_activity", (0, 6), (-0.09, 0.09)),
        by_level("smoking", 0.0, -0.08, -0.33),
        by_level("alcohol", 0.0, 0.05, 0.10, -0.15),
        Slope("diet_quality", 0.05),
        by_level("glucocorticoids", 0.0, -0.6),
        by_level("diabetes", 0.0, 0.25),
        by_level("hrt", 0.0, 0.3),
    )


def _spine_terms() -> tuple[Term, ...]:
    return (
        Slope("menopause_shift", 1.0),
        Curve("bmi", (14.0, 18.5, 26.5, 30.0, 40.0), (-0.8, -0.4, 0.0, 0.18, 0.38)),
        Curve("physical_activity", (0, 6), (-0.06, 0.06)),
        by_level("smoking", 0.0, -0.05, -0.25),
        by_level("alcohol", 0.0, 0.05, 0.10, -0.15),
        Slope("diet_quality", 0.04),
        by_level("glucocorticoids", 0.0, -0.65),
        by_level("diabetes", 0.0, 0.25),
        by_level("hrt", 0.0, 0.3),
    )


def _density(site: str, terms: tuple[Term, ...], cohort: Cohort) -> Linear:
    left = UNEXPLAINED[site]
    factor = (Slope("bone_factor", COMMON * left), Slope(f"{site}_drift", 1.0))
    return Linear((*factor, *terms), OWN * left, intercept=cohort.density_shift - CENTRE[site])


def _areal(site: Site, density: str, system: System) -> Computed:
    return Computed(
        ("sex", "age", density),
        partial(_areal_bmd, site=site, density=density, system=system),
        f"mean + SD · {density}, of {site} on {system} at that age and sex",
    )


def _areal_bmd(parents: Columns, *, site: Site, density: str, system: System) -> Column:
    women, men = (expected_bmd(site, sex, parents["age"], system) for sex in ("female", "male"))
    man = parents["sex"] == 1
    return np.where(man, men.mean, women.mean) + np.where(man, men.sd, women.sd) * parents[density]


def _lowest_t_score(system: System) -> Computed:
    regions = references()[T_SCORE_REFERENCE[system]]["regions"]
    used = {name: regions[site] for name, (site, _) in SITES.items() if site in ("femoral-neck", "L1-L4")}

    def lowest(parents: Columns) -> Column:
        scores = [(parents[name] - row["mean"]) / row["sd"] for name, row in used.items()]
        return cast(Column, np.min(scores, axis=0))

    return Computed(tuple(used), lowest, f"lower T-score of femoral neck and L1–L4, {T_SCORE_REFERENCE[system]}")
