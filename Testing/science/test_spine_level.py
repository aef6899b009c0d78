"""A spine that came to rest one level too high or too low is found again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bonedensity.geometry import RigidTransform
from bonedensity.registration.spine_level import on_best_level, spine_step
from bonedensity.virtual import make_hip_patient

LUMBAR = ("vertebrae_L5", "vertebrae_L4", "vertebrae_L3")
STEP = np.array([0.0, 2.0, 33.0])


@pytest.fixture(scope="module")
def patient():
    return make_hip_patient(4, spacing_mm=2.5)


@pytest.fixture(scope="module")
def registered(patient):
    """Any registration: a short one, from where the bones are."""
    from bonedensity.drr.xray import simulate_radiograph
    from bonedensity.geometry import c_arm_camera
    from bonedensity.registration import RegistrationConfig, View, register
    from bonedensity.registration.config import Level, Spread

    camera = c_arm_camera(sdd_mm=1150, source_to_isocentre_mm=1000, rows=64, columns=64, pixel_spacing_mm=(6.0, 6.0))
    pose = RigidTransform.from_translation([0.0, 0.0, 0.0])
    view = View(simulate_radiograph(patient.ct, camera, pose, seed=0).array, camera)
    level = Level(64, 1.5, 1.0, Spread(1.0, 1.0, 1.0), population=4, generations=2)
    config = RegistrationConfig(levels=(level,))
    return register(patient.ct, [view], initial=pose, config=config, labels=patient.labels, bones=["sacrum"])


def with_worth(registered, similarity, accepted, height_mm):
    """The registration at another height, and of another worth."""
    quality = replace(registered.quality, similarity=similarity, accepted=accepted)
    return replace(registered, quality=quality, world_from_ct=RigidTransform.from_translation([0, 0, height_mm]))


def test_a_step_is_the_distance_of_neighbouring_vertebrae_towards_the_head(patient):
    step = spine_step(patient.labels, LUMBAR)
    assert 25 < np.linalg.norm(step) < 45
    assert step[2] > 0.8 * np.linalg.norm(step)
    assert np.allclose(spine_step(patient.labels, LUMBAR[::-1]), -step)
    assert not spine_step(patient.labels, LUMBAR[:1]).any()


def test_a_doubtful_spine_is_sought_on_both_levels_beside_it_and_the_best_one_stays(registered):
    starts = []

    def search(start, number):
        starts.append(start)
        return with_worth(registered, 0.1 + 0.2 * number, False, start.matrix[2, 3])

    found = on_best_level(with_worth(registered, 0.15, False, 10.0), STEP, search)
    assert np.allclose([one.matrix[:3, 3] for one in starts], [[0, 2, 43], [0, -2, -23]])
    assert found.world_from_ct.matrix[2, 3] == pytest.approx(-23)
    assert found.evaluations == 3 * registered.evaluations
    assert found.initial is registered.initial


def test_a_spine_that_is_accepted_is_left_where_it_is_and_ends_the_search(registered):
    def never_asked(start, number):
        raise AssertionError

    accepted = with_worth(registered, 0.1, True, 10.0)
    assert on_best_level(accepted, STEP, never_asked).world_from_ct is accepted.world_from_ct
    numbers = []

    def accepted_at_once(start, number):
        numbers.append(number)
        return with_worth(registered, 0.1, True, start.matrix[2, 3])

    found = on_best_level(with_worth(registered, 0.2, False, 0.0), STEP, accepted_at_once)
    assert numbers == [0]
    assert found.quality.accepted


def test_a_stop_is_heeded_and_one_vertebra_alone_has_no_level_beside_it(registered):
    def never_asked(start, number):
        raise AssertionError

    doubtful = with_worth(registered, 0.1, False, 0.0)
    assert on_best_level(replace(doubtful, stopped_early=True), STEP, never_asked).stopped_early
    assert on_best_level(doubtful, np.zeros(3), never_asked).evaluations == doubtful.evaluations
