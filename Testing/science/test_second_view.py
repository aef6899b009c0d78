"""A second view whose camera is anywhere is related to the first through the bone; views that disagree are named."""

import json

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bonedensity.geometry import RigidTransform, c_arm_camera
from bonedensity.registration import Level, RegistrationConfig, register
from bonedensity.registration.config import Spread
from bonedensity.registration.error import pose_error, surface_points
from bonedensity.registration.second_view import camera_in_first_world, register_second_view
from bonedensity.registration.view_agreement import AgreementLimits, agreement_at, doubted, view_agreement

QUICK = RegistrationConfig(
    levels=(
        Level(64, 3.0, 1.0, Spread(4.0, 4.0, 12.0), population=14, generations=30),
        Level(128, 3.0, 1.0, Spread(0.8, 0.8, 6.0), population=10, generations=30, starts=2),
    ),
    seed=2,
)


def a_camera(**changes):
    values = {"sdd_mm": 1000.0, "source_to_isocentre_mm": 750.0, "rows": 256, "columns": 256}
    return c_arm_camera(**{**values, "pixel_spacing_mm": (0.9, 0.9), **changes})


AP = a_camera()
LATERAL = a_camera(primary_deg=-80)
TRUTH = RigidTransform.from_parameters([3, 4, 6, 5, 8, 7], centre=np.zeros(3))
OFF = RigidTransform.from_parameters([4, -3, 4, 4, -3, 4], centre=np.zeros(3))
ELSEWHERE = RigidTransform.from_rotation_translation(
    Rotation.from_euler("xyz", [40, 70, -20], degrees=True).as_matrix(), [300, -200, 90]
)
"""The second camera's own world, as seen from the first's."""


def options(phantom):
    return {"config": QUICK, "labels": phantom[1], "bones": ["sacrum"]}


@pytest.fixture(scope="module")
def second(small_phantom, small_view):
    """AP in one world, lateral in another, each started 7 degrees and 6 mm off."""
    own_camera = LATERAL.posed(LATERAL.camera_from_world @ ELSEWHERE.inverse())
    return register_second_view(
        small_phantom[0],
        small_view(AP, TRUTH),
        small_view(own_camera, ELSEWHERE @ TRUTH),
        initial_first=OFF @ TRUTH,
        initial_second=ELSEWHERE @ OFF @ TRUTH,
        **options(small_phantom),
    )


def test_the_second_camera_is_found_in_the_first_ones_world(second):
    error = second.camera.camera_from_world @ LATERAL.camera_from_world.inverse()
    assert error.angle_deg < 3
    relation = LATERAL.camera_from_world @ AP.camera_from_world.inverse()
    assert (second.second_from_first @ relation.inverse()).angle_deg < 3
    pixels = second.camera.project(second.first.world_from_ct.apply([[0, 0, 30], [20, 10, -20]]))
    truth = LATERAL.project(TRUTH.apply([[0, 0, 30], [20, 10, -20]]))
    assert np.abs(pixels - truth).max() * 0.9 / 1.33 < 3


def test_both_qualities_are_handed_over(second):
    values = json.loads(json.dumps(second.to_json()))
    assert values["first"]["quality"]["similarity"] > 0.3
    assert values["second"]["quality"]["similarity"] > 0.3
    assert values["accepted"] is not bool(second.reasons)
    assert all(reason.startswith("View ") for reason in second.reasons)
    assert len(values["second_from_first"]) == 16


def test_two_views_whose_relation_is_known_agree_and_mend_the_depth(small_phantom, small_view, second):
    views = [small_view(AP, TRUTH), small_view(LATERAL, TRUTH)]
    result = register(small_phantom[0], views, initial=second.first.world_from_ct, **options(small_phantom))
    error = pose_error(result.world_from_ct, TRUTH, surface_points(small_phantom[1], ["sacrum"]), AP)
    assert error.total_mm < 1.5
    agreement = agreement_at(small_phantom[0], views, result, **options(small_phantom))
    assert agreement.reasons == ()
    assert doubted(result, agreement) is result


def test_a_camera_moves_into_another_world_exactly():
    own = LATERAL.posed(LATERAL.camera_from_world @ ELSEWHERE.inverse())
    found = camera_in_first_world(own, TRUTH, ELSEWHERE @ TRUTH)
    np.testing.assert_allclose(found.camera_from_world.matrix, LATERAL.camera_from_world.matrix, atol=1e-9)


# --- Views that disagree ----------------------------------------------------------------------------------------


def test_views_whose_known_relation_is_wrong_are_doubted(small_phantom, small_view):
    """The lateral radiograph was taken 12 mm higher than its calibration says."""
    moved = LATERAL.posed(LATERAL.camera_from_world @ RigidTransform.from_translation([0, 0, 12]))
    wrong = small_view(moved, TRUTH)
    views = [small_view(AP, TRUTH), type(wrong)(wrong.image, LATERAL, wrong.region)]
    result = register(small_phantom[0], views, initial=TRUTH, **options(small_phantom))
    agreement = agreement_at(small_phantom[0], views, result, **options(small_phantom))
    assert agreement.gap_mm > 5
    assert len(agreement.reasons) == 1
    assert "Views 1 and 2 disagree" in agreement.reasons[0]
    doubtful = doubted(result, agreement)
    assert doubtful.quality.accepted is False
    assert agreement.reasons[0] in doubtful.quality.reasons


def test_depth_that_a_single_view_does_not_know_is_no_disagreement():
    along_ap = AP.camera_from_world.inverse().rotation @ [0, 0, 40]
    along_lateral = LATERAL.camera_from_world.inverse().rotation @ [0, 0, -30]
    poses = [RigidTransform.from_translation(shift) for shift in (along_ap, along_lateral)]
    agreement = view_agreement([AP, LATERAL], poses, np.zeros(3))
    assert agreement.gap_mm < 1e-6
    assert agreement.reasons == ()


def test_a_shift_to_the_head_in_one_view_is_one():
    poses = [RigidTransform.identity(), RigidTransform.from_translation([0, 0, 7])]
    agreement = view_agreement([AP, LATERAL], poses, np.zeros(3))
    assert agreement.gap_mm == pytest.approx(7, rel=0.02)
    assert "7.0 mm apart" in agreement.reasons[0]


def test_a_turn_in_one_view_is_one_and_the_pair_is_named():
    poses = [RigidTransform.from_parameters([a, 0, 0, 0, 0, 0], centre=np.zeros(3)) for a in (0, 9, 0.5)]
    agreement = view_agreement([AP, LATERAL, a_camera(primary_deg=-45)], poses, np.zeros(3))
    assert agreement.rotation_deg == pytest.approx(9)
    assert agreement.pair == (1, 2)
    loose = AgreementLimits(gap_mm=5, rotation_deg=10)
    assert view_agreement([AP, LATERAL], poses[:2], np.zeros(3), limits=loose).reasons == ()


def test_nearly_parallel_views_compare_in_plane():
    poses = [RigidTransform.identity(), RigidTransform.from_translation([6, 0, 0])]
    agreement = view_agreement([AP, a_camera(primary_deg=2)], poses, np.zeros(3))
    assert agreement.gap_mm == pytest.approx(6, rel=0.05)
