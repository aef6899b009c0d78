"""Which virtual people a model has learnt, told by what is measured on one of them: there is no number to forget."""

from __future__ import annotations

import numpy as np

from bonedensity.virtual.cohort.options import CohortOptions
from bonedensity.virtual.cohort.person_images import image_person
from bonedensity.virtual.population import DEFAULT_COHORT, Region, cohort_named, people

SEED = 2026
COARSE_MM = 3.0
"""Of the bones: seconds, and every step of the simulation is passed."""

TOLERANCE = 0.01
"""Share by which numbers of the same cohort may differ on another machine."""

PERCENTILES = (10, 40, 70, 95)
"""Of the greys of an image."""


def cohort_version(region: Region) -> str:
    """Numbers of one virtual person, painted coarsely. They change where people, bodies, tissue or images do.

    Hip: age; DXA and mean areal density (g/cm²); density (mg/cm³) of the proximal femur; greys of its radiograph.
    Spine: age; DXA of L1-L4 as measured and as true (g/cm²), its width and height (mm); greys of the export.

    Args:
        region: Of which people.
    """
    numbers = _hip() if region == "hip" else _spine()
    return " ".join(f"{value:.4g}" for value in numbers)


def same_cohort(one: str, other: str) -> bool:
    """Whether two versions tell of the same virtual people; one that is empty or of another kind is never the same."""
    try:
        a, b = (np.array([float(each) for each in text.split()]) for text in (one, other))
    except ValueError:
        return False
    return bool(a.size and a.shape == b.shape and np.allclose(a, b, rtol=TOLERANCE))


def _hip() -> list[float]:
    person = people(cohort_named(DEFAULT_COHORT["hip"]), 1, SEED, region="hip")[0]
    options = CohortOptions(ct=False, radiographs=("standing",), dxa=("hologic",), bone_mm=COARSE_MM)
    images = image_person("hip", person, options)
    (radiograph,), (scan,) = images.radiographs.values(), images.dxa.values()
    truth, total = radiograph.truth, scan.truth["regions"]["total-hip"]["abmd_g_cm2"]
    femur = truth["proximal_femur_mean_g_cm2"], truth["proximal_femur_mg_cm3"]
    return [person.age, total, *femur, *np.percentile(np.asarray(radiograph.image.array), PERCENTILES)]


def _spine() -> list[float]:
    person = people(cohort_named(DEFAULT_COHORT["spine"]), 1, SEED, region="spine")[0]
    options = CohortOptions(ct=False, radiographs=(), dxa=("lunar",), bone_mm=COARSE_MM)
    (scan,) = image_person("spine", person, options).dxa.values()
    region = scan.truth["regions"]["L1-L4"]
    sizes = [region[name] for name in ("abmd_g_cm2", "true_abmd_g_cm2", "width_mm", "height_mm")]
    return [person.age, *sizes, *np.percentile(scan.export, PERCENTILES)]
