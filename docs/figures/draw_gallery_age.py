"""One woman from 40 to 90 years: hip radiographs and spine DXA of true counterfactuals, all noise kept."""

import numpy as np
from draw_gallery_pen import film, save

from bonedensity.virtual.cohort import CohortOptions, image_person
from bonedensity.virtual.population import COHORTS, draw_world, people
from bonedensity.virtual.population.otherwise import with_values

AGES = (40, 60, 75, 90)

SEED = 4


def woman_at(age, region):
    """The first woman of the cohort at that age: what follows from age in the causal graph follows."""
    everyone = people(COHORTS["adult"], 8, SEED, region=region)
    index = next(i for i, person in enumerate(everyone) if person.sex == "female")
    table = draw_world(COHORTS["adult"], 8, SEED).do(age=float(age)).predict()
    return with_values(everyone[index], table, index)


def draw_ages():
    """`gallery-ages.png`."""
    figure, panels = film(9.0, 7.45, columns=len(AGES), rows=2, height_ratios=(2.0, 1.12))
    figure.subplots_adjust(0.005, 0.03, 0.995, 0.965, wspace=0.02, hspace=0.02)
    hip = CohortOptions(ct=False, radiographs=("standing",), dxa=(), bone_mm=1.2, random_settings=False)
    spine = CohortOptions(ct=False, radiographs=(), dxa=("lunar",), bone_mm=1.2, random_settings=False)
    scale = None
    for column, age in enumerate(AGES):
        film_ = image_person("hip", woman_at(age, "hip"), hip).radiographs["xray_standing_R"].image.array
        panels[column].imshow(film_, cmap="gray", vmin=0, vmax=float(np.max(film_)), interpolation="bilinear")
        panels[column].set_title(f"{age} years", color="#f2f2f2", fontsize=10, pad=3)
        scan = image_person("spine", woman_at(age, "spine"), spine).dxa["dxa_spine_lunar"]
        scale = scale or float(np.percentile(scan.bone, 99.8))
        below = panels[len(AGES) + column]
        below.imshow(
            scan.bone, cmap="gray", vmin=0.0, vmax=scale, aspect=scan.pixel_mm[0] / scan.pixel_mm[1],
            interpolation="bilinear",
        )  # fmt: skip
        abmd = next(region.abmd for region in scan.regions if region.name == "L1-L4")
        below.text(0.02, 0.03, f"L1-L4 {abmd:.2f} g/cm²", color="#ffd24d", fontsize=7.5, transform=below.transAxes)
    save(figure, "ages")
