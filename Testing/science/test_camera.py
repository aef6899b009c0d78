"""The pinhole camera: matrices and JSON in and out, pixels and rays, and what is refused."""

import json

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bonedensity.errors import GeometryError
from bonedensity.geometry import (
    PinholeCamera,
    RigidTransform,
    camera_from_json,
    camera_from_projection_matrix,
    camera_to_json,
)


def a_random_pose(rng: np.random.Generator) -> RigidTransform:
    rotation = Rotation.random(random_state=int(rng.integers(2**31))).as_matrix()
    return RigidTransform.from_rotation_translation(rotation, [*rng.uniform(-200, 200, 2), rng.uniform(600, 1200)])


def a_random_camera(seed: int, *, skew: bool = False) -> PinholeCamera:
    """As found in hospitals, in any pose; the world origin lies in front of the source."""
    rng = np.random.default_rng(seed)
    camera = PinholeCamera.from_source_to_detector_distance(
        sdd_mm=rng.uniform(800, 2000),
        rows=int(rng.integers(100, 3000)),
        columns=int(rng.integers(100, 3000)),
        pixel_spacing_mm=(rng.uniform(0.1, 0.8), rng.uniform(0.1, 0.8)),
        principal_point_px=(rng.uniform(-100, 2000), rng.uniform(-100, 2000)),
        camera_from_world=a_random_pose(rng),
    )
    if not skew:
        return camera
    intrinsics = camera.intrinsics.copy()
    intrinsics[0, 1] = rng.uniform(-50, 50)
    return PinholeCamera(intrinsics, camera.camera_from_world, camera.rows, camera.columns)


def some_points(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-150, 150, (20, 3))


