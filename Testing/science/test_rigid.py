"""Rigid transforms: what must hold for every one of them, and what is refused."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.spatial.transform import Rotation

from bonedensity.errors import GeometryError
from bonedensity.geometry import RigidTransform

EXACT = 1e-9
"""Millimetres and matrix entries: rounding of float64 over distances of a metre."""

ANGLES_DEG = (1e-10, 1e-6, 1e-4, 0.01, 1.0, 45.0, 90.0, 179.0, 179.999, 179.99999)


def a_random_transform(rng: np.random.Generator) -> RigidTransform:
    return RigidTransform.from_rotation_translation(
        Rotation.random(random_state=int(rng.integers(2**31))).as_matrix(), rng.uniform(-500, 500, 3)
    )


@pytest.fixture
def transforms() -> list[RigidTransform]:
    rng = np.random.default_rng(1)
    return [a_random_transform(rng) for _ in range(50)]


def test_a_transform_times_its_inverse_is_the_identity(transforms):
    for transform in transforms:
        np.testing.assert_allclose((transform.inverse() @ transform).matrix, np.eye(4), atol=EXACT)
        np.testing.assert_allclose((transform @ transform.inverse()).matrix, np.eye(4), atol=EXACT)


def test_a_product_moves_points_as_its_factors_do_one_after_the_other(transforms):
    points = np.random.default_rng(2).uniform(-300, 300, (7, 3))
    for b_from_a, c_from_b in pairwise(transforms):
        np.testing.assert_allclose(
            (c_from_b @ b_from_a).apply(points), c_from_b.apply(b_from_a.apply(points)), atol=EXACT
        )


def test_distances_between_points_are_kept(transforms):
    points = np.random.default_rng(3).uniform(-300, 300, (2, 3))
    for transform in transforms:
        moved = transform.apply(points)
        assert np.linalg.norm(moved[1] - moved[0]) == pytest.approx(np.linalg.norm(points[1] - points[0]), abs=EXACT)


def test_points_keep_the_shape_they_came_in():
    assert RigidTransform.identity().apply(np.zeros((4, 5, 3))).shape == (4, 5, 3)
    assert RigidTransform.identity().apply([1.0, 2.0, 3.0]).shape == (3,)


def test_six_parameters_about_a_centre_round_trip(transforms):
    centre = np.array([12.0, -250.0, 900.0])
    for transform in transforms:
        back = RigidTransform.from_parameters(transform.to_parameters(centre=centre), centre=centre)
        np.testing.assert_allclose(back.matrix, transform.matrix, atol=1e-8)


def test_the_centre_moves_by_the_translation_alone():
    centre = np.array([12.0, -250.0, 900.0])
    transform = RigidTransform.from_parameters([10, -20, 30, 1, 2, 3], centre=centre)
    np.testing.assert_allclose(transform.apply(centre) - centre, [1, 2, 3], atol=EXACT)


def test_a_positive_rotation_turns_by_the_right_hand_rule():
    quarter_turn_about_z = RigidTransform.from_parameters([0, 0, 90, 0, 0, 0], centre=(0, 0, 0))
    np.testing.assert_allclose(quarter_turn_about_z.apply([1.0, 0, 0]), [0, 1, 0], atol=EXACT)


@pytest.mark.parametrize("angle_deg", ANGLES_DEG)
def test_exp_and_log_round_trip_from_tiny_angles_to_almost_half_a_turn(angle_deg):
    rng = np.random.default_rng(4)
    for _ in range(10):
        axis = rng.normal(size=3)
        axis /= np.linalg.norm(axis)
        twist = np.concatenate([np.radians(angle_deg) * axis, rng.uniform(-200, 200, 3)])
        transform = RigidTransform.exp(twist)
        np.testing.assert_allclose(RigidTransform.exp(transform.log()).matrix, transform.matrix, atol=1e-6)
        np.testing.assert_allclose(transform.log(), twist, atol=1e-6)
        assert transform.angle_deg == pytest.approx(angle_deg, abs=1e-6)


@pytest.mark.parametrize("angle_deg", ANGLES_DEG)
def test_exp_agrees_with_the_matrix_exponential(angle_deg):
    omega = np.radians(angle_deg) * np.array([2, -1, 2]) / 3
    velocity = np.array([30.0, -80.0, 150.0])
    generator = np.zeros((4, 4))
    generator[:3, :3] = np.cross(np.eye(3), omega)
    generator[:3, 3] = velocity
    np.testing.assert_allclose(RigidTransform.exp([*omega, *velocity]).matrix, expm(generator), atol=1e-7)


def test_no_rotation_gives_a_plain_shift_in_exp_and_log():
    shift = RigidTransform.exp([0, 0, 0, 4, 5, 6])
    np.testing.assert_array_equal(shift.translation, [4, 5, 6])
    np.testing.assert_allclose(shift.log(), [0, 0, 0, 4, 5, 6], atol=EXACT)


def test_rounding_of_a_file_is_mended_to_a_true_rotation(transforms):
    read = RigidTransform(np.round(transforms[0].matrix, 6))
    np.testing.assert_allclose(read.rotation @ read.rotation.T, np.eye(3), atol=1e-14)


def test_a_transform_cannot_be_changed_after_it_was_made():
    with pytest.raises(ValueError, match="read-only"):
        RigidTransform.identity().matrix[0, 3] = 5.0


REFUSED = {
    "a mirror": (np.diag([-1.0, 1, 1, 1]), "mirrors"),
    "a scale": (np.diag([1.1, 1.1, 1.1, 1]), "not rigid"),
    "a singular matrix": (np.zeros((4, 4)), "not rigid"),
    "a shear": (np.eye(4) + 0.1 * np.eye(4, k=1), "not rigid"),
    "a projective last row": (np.eye(4) + np.diag([0.01], k=-3), "last row"),
    "a matrix with a hole": (np.full((4, 4), np.nan), "not finite"),
    "twelve numbers": (np.zeros((3, 4)), "16 numbers"),
}


@pytest.mark.parametrize(("matrix", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_a_rigid_motion_is_refused(matrix, says):
    with pytest.raises(GeometryError, match=says):
        RigidTransform(matrix)


def test_five_parameters_are_refused():
    with pytest.raises(GeometryError, match="six parameters"):
        RigidTransform.from_parameters([1, 2, 3, 4, 5], centre=(0, 0, 0))
