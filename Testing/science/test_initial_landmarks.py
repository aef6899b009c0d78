"""A pose from landmark pairs: exact without marking errors, foretold with them, honest about a wrong pair."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bonedensity.errors import BoneDensityError, GeometryError, RegistrationError
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.registration.initial import NamedPairs, landmark_pairs_from_json, pose_from_landmarks
from bonedensity.registration.initial.p3p import poses_from_three_points, rigid_between
from bonedensity.registration.landmarks import LandmarkPairs

NAMES = ("head left", "head right", "crest left", "crest right", "promontory", "pubis", "ischium", "spine", "L5", "L4")


def a_camera(rng: np.random.Generator) -> PinholeCamera:
    """As found in hospitals, in any pose, with the world's origin before the source."""
    rotation = Rotation.random(random_state=int(rng.integers(2**31))).as_matrix()
    return PinholeCamera.from_source_to_detector_distance(
        sdd_mm=rng.uniform(900, 1800),
        rows=1400,
        columns=1000,
        pixel_spacing_mm=(0.3, 0.3),
        principal_point_px=(rng.uniform(0, 1000), rng.uniform(0, 1400)),
        camera_from_world=RigidTransform.from_rotation_translation(rotation, [*rng.uniform(-50, 50, 2), 800]),
    )


def a_pose(rng: np.random.Generator) -> RigidTransform:
    turns = Rotation.random(random_state=int(rng.integers(2**31))).as_rotvec(degrees=True)
    return RigidTransform.from_parameters([*turns, *rng.uniform(-40, 40, 3)], centre=np.zeros(3))


def pairs_seen(points, camera, pose, noise_px=0.0, rng=None) -> NamedPairs:
    pixels = camera.project(pose.apply(points))
    if noise_px:
        pixels = pixels + rng.normal(scale=noise_px, size=pixels.shape)
    return NamedPairs(NAMES[: len(points)], LandmarkPairs(np.asarray(points, dtype=float), pixels))


def a_case(seed: int, count: int, *, flat: bool = False):
    rng = np.random.default_rng(seed)
    points = rng.uniform(-120, 120, (count, 3))
    if flat:
        points[:, 1] = 0.3 * points[:, 0] + 7
    return points, a_camera(rng), a_pose(rng)


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_points_without_marking_errors_give_the_exact_pose_from_nowhere(seed, flat):
    points, camera, pose = a_case(seed, 4 + seed % 7, flat=flat)
    found = pose_from_landmarks(pairs_seen(points, camera, pose), camera)
    np.testing.assert_allclose(found.world_from_ct.matrix, pose.matrix, atol=1e-6)
    assert found.distances_mm.max() < 1e-6
    assert found.outlier is None
    assert found.notes == ()


@pytest.mark.parametrize("seed", range(10))
def test_one_of_the_poses_from_three_points_is_the_true_one(seed):
    points, camera, pose = a_case(seed, 3)
    rays = camera.directions(camera.project(pose.apply(points)))
    truth = camera.camera_from_world @ pose
    poses = poses_from_three_points(points, rays)
    assert 1 <= len(poses) <= 8
    assert min(np.abs(each.matrix - truth.matrix).max() for each in poses) < 1e-5


def test_three_points_facing_the_source_squarely_are_no_trap():
    """Equal sides and angles make the usual formula divide nothing by nothing."""
    corners = 60 * np.array([[np.cos(a), np.sin(a), 0] for a in np.radians([90, 210, 330])])
    in_camera = corners + np.array([0, 0, 700])
    poses = poses_from_three_points(corners, in_camera / in_camera[:, 2:])
    assert min(np.abs(each.apply(corners) - in_camera).max() for each in poses) < 1e-6


def test_the_rigid_transform_between_points_is_a_rotation_even_for_flat_ones():
    points, _, pose = a_case(3, 5, flat=True)
    np.testing.assert_allclose(rigid_between(points, pose.apply(points)).matrix, pose.matrix, atol=1e-9)


def test_three_pairs_follow_their_start():
    points, camera, pose = a_case(5, 3)
    centre = points.mean(axis=0)
    near = RigidTransform.from_parameters([3, -2, 3, 4, -5, 8], centre=pose.apply(centre)) @ pose
    found = pose_from_landmarks(pairs_seen(points, camera, pose), camera, start=near)
    np.testing.assert_allclose(found.world_from_ct.matrix, pose.matrix, atol=1e-5)
    assert "mark a fourth" in found.notes[0]


def trials(noise_px: float, count: int = 40):
    """Pose errors (3 degrees, 3 mm in camera axes about the landmarks' centre) and the errors that were foretold."""
    points, camera, pose = a_case(11, 8)
    rng = np.random.default_rng(4)
    centre = (camera.camera_from_world @ pose).apply(points.mean(axis=0))
    errors, told = [], []
    for _ in range(count):
        found = pose_from_landmarks(pairs_seen(points, camera, pose, noise_px, rng), camera, start=pose)
        in_camera = camera.camera_from_world @ found.world_from_ct @ pose.inverse() @ camera.camera_from_world.inverse()
        errors.append(in_camera.to_parameters(centre=centre))
        told.append(found.standard_errors)
    mm_per_px = centre[2] / camera.intrinsics[0, 0]
    return np.array(errors), np.mean(told, axis=0) * noise_px * mm_per_px


