import numpy as np
import pytest

from bonedensity.scene.frames import flipped_grid, flipped_points, flipped_transform, from_vtk_matrix, to_vtk_matrix


def test_points_change_sign_in_x_and_y_alone():
    np.testing.assert_array_equal(flipped_points([[1, 2, 3], [-4, 5, -6]]), [[-1, -2, 3], [4, -5, -6]])


@pytest.mark.parametrize("flip", [flipped_points, flipped_grid, flipped_transform])
def test_twice_is_nothing(flip):
    value = np.random.default_rng(0).normal(size=(4, 4) if flip is not flipped_points else (5, 3))
    np.testing.assert_array_equal(flip(flip(value)), value)


def test_moving_then_flipping_is_flipping_then_moving(world_from_ct):
    points = np.random.default_rng(0).normal(size=(5, 3))
    matrix = flipped_transform(world_from_ct.matrix)
    moved = flipped_points(points) @ matrix[:3, :3].T + matrix[:3, 3]
    np.testing.assert_allclose(moved, flipped_points(world_from_ct.apply(points)), atol=1e-12)


def test_vtk_matrices_keep_every_digit():
    matrix = np.random.default_rng(0).normal(size=(4, 4))
    np.testing.assert_array_equal(from_vtk_matrix(to_vtk_matrix(matrix)), matrix)
