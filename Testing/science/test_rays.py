"""Rays through pixel centres, divergent and parallel."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bonedensity.geometry import (
    PinholeCamera,
    RigidTransform,
    c_arm_camera,
    camera_from_projection_matrix,
    parallel_rays,
    pinhole_rays,
)


@pytest.fixture
def camera() -> PinholeCamera:
    return c_arm_camera(
        sdd_mm=1100,
        source_to_isocentre_mm=800,
        rows=12,
        columns=17,
        pixel_spacing_mm=(1.5, 2.0),
        primary_deg=20,
        secondary_deg=-10,
        principal_point_px=(3.0, 9.0),
    )


def pixel_centres(camera: PinholeCamera) -> np.ndarray:
    v, u = np.mgrid[0 : camera.rows, 0 : camera.columns]
    return np.stack([u, v], axis=-1).astype(float)


def test_every_pinhole_ray_starts_at_the_source(camera):
    start, _ = pinhole_rays(camera).ends()
    np.testing.assert_allclose(start, np.broadcast_to(camera.source, start.shape), atol=1e-9)


def test_a_pinhole_ray_ends_on_the_detector_at_the_centre_of_its_pixel(camera):
    _, end = pinhole_rays(camera).ends()
    np.testing.assert_allclose(camera.camera_from_world.apply(end)[..., 2], 1100, atol=1e-9)
    np.testing.assert_allclose(camera.project(end), pixel_centres(camera), atol=1e-9)
    assert np.linalg.norm(end[0, 1] - end[0, 0]) == pytest.approx(2.0)
    assert np.linalg.norm(end[1, 0] - end[0, 0]) == pytest.approx(1.5)


def test_any_point_along_a_ray_projects_to_its_pixel(camera):
    start, end = pinhole_rays(camera).ends()
    for share in (0.01, 0.5, 1.3):
        np.testing.assert_allclose(camera.project(start + share * (end - start)), pixel_centres(camera), atol=1e-8)


def test_rays_of_a_bare_matrix_pass_through_the_same_pixels_and_beyond_the_world_origin(camera):
    bare = camera_from_projection_matrix(camera.projection_matrix, rows=camera.rows, columns=camera.columns)
    _, end = pinhole_rays(bare).ends()
    np.testing.assert_allclose(camera.project(end), pixel_centres(camera), atol=1e-7)
    assert np.linalg.norm(end - bare.source, axis=-1).min() > np.linalg.norm(bare.source)


def test_moved_rays_are_the_rays_of_the_moved_camera(camera):
    motion = RigidTransform.from_rotation_translation(Rotation.from_rotvec([0.1, 0.5, -0.3]).as_matrix(), [9, 8, 7])
    moved = pinhole_rays(camera).moved(motion.matrix).ends()
    expected = pinhole_rays(camera.posed(camera.camera_from_world @ motion.inverse())).ends()
    np.testing.assert_allclose(moved, expected, atol=1e-8)


def test_rays_move_into_index_space_with_any_affine(camera):
    rays = pinhole_rays(camera)
    affine = np.array([[0.5, 0, 0, 10], [0, -2, 0, 20], [0, 0, 1.2, 30], [0, 0, 0, 1]])
    for moved, original in zip(rays.moved(affine).ends(), rays.ends(), strict=True):
        np.testing.assert_allclose(moved, original @ affine[:3, :3].T + affine[:3, 3], atol=1e-9)


def test_parallel_rays_do_not_magnify_and_their_middle_passes_through_the_centre():
    centre = np.array([10.0, 20, 30])
    rays = parallel_rays(
        centre=centre, right=(1, 0, 0), down=(0, 0, -1), rows=5, columns=7, pixel_spacing_mm=(0.5, 0.25), reach_mm=200
    )
    start, end = rays.ends()
    np.testing.assert_allclose((start + end)[2, 3] / 2, centre, atol=1e-12)
    np.testing.assert_allclose(end - start, np.broadcast_to([0, 400.0, 0], start.shape), atol=1e-12)
    np.testing.assert_allclose(start[0, 1] - start[0, 0], [0.25, 0, 0], atol=1e-12)
    np.testing.assert_allclose(start[1, 0] - start[0, 0], [0, 0, -0.5], atol=1e-12)


def test_parallel_rays_run_away_from_who_looks_at_the_image():
    """Right and down seen from in front of the patient: the rays run to the back."""
    rays = parallel_rays(
        centre=(0, 0, 0), right=(1, 0, 0), down=(0, 0, -1), rows=1, columns=1, pixel_spacing_mm=(1, 1), reach_mm=1
    )
    start, end = rays.ends()
    assert (end - start)[0, 0, 1] > 0
