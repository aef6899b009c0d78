"""Rotation vectors and matrices, beside scipy's and at the angles where closed forms break."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bonedensity.geometry.rotation import cross_matrix, rotation_about, rotation_matrix, rotation_vector

DIRECTIONS = np.random.default_rng(4).normal(size=(25, 3))
DIRECTIONS /= np.linalg.norm(DIRECTIONS, axis=1, keepdims=True)
ANGLES = [0.0, 1e-12, 1e-7, 1e-3, 0.5, 2.0, 3.0, np.pi - 1e-5, np.pi - 1e-9]


@pytest.mark.parametrize("angle", ANGLES)
def test_a_matrix_is_what_another_library_makes_of_the_same_vector(angle):
    for direction in DIRECTIONS:
        expected = Rotation.from_rotvec(angle * direction).as_matrix()
        np.testing.assert_allclose(rotation_matrix(angle * direction), expected, atol=3e-16)


@pytest.mark.parametrize("angle", ANGLES)
def test_a_vector_comes_back_from_its_matrix_at_any_angle(angle):
    for direction in DIRECTIONS:
        np.testing.assert_allclose(rotation_vector(rotation_matrix(angle * direction)), angle * direction, atol=1e-14)


def test_half_a_turn_comes_back_up_to_the_sign_that_it_does_not_have():
    for direction in [*np.eye(3), *DIRECTIONS]:
        back = rotation_vector(rotation_matrix(np.pi * direction))
        assert np.linalg.norm(back) == pytest.approx(np.pi)
        assert abs(back @ direction) == pytest.approx(np.pi)


def test_a_small_turn_is_the_cross_product():
    turn = 1e-9 * DIRECTIONS[0]
    np.testing.assert_allclose(rotation_matrix(turn) - np.eye(3), cross_matrix(turn), atol=1e-17)


def test_a_turn_about_an_axis_is_right_handed():
    np.testing.assert_allclose(rotation_about("z", 90) @ [1, 0, 0], [0, 1, 0], atol=1e-15)
    np.testing.assert_allclose(rotation_about("x", 90) @ [0, 1, 0], [0, 0, 1], atol=1e-15)
    np.testing.assert_allclose(rotation_about("y", 90) @ [0, 0, 1], [1, 0, 0], atol=1e-15)
