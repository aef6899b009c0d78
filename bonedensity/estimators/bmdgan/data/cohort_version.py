"""Which virtual hips a model has learnt, told by what is measured on one of them: there is no number to forget."""

from __future__ import annotations

import numpy as np

from bonedensity.virtual.cohort import CohortOptions, image_person
from bonedensity.virtual.population import cohort_named, people

SEED = 2026
COARSE_MM = 3.0
"""Of the bones: seconds, and every step of the simulation is passed."""

TOLERANCE = 0.01
"""Share by which numbers of the same cohort may differ on another machine."""


def hip_cohort_version() -> str:
    """Numbers of one virtual hip, painted coarsely: age; DXA and mean areal density (g/cm²); density (mg/cm³) of the
    proximal femur; and the greys of its radiograph at four percentiles. They change where people, bodies, tissue or
    images do.
    """
    person = people(cohort_named("bmdgan"), 1, SEED, region="hip")[0]
    options = CohortOptions(ct=False, radiographs=("standing",), dxa=("hologic",), bone_mm=COARSE_MM)
    images = image_person("hip", person, options)
    (radiograph,), (scan,) = images.radiographs.values(), images.dxa.values()
    greys = np.percentile(np.asarray(radiograph.image.array), (10, 40, 70, 95))
    truth, total = radiograph.truth, scan.truth["regions"]["total-hip"]["abmd_g_cm2"]
    femur = truth["proximal_femur_mean_g_cm2"], truth["proximal_femur_mg_cm3"]
    return " ".join(f"{value:.4g}" for value in (person.age, total, *femur, *greys))


def same_cohort(one: str, other: str) -> bool:
    """Whether two versions tell of the same virtual hips; one that is empty or of another kind is never the same."""
    try:
        a, b = (np.array([float(each) for each in text.split()]) for text in (one, other))
    except ValueError:
        return False
    return bool(a.size and a.shape == b.shape and np.allclose(a, b, rtol=TOLERANCE))
