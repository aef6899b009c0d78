"""One woman from 40 to 90 years: hip radiographs and spine DXA of true counterfactuals, all noise kept."""

from dataclasses import replace

import numpy as np
from draw_gallery_pen import film, save

from bonedensity.virtual.cohort import CohortOptions, image_person
from bonedensity.virtual.population import COHORTS, draw_world, people

AGES = (40, 60, 75, 90)

SEED = 4

CHANGED = {
    "height_cm": "standing_height",
    "weight_kg": "weight",
    "hip_density": "hip_density",
    "spine_density": "spine_density",
    "bone_size": "bone_size",
    "degeneration": "degeneration",
}
"""Attribute of a person and its column."""


def woman_at(age, region):
    """The first woman of the cohort at that age: what follows from age in the causal graph follows."""
    everyone = people(COHORTS["adult"], 8, SEED, region=region)
    index = next(i for i, person in enumerate(everyone) if person.sex == "female")
    table = draw_world(COHORTS["adult"], 8, SEED).do(age=float(age)).predict()
    return replace(
        everyone[index], age=float(age), **{name: float(table[column][index]) for name, column in CHANGED.items()}
    )


def draw_ages():
    """`gallery-ages.png`."""
    figure, panels = film(9.0, 8.0, columns=len(AGES), rows=2, height_ratios=(2.0, 1.09))
    figure.subplots_adjust(0.005, 0.02, 0.995, 0.94, wspace=0.02, hspace=0.02)
    hip = CohortOptions(ct=False, radiographs=("standing",), dxa=(), bone_mm=1.2, random_settings=False)
    spine = CohortOptions(ct=False, radiographs=(), dxa=("lunar",), bone_mm=1.2, random_settings=False)
    scale = None
    for column, age in enumerate(AGES):
        film_ = image_person("hip", woman_at(age, "hip"), hip).radiographs["xray_standing_R"].image.array
        panels[column].imshow(film_, cmap="gray", vmin=0, vmax=float(np.max(film_)), interpolation="bilinear")
        panels[column].set_title(f"{age} years", color="#f2f2f2", fontsize=10, pad=3)
        scan = image_person("spine", woman_at(age, "spine"), spine).dxa["dxa_spine_lunar"]
        scale = scale or float(np.percentile(scan.bone, 99.8))
        panels[len(AGES) + column].imshow(scan.bone, cmap="gray", vmin=0.0, vmax=scale, interpolation="bilinear")
        abmd = next(region.abmd for region in scan.regions if region.name == "L1-L4")
        panels[len(AGES) + column].text(
            0.5, 0.02, f"L1-L4 {abmd:.2f} g/cm²", color="#ffd24d", fontsize=7.5, ha="center",
            transform=panels[len(AGES) + column].transAxes,
        )  # fmt: skip
    save(figure, "ages")
