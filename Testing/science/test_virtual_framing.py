"""What lies on a virtual hip radiograph: the whole upper femur, in every posture."""

import numpy as np
import pytest

from bonedensity.virtual.cohort.bodies import bodies_for
from bonedensity.virtual.population import COHORTS, people
from bonedensity.virtual.posed import outer_solid
from bonedensity.virtual.radiographs import random_hip_view
from bonedensity.virtual.streams import stream

POSTURES = ("standing", "supine", "abduction", "adduction")


@pytest.fixture(scope="module")
def hips():
    return [(person, bodies_for("hip", person)) for person in people(COHORTS["bmdgan"], 8, 5, region="hip")]


def outermost(body):
    """Point of the right greater trochanter farthest to the side (LPS mm)."""
    solid = outer_solid(next(bone for bone in body.bones if bone.name == "femur_right"))
    head = body.landmarks["femur_right_head_centre"]
    points = np.random.default_rng(0).uniform(
        np.maximum(solid.low, head - [90, 50, 60]), np.add(head, [0, 50, 30]), (3000, 3)
    )
    near = points[solid.distance(points) < 1]
    return near[near[:, 0].argmin()]


def test_the_greater_trochanter_lies_on_the_detector_in_every_posture(hips):
    columns = []
    for person, bodies in hips:
        for posture in POSTURES:
            view = random_hip_view(posture, "R", stream(person.seed, posture))
            columns.append(view.camera.project(view.world_from_body.apply(outermost(bodies(posture))))[0])
    assert np.mean(np.array(columns) > 0) > 0.95
    assert np.median(columns) < 128  # in the outer half: the picture is not wasted on the room beside the hip


def test_all_postures_are_of_one_person(hips):
    _, bodies = hips[0]
    reach = [np.linalg.norm(np.subtract(*distances(bodies(posture)))) for posture in POSTURES]
    assert reach == pytest.approx([reach[0]] * len(reach), abs=1e-6)


def distances(body):
    return body.landmarks["femur_right_head_centre"], body.landmarks["femur_right_shaft_50mm"]