def test_errors_are_as_large_as_foretold_and_grow_with_the_marking_errors():
    small, foretold = trials(1.0)
    ratio = small.std(axis=0) / foretold
    assert np.all((ratio > 0.65) & (ratio < 1.4)), ratio
    large, _ = trials(4.0, count=20)
    grown = np.sqrt((large**2).mean(axis=0) / (small**2).mean(axis=0))
    assert np.all((grown > 2.2) & (grown < 6.5)), grown


def test_depth_is_told_to_be_the_least_certain_shift():
    points, camera, pose = a_case(2, 8)
    errors = pose_from_landmarks(pairs_seen(points, camera, pose), camera).standard_errors
    assert errors[5] > 2 * max(errors[3], errors[4])


@pytest.mark.parametrize("count", [5, 6, 8])
@pytest.mark.parametrize("wrong", [0, 3])
def test_one_wrong_pair_is_named_and_left_out(count, wrong):
    points, camera, pose = a_case(20 + count, count)
    pairs = pairs_seen(points, camera, pose, 0.5, np.random.default_rng(1))
    pairs.pairs.on_xray[wrong] += [120, -90]
    found = pose_from_landmarks(pairs, camera)
    assert found.outlier == NAMES[wrong]
    assert NAMES[wrong] in found.notes[0]
    assert found.distances_mm[wrong] > 15
    assert found.mean_mm < 1
    assert len(found.used(pairs).in_ct) == count - 1
    assert (found.world_from_ct @ pose.inverse()).angle_deg < 3


def test_left_and_right_exchanged_show_in_the_distances():
    points, camera, pose = a_case(31, 6)
    pairs = pairs_seen(points, camera, pose)
    pairs.pairs.on_xray[[0, 1]] = pairs.pairs.on_xray[[1, 0]]
    assert pose_from_landmarks(pairs, camera).distances_mm.max() > 10


def test_marking_errors_of_every_day_name_nobody():
    for seed in range(5):
        points, camera, pose = a_case(seed, 7)
        pairs = pairs_seen(points, camera, pose, 4.0, np.random.default_rng(seed))
        assert pose_from_landmarks(pairs, camera).outlier is None


def test_the_answer_is_json():
    points, camera, pose = a_case(1, 5)
    values = pose_from_landmarks(pairs_seen(points, camera, pose), camera).to_json()
    assert set(values["distances_mm"]) == set(NAMES[:5])
    assert len(values["world_from_ct"]) == 16


# --- What is refused --------------------------------------------------------------------------------------------


def refusal(error: type[BoneDensityError], action) -> str:
    with pytest.raises(error) as caught:
        action()
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    return text


def test_too_few_pairs_are_refused():
    points, camera, pose = a_case(1, 3)
    assert "at least three" in refusal(
        RegistrationError, lambda: pose_from_landmarks(pairs_seen(points[:2], camera, pose), camera)
    )
    assert "mark a fourth" in refusal(
        RegistrationError, lambda: pose_from_landmarks(pairs_seen(points, camera, pose), camera)
    )


def test_points_on_one_line_are_refused():
    _, camera, pose = a_case(1, 4)
    points = np.outer(np.linspace(-60, 60, 5), [0.2, 0.1, 1]) + 1
    assert "on one line" in refusal(
        RegistrationError, lambda: pose_from_landmarks(pairs_seen(points, camera, pose), camera)
    )


def test_pixels_on_one_spot_are_refused():
    points, camera, _ = a_case(1, 4)
    pairs = NamedPairs(NAMES[:4], LandmarkPairs(points, np.full((4, 2), 300.0)))
    assert "one spot" in refusal(RegistrationError, lambda: pose_from_landmarks(pairs, camera))


def test_a_coordinate_that_is_not_finite_is_refused():
    points, camera, pose = a_case(1, 4)
    pairs = pairs_seen(points, camera, pose)
    pairs.pairs.in_ct[2, 1] = np.nan
    assert "not finite" in refusal(GeometryError, lambda: pose_from_landmarks(pairs, camera))


def test_landmarks_come_from_json_by_name():
    pairs = landmark_pairs_from_json({"a": {"ct": [1, 2, 3], "xray": [4, 5]}, "b": {"ct": [6, 7, 8], "xray": [9, 10]}})
    assert pairs.names == ("a", "b")
    np.testing.assert_array_equal(pairs.pairs.on_xray, [[4, 5], [9, 10]])


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"a": {"ct": [1, 2, 3]}},
        {"a": {"ct": [1, 2], "xray": [4, 5]}},
        {"a": {"ct": [1, 2, "x"], "xray": [4, 5]}},
        {"a": {"ct": [1, 2, float("nan")], "xray": [4, 5]}},
        {"a": 3},
    ],
)
def test_broken_landmark_values_are_refused(values):
    refusal(GeometryError, lambda: landmark_pairs_from_json(values))