def assert_same_camera(first: PinholeCamera, second: PinholeCamera) -> None:
    np.testing.assert_allclose(first.intrinsics, second.intrinsics, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(first.camera_from_world.matrix, second.camera_from_world.matrix, atol=1e-9)
    assert (first.rows, first.columns) == (second.rows, second.columns)


@pytest.mark.parametrize("seed", range(50))
def test_a_projection_matrix_of_any_scale_and_sign_goes_in_and_comes_out_the_same(seed):
    camera = a_random_camera(seed, skew=True)
    factor = np.random.default_rng(seed).choice([-1, 1]) * 10 ** np.random.default_rng(seed).uniform(-4, 4)
    read = camera_from_projection_matrix(factor * camera.projection_matrix, rows=camera.rows, columns=camera.columns)
    relative = np.abs(read.projection_matrix - camera.projection_matrix) / np.abs(camera.projection_matrix).max()
    assert relative.max() < 1e-9
    assert_same_camera(read, camera)


def test_a_projection_matrix_may_be_written_as_twelve_numbers_in_a_row():
    camera = a_random_camera(0)
    flat = camera_from_projection_matrix(camera.projection_matrix.ravel(), rows=camera.rows, columns=camera.columns)
    assert_same_camera(flat, camera)


def test_the_pixel_spacing_makes_a_projection_matrix_know_its_detector_distance():
    camera = a_random_camera(1)
    read = camera_from_projection_matrix(
        camera.projection_matrix, rows=9, columns=9, pixel_spacing_mm=camera.pixel_spacing_mm
    )
    assert read.sdd_mm == pytest.approx(camera.sdd_mm, rel=1e-9)


def test_a_camera_described_by_distances_survives_json():
    camera = a_random_camera(2)
    values = json.loads(json.dumps(camera_to_json(camera)))
    assert set(values) == {"sdd_mm", "rows", "columns", "pixel_spacing_mm", "principal_point_px", "camera_from_world"}
    read = camera_from_json(values)
    assert_same_camera(read, camera)
    assert read.pixel_spacing_mm == pytest.approx(camera.pixel_spacing_mm)


def test_a_camera_known_by_its_matrix_alone_survives_json():
    camera = a_random_camera(3, skew=True)
    values = json.loads(json.dumps(camera_to_json(camera)))
    assert set(values) == {"projection_matrix", "rows", "columns"}
    assert_same_camera(camera_from_json(values), camera)


def test_without_pose_and_principal_point_the_world_is_the_camera_and_the_axis_meets_the_middle():
    camera = camera_from_json({"sdd_mm": 1000, "rows": 101, "columns": 201, "pixel_spacing_mm": [0.5, 0.5]})
    np.testing.assert_array_equal(camera.camera_from_world.matrix, np.eye(4))
    np.testing.assert_allclose(camera.project([0, 0, 500.0]), [100, 50])


@pytest.mark.parametrize("seed", range(10))
def test_a_point_on_a_pixels_ray_projects_to_that_pixel(seed):
    camera = a_random_camera(seed, skew=True)
    rng = np.random.default_rng(seed)
    pixels = rng.uniform(0, [camera.columns, camera.rows], (20, 2))
    depths = rng.uniform(1, 3000, (20, 1))
    points = camera.camera_from_world.inverse().apply(depths * camera.directions(pixels))
    np.testing.assert_allclose(camera.project(points), pixels, atol=1e-6)


def test_u_grows_to_the_right_and_v_downwards():
    camera = PinholeCamera.from_source_to_detector_distance(
        sdd_mm=1000, rows=11, columns=11, pixel_spacing_mm=(2.0, 1.0)
    )
    np.testing.assert_allclose(
        camera.project([[0, 0, 1000.0], [3.0, 0, 1000], [0, 4.0, 1000]]), [[5, 5], [8, 5], [5, 7]]
    )


def test_half_way_to_the_detector_everything_is_magnified_twice():
    camera = PinholeCamera.from_source_to_detector_distance(sdd_mm=1000, rows=5, columns=5, pixel_spacing_mm=(1, 1))
    near, far = camera.project([[1.0, 0, 500], [1.0, 0, 1000]]) - camera.project([0, 0, 1.0])
    assert near[0] == pytest.approx(2 * far[0])


def test_the_source_is_where_the_matrix_has_no_image():
    camera = a_random_camera(5)
    np.testing.assert_allclose(camera.projection_matrix @ [*camera.source, 1], 0, atol=1e-6)


def test_the_third_row_of_the_matrix_is_the_depth_in_mm():
    camera = a_random_camera(6)
    depth = camera.camera_from_world.apply([10.0, 20, 30])[2]
    assert (camera.projection_matrix @ [10, 20, 30, 1])[2] == pytest.approx(depth)


@pytest.mark.parametrize("factor", [0.5, 2, 3, 4.5, 8])
def test_a_camera_of_larger_pixels_sees_the_same_point_at_the_mapped_pixel(factor):
    camera = a_random_camera(7)
    coarse = camera.resampled(factor)
    np.testing.assert_allclose(
        coarse.project(some_points(7)) + 0.5, (camera.project(some_points(7)) + 0.5) / factor, atol=1e-7
    )
    assert coarse.sdd_mm == pytest.approx(camera.sdd_mm)
    assert coarse.pixel_spacing_mm == pytest.approx(tuple(s * factor for s in camera.pixel_spacing_mm))


def test_a_camera_in_another_pose_keeps_its_source_and_detector():
    camera, pose = a_random_camera(8), a_random_pose(np.random.default_rng(9))
    moved = camera.posed(pose)
    np.testing.assert_array_equal(moved.intrinsics, camera.intrinsics)
    np.testing.assert_array_equal(moved.camera_from_world.matrix, pose.matrix)


GOOD = {"sdd_mm": 1000.0, "rows": 100, "columns": 100, "pixel_spacing_mm": [0.5, 0.5]}

REFUSED_JSON = {
    "no distance": ({k: v for k, v in GOOD.items() if k != "sdd_mm"}, "sdd_mm"),
    "no rows": ({k: v for k, v in GOOD.items() if k != "rows"}, "rows"),
    "no pixel spacing": ({k: v for k, v in GOOD.items() if k != "pixel_spacing_mm"}, "pixel_spacing_mm"),
    "a matrix without the detector's size": ({"projection_matrix": np.eye(3, 4).ravel().tolist()}, "rows"),
    "zero spacing": ({**GOOD, "pixel_spacing_mm": [0.5, 0.0]}, "must be positive"),
    "a distance that is not positive": ({**GOOD, "sdd_mm": -1000}, "must be positive"),
    "no pixel": ({**GOOD, "columns": 0}, "at least 1"),
    "one spacing": ({**GOOD, "pixel_spacing_mm": 0.5}, "not a number or a list"),
    "a word for a number": ({**GOOD, "sdd_mm": "far"}, "not a number or a list"),
    "a mirroring pose": ({**GOOD, "camera_from_world": np.diag([-1, 1, 1, 1]).ravel().tolist()}, "mirrors"),
    "a pose that scales": ({**GOOD, "camera_from_world": np.diag([2, 2, 2, 1]).ravel().tolist()}, "not rigid"),
}


@pytest.mark.parametrize(("values", "says"), REFUSED_JSON.values(), ids=REFUSED_JSON)
def test_a_camera_description_that_cannot_be_is_refused_and_the_message_names_the_fault(values, says):
    with pytest.raises(GeometryError, match=says) as refusal:
        camera_from_json(values)
    assert_one_sentence(str(refusal.value))


REFUSED_MATRICES = {
    "rows that repeat": (np.ones((3, 4)), "singular"),
    "parallel rays": ([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]], "singular"),
    "eleven numbers": (np.arange(11.0), "12 numbers"),
    "a hole": (np.full((3, 4), np.nan), "not finite"),
}


@pytest.mark.parametrize(("matrix", "says"), REFUSED_MATRICES.values(), ids=REFUSED_MATRICES)
def test_a_projection_matrix_without_a_source_is_refused(matrix, says):
    with pytest.raises(GeometryError, match=says):
        camera_from_projection_matrix(matrix, rows=10, columns=10)


@pytest.mark.parametrize("depth_mm", [0.0, -100.0])
def test_a_point_at_or_behind_the_source_has_no_image(depth_mm):
    camera = camera_from_json(GOOD)
    with pytest.raises(GeometryError, match="at or behind") as refusal:
        camera.project([0, 0, depth_mm])
    assert_one_sentence(str(refusal.value))


def test_the_detector_distance_of_a_bare_matrix_is_not_guessed():
    camera = a_random_camera(0, skew=True)
    with pytest.raises(GeometryError, match="pixel spacing") as refusal:
        _ = camera.sdd_mm
    assert_one_sentence(str(refusal.value))


@pytest.mark.parametrize("entry", [(1, 0), (2, 0), (2, 1)])
def test_intrinsics_that_are_not_upper_triangular_are_refused(entry):
    intrinsics = np.diag([1000.0, 1000, 1])
    intrinsics[entry] = 1.0
    with pytest.raises(GeometryError, match="upper triangular"):
        PinholeCamera(intrinsics, RigidTransform.identity(), 10, 10)


def assert_one_sentence(message: str) -> None:
    assert message.endswith(".")
    assert ". " not in message
    assert "\n" not in message
