"""Whom to draw: the cohorts of the published studies, as far as their papers describe them."""

from __future__ import annotations

from dataclasses import dataclass

from bonedensity.errors import PopulationError
from bonedensity.virtual.population.bmd_reference import System
from bonedensity.virtual.population.scales import Between, Scale, Share, lognormal


@dataclass(frozen=True, slots=True)
class Laboratory:
    """Blood values of a population, each on its own scale.

    Attributes:
        wbc: White blood cells (10⁹/L).
        platelets: Platelets (10⁹/L).
        serum_calcium: Total calcium (mmol/L).
        fasting_glucose: Glucose (mmol/L).
        source: Where the numbers are from.
    """

    wbc: Scale
    platelets: Scale
    serum_calcium: Scale
    fasting_glucose: Scale
    source: str


UK_LABORATORY = Laboratory(
    wbc=lognormal(6.88, 1.7),
    platelets=Scale(252.0, 58.0),
    serum_calcium=Scale(2.38, 0.09),
    fasting_glucose=lognormal(5.12, 0.9),
    source="UK Biobank baseline means (spiros/ukb-biomarker-phenotypes); spreads to be confirmed",
)
CHINESE_LABORATORY = Laboratory(
    wbc=lognormal(6.0, 1.6),
    platelets=Scale(205.0, 55.0),
    serum_calcium=Scale(2.29, 0.11),
    fasting_glucose=lognormal(5.8, 1.6),
    source="older Chinese adults; to be confirmed",
)


@dataclass(frozen=True, slots=True)
class Cohort:
    """What sets one population apart; every other number of the graph is common to all.

    Attributes:
        name: For commands and manifests.
        title: For people.
        source: What is published and what is our own reading.
        male: Share of men.
        age: Years.
        height_cm: Midway between the means of women and men (cm).
        bmi: Mean and SD (kg/m²) of the whole cohort; None leaves weight to the published graph.
        density_shift: Of hip and spine against the reference tables, at equal age, sex, build and habits (SD).
        dxa_system: Manufacturer of the cohort's scanner.
        laboratory: Blood values.
        size: How many people the study had.
    """

    name: str
    title: str
    source: str
    male: Share
    age: Between
    height_cm: float
    bmi: tuple[float, float] | None
    density_shift: float
    dxa_system: System
    laboratory: Laboratory
    size: int


_PRESETS = (
    Cohort(
        name="ukbiobank",
        title="UK Biobank imaging-like",
        source="3,743 AP spine scans (arXiv 2605.22649); age, heights and BMI to be confirmed",
        male=Share(0.48),
        age=Between(64.0, 7.7, 45.0, 82.0),
        height_cm=169.5,
        bmi=None,
        density_shift=0.0,
        dxa_system="lunar",
        laboratory=UK_LABORATORY,
        size=3743,
    ),
    Cohort(
        name="bmdgan",
        title="Japanese hip arthroplasty-like (BMD-GAN, data set B)",
        source="305 patients, 82 % women, 57.6 ± 14.9 y, BMI 23.5 ± 4.0, proximal femur 0.759 ± 0.151 g/cm² "
        "(arXiv 2307.11513); age range and heights inferred, density shifted to meet the published mean",
        male=Share(0.18),
        age=Between(57.6, 14.9, 18.0, 91.0),
        height_cm=159.5,
        bmi=(23.5, 4.0),
        density_shift=-0.95,
        dxa_system="hologic",
        laboratory=CHINESE_LABORATORY,
        size=305,
    ),
    Cohort(
        name="tang",
        title="older Chinese hospital patients-like (Tang 2025)",
        source="1,780 patients, 69.46 ± 10.33 y, 50 to 99 (JMIR Med Inform 13:e70738); share of men, build and "
        "density inferred from Chinese reference values; the study's 56 % osteoporosis is a selection not made here",
        male=Share(0.35),
        age=Between(69.46, 10.33, 50.0, 99.0),
        height_cm=158.5,
        bmi=(23.5, 3.6),
        density_shift=-0.6,
        dxa_system="lunar",
        laboratory=CHINESE_LABORATORY,
        size=1780,
    ),
    Cohort(
        name="hertfordshire",
        title="Hertfordshire-like (XAttn-BMD)",
        source="233 people, 71.6 to 80.6 y, 48.9 % women (arXiv 2511.14604); BMI 27.7 ± 4.3 (PMC4289915); "
        "mean age and heights inferred",
        male=Share(0.511),
        age=Between(75.9, 2.5, 71.6, 80.6),
        height_cm=167.0,
        bmi=(27.7, 4.3),
        density_shift=0.0,
        dxa_system="lunar",
        laboratory=UK_LABORATORY,
        size=233,
    ),
    Cohort(
        name="adult",
        title="general adults",
        source="all adult ages about evenly; inferred",
        male=Share(0.49),
        age=Between(52.0, 18.0, 20.0, 90.0),
        height_cm=169.5,
        bmi=(26.5, 4.6),
        density_shift=0.0,
        dxa_system="hologic",
        laboratory=UK_LABORATORY,
        size=1000,
    ),
)

COHORTS: dict[str, Cohort] = {cohort.name: cohort for cohort in _PRESETS}


def cohort_named(name: str) -> Cohort:
    """A preset.

    Raises:
        PopulationError: Unknown name.
    """
    if name not in COHORTS:
        raise PopulationError(f"There is no cohort “{name}”; choose {', '.join(COHORTS)}.")
    return COHORTS[name]
