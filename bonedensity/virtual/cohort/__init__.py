"""Images of many virtual people, written to disk: one folder a person and visit, one manifest; the same seed, the same
bytes."""

from bonedensity.virtual.cohort.options import CohortOptions
from bonedensity.virtual.cohort.person_images import PersonImages, counterfactual_images, image_person
from bonedensity.virtual.cohort.writing import CohortSummary, write_cohort

__all__ = [
    "CohortOptions",
    "CohortSummary",
    "PersonImages",
    "counterfactual_images",
    "image_person",
    "write_cohort",
]
