"""Density of virtual hips: a DXA of their true mineral shows what NHANES' curves drew, at any age and of either sex."""

import numpy as np
import pytest

from bonedensity.virtual.cohort import CohortOptions, image_person
from bonedensity.virtual.hip.shape import density_factors
from bonedensity.virtual.population.bmd_reference import expected_bmd
from bonedensity.virtual.population.person import Person

DXA = CohortOptions(ct=False, radiographs=(), dxa=("hologic",), sides=("R",), bone_mm=2.0)


def person(age, sex, *, seed=1, z=0.0):
    height = {"female": 162.0, "male": 175.0}[sex]
    return Person(f"{sex}-{seed}", seed, sex, age, height, 24.0 * (height / 100) ** 2, hip_density=z)


def total_hip(who):
    """True areal density (g/cm²) within the region that a DXA's operator would draw."""
    (scan,) = image_person("hip", who, DXA).dxa.values()
    return scan.truth["regions"]["total-hip"]["true_abmd_g_cm2"]


@pytest.mark.parametrize("sex", ["female", "male"])
@pytest.mark.parametrize("age", [30.0, 57.0, 80.0])
def test_the_total_hip_shows_the_drawn_density_on_average(sex, age):
    usual = expected_bmd("total-hip", sex, age).mean
    found = np.mean([total_hip(person(age, sex, seed=seed)) for seed in (1, 2, 3)])
    assert found == pytest.approx(usual, rel=0.06)  # people of one density differ by 4 %


@pytest.mark.parametrize("z", [-2.0, 2.0])
def test_the_total_hip_follows_the_persons_own_density(z):
    usual = expected_bmd("total-hip", "female", 60.0)
    of_person, of_others = total_hip(person(60.0, "female", z=z)), total_hip(person(60.0, "female"))
    assert of_person / of_others == pytest.approx((usual.mean + z * usual.sd) / usual.mean, rel=0.05)


def test_both_factors_grow_with_density():
    trabecular, cortex = zip(*(density_factors(person(60.0, "male", z=z)) for z in (-3, -1, 0, 1, 3)), strict=True)
    assert list(trabecular) == sorted(trabecular)
    assert list(cortex) == sorted(cortex)
    assert trabecular[-1] / trabecular[0] > cortex[-1] / cortex[0]  # spongy bone differs more between people
