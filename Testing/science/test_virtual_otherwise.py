"""The same people at another age: who they are stays, what follows from age moves."""

from __future__ import annotations

import numpy as np
import pytest

from bonedensity.errors import PopulationError
from bonedensity.virtual.population import cohort_named, people, people_at_another_age
from bonedensity.virtual.population.otherwise import OLDEST, another_age

COHORT, N, SEED, YEARS = cohort_named("ukbiobank"), 200, 12, 20.0


@pytest.fixture(scope="module")
def pairs():
    others = people_at_another_age(COHORT, N, SEED, YEARS)
    return list(zip(people(COHORT, N, SEED, region="spine"), others, strict=True))


def test_everybody_is_twenty_years_older_or_younger_and_nobody_too_old(pairs):
    years = np.array([other.age - person.age for person, other in pairs])
    assert np.abs(years) == pytest.approx(np.full(N, YEARS))
    assert max(other.age for _, other in pairs) <= OLDEST
    assert 0.05 < (years < 0).mean() < 0.95


def test_what_age_does_not_cause_stays(pairs):
    for person, other in pairs:
        assert (other.identifier, other.visit, other.seed, other.sex) == (
            person.identifier,
            person.visit,
            person.seed,
            person.sex,
        )
        assert other.height_cm == pytest.approx(person.height_cm)
        assert other.weight_kg == pytest.approx(person.weight_kg)


def test_bone_is_lost_on_the_way_to_the_older_age(pairs):
    lost = [
        (person.clinical["l1_l4_bmd"] - other.clinical["l1_l4_bmd"]) * np.sign(other.age - person.age)
        for person, other in pairs
    ]
    assert np.mean(lost) > 0.01


def test_there_and_back_is_the_same_person(pairs):
    ages = np.array([50.0, 70.0])
    assert another_age(another_age(ages, 15.0), -15.0) == pytest.approx(ages)
    with pytest.raises(PopulationError, match="above 0"):
        people_at_another_age(COHORT, 1, SEED, 0.0)
