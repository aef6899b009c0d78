"""What a clinic would write down besides: blood values and findings of a chest radiograph's report."""

from __future__ import annotations

from bonedensity.virtual.population.cohort import Cohort
from bonedensity.virtual.population.graph import Mechanism
from bonedensity.virtual.population.mechanisms import Curve, Levels, Linear, Slope, by_level, shares
from bonedensity.virtual.population.scales import SEX
from bonedensity.virtual.population.spine_graph import SCALES

_AGE = SCALES["age"]


def laboratory_nodes(cohort: Cohort) -> dict[str, Mechanism]:
    """Blood values. Their direct link with density is at most 0.07, so that no estimator can read bone off them."""
    laboratory = cohort.laboratory
    heavier = (18.0, 26.5, 40.0)
    return {
        "wbc": Linear(
            (
                by_level("smoking", -0.1, 0.0, 0.6),
                Curve("bmi", heavier, (-0.2, 0.0, 0.35)),
                Slope("spine_density", 0.07),
            ),
            0.95,
            laboratory.wbc,
        ),
        "platelets": Linear(
            (Slope("sex", -0.4, SEX), Slope("age", -0.05, _AGE), Slope("hip_density", -0.07)),
            0.97,
            laboratory.platelets,
        ),
        "serum_calcium": Linear((Slope("hip_density", 0.03),), 1.0, laboratory.serum_calcium),
        "fasting_glucose": Linear(
            (by_level("diabetes", -0.12, 1.6), Curve("bmi", heavier, (-0.2, 0.0, 0.3))),
            0.85,
            laboratory.fasting_glucose,
        ),
    }


DIAGNOSES = {
    "chest_emphysema": "emphysema",
    "chest_cardiomegaly": "cardiomegaly",
    "chest_compression": "vertebral compression fracture",
}
"""Findings that make a diagnosis in the report, with their wording."""

DESCRIPTIONS = {
    "chest_aortic_calcification": "aortic calcification",
    "chest_degenerative_spine": "degenerative change of the thoracic spine",
    "chest_kyphosis": "kyphosis",
}
"""Findings that a report describes, with their wording."""


def chest_nodes() -> dict[str, Mechanism]:
    """Whether a chest report mentions a finding. Reports under-state what is there; shares to be confirmed, aortic
    calcification by age from AA89 (Age Ageing 18:333)."""
    older = Slope("age", 0.12, _AGE)
    return {
        "chest_emphysema": Levels((older, by_level("smoking", -0.2, 0.1, 0.7)), shares(0.93, 0.07)),
        "chest_cardiomegaly": Levels((older, Curve("bmi", (18, 26.5, 40), (-0.3, 0.0, 0.5))), shares(0.91, 0.09)),
        "chest_compression": Levels(
            (older, Slope("spine_density", -0.45), by_level("prior_fracture", -0.1, 0.4)), shares(0.975, 0.025)
        ),
        "chest_aortic_calcification": Levels(
            (Curve("age", (45, 55, 85), (-3.0, -1.75, 0.18)), by_level("smoking", -0.1, 0.0, 0.3)), (0.0,)
        ),
        "chest_degenerative_spine": Levels((Slope("degeneration", 0.5),), shares(0.80, 0.20)),
        "chest_kyphosis": Levels((older, by_level("chest_compression", 0.0, 0.8)), shares(0.95, 0.05)),
    }
