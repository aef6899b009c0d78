"""How good a registration is: distances to a known pose, landmarks, visibility, and the decision with its reasons."""

import numpy as np
import pytest
from scipy.ndimage import binary_erosion

from bonedensity.errors import AnatomyError, GeometryError
from bonedensity.geometry import PinholeCamera, RigidTransform, c_arm_camera
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.grid import index_to_patient
from bonedensity.registration.config import Acceptance
from bonedensity.registration.error import pose_error, surface_points
from bonedensity.registration.landmarks import LandmarkPairs, reprojection_distances
from bonedensity.registration.quality import judged, visible_share
from bonedensity.registration.result import Quality

POINTS = np.random.default_rng(0).uniform(-40, 40, (200, 3))
IDENTITY = RigidTransform.identity()


@pytest.fixture(params=[0, 30, 90], ids=lambda angle: f"{angle} degrees")
def camera(request) -> PinholeCamera:
    return c_arm_camera(
        sdd_mm=1000,
        source_to_isocentre_mm=600,
        rows=200,
        columns=300,
        pixel_spacing_mm=(1.0, 1.0),
        primary_deg=request.param,
    )


def moved_in_view(camera: PinholeCamera, shift) -> RigidTransform:
    """A shift (mm) to the right, down and away."""
    return RigidTransform.from_translation(camera.camera_from_world.rotation.T @ np.asarray(shift, float))


# --- Distance to a known pose -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shift", "in_plane", "depth", "total"),
    [
        ((0, 0, 0), 0, 0, 0),
        ((3, -4, 0), 5, 0, 5),
        ((0, 0, 12), 0, 12, 12),
        ((0, 0, -12), 0, 12, 12),
        ((3, 4, 12), 5, 12, 13),
    ],
)
def test_a_shift_has_its_parts_in_plane_and_in_depth(camera, shift, in_plane, depth, total):
    error = pose_error(moved_in_view(camera, shift), IDENTITY, POINTS, camera)
    assert error.in_plane_mm == pytest.approx(in_plane, abs=1e-9)
    assert error.depth_mm == pytest.approx(depth, abs=1e-9)
    assert error.total_mm == pytest.approx(total, abs=1e-9)
    assert error.rotation_deg == pytest.approx(0, abs=1e-5)


def test_a_turn_about_the_views_axis_moves_points_in_plane_in_proportion_to_their_distance(camera):
    axis = camera.camera_from_world.rotation[2]
    turned = RigidTransform.from_parameters([*(10 * axis), 0, 0, 0], centre=(0, 0, 0))
    error = pose_error(turned, IDENTITY, POINTS, camera)
    from_axis = np.linalg.norm(POINTS - np.outer(POINTS @ axis, axis), axis=1)
    assert error.rotation_deg == pytest.approx(10)
    assert error.depth_mm == pytest.approx(0, abs=1e-9)
    assert error.in_plane_mm == pytest.approx(2 * np.sin(np.radians(5)) * from_axis.mean())


def test_the_error_is_the_same_whichever_pose_both_are_seen_from(camera):
    """Only the difference of the poses counts, for a shift."""
    anywhere = RigidTransform.from_parameters([70, -20, 40, 15, 25, -5], centre=(1, 2, 3))
    error = pose_error(moved_in_view(camera, (3, 4, 12)) @ anywhere, anywhere, POINTS, camera)
    assert (error.in_plane_mm, error.depth_mm, error.total_mm) == pytest.approx((5, 12, 13))


def a_cube_of_bone() -> LabelMap:
    array = np.zeros((20, 22, 24), np.uint8)
    array[4:16, 5:17, 6:18] = 1
    array[0, 0, 0] = 2
    grid = index_to_patient(spacing=(1, 2, 3), origin=(5, 6, 7))
    return LabelMap(Volume(array, grid, unit="1", name="bones"), {1: "femur_right", 2: "hip_right", 3: "sacrum"})


def test_surface_points_lie_on_the_bones_surface():
    labels = a_cube_of_bone()
    indices = np.rint(labels.volume.to_index(surface_points(labels, ["femur_right"]))).astype(int)
    mask = labels.mask(["femur_right"])
    surface = mask & ~binary_erosion(mask)
    assert surface[indices[:, 2], indices[:, 1], indices[:, 0]].all()
    assert len(indices) == surface.sum()  # fewer than the 1000 asked for: all of them


def test_surface_points_are_picked_evenly():
    labels = a_cube_of_bone()
    points = surface_points(labels, ["femur_right"], count=100)
    assert 100 <= len(points) < 200
    middle = labels.volume.to_patient((11.5, 10.5, 9.5))
    np.testing.assert_allclose(points.mean(axis=0), middle, atol=1.5)


def test_the_surface_of_a_bone_that_is_not_there_is_refused():
    with pytest.raises(AnatomyError, match="holds no voxel of sacrum"):
        surface_points(a_cube_of_bone(), ["sacrum"])


# --- Landmarks --------------------------------------------------------------------------------------------------


def test_landmarks_marked_where_they_project_are_no_distance_away(camera):
    pose = RigidTransform.from_parameters([5, 10, -5, 3, 2, 20], centre=(0, 0, 0))
    pairs = LandmarkPairs(POINTS, camera.project(pose.apply(POINTS)))
    np.testing.assert_allclose(reprojection_distances(pairs, camera, pose), 0, atol=1e-9)


def test_landmarks_beside_their_projection_are_as_far_away_as_the_bone_would_have_to_move(camera):
    """In mm at the bone, not on the detector, where it is magnified."""
    moved = moved_in_view(camera, (3, -4, 0))
    pairs = LandmarkPairs(POINTS, camera.project(moved.apply(POINTS)))
    np.testing.assert_allclose(reprojection_distances(pairs, camera, IDENTITY), 5, atol=1e-9)


def test_a_landmark_one_pixel_off_is_a_pixel_at_the_isocentre_away(camera):
    pairs = LandmarkPairs(np.zeros((1, 3)), camera.project(np.zeros((1, 3))) + np.array([0, 1]))
    assert reprojection_distances(pairs, camera, IDENTITY)[0] == pytest.approx(0.6)  # 1 mm pixels, magnified 1000 / 600


@pytest.mark.parametrize(
    ("in_ct", "on_xray"),
    [(np.zeros((3, 3)), np.zeros((2, 2))), (np.zeros((3, 2)), np.zeros((3, 2))), (np.zeros((3, 3)), np.zeros((3, 3)))],
    ids=["one missing", "flat CT points", "spatial pixels"],
)
def test_landmarks_that_are_no_pairs_are_refused(in_ct, on_xray):
    with pytest.raises(GeometryError, match="Landmark pairs need"):
        LandmarkPairs(in_ct, on_xray)


# --- Visibility -------------------------------------------------------------------------------------------------


def test_the_visible_share_is_that_of_points_on_the_detector():
    camera = c_arm_camera(sdd_mm=1000, source_to_isocentre_mm=500, rows=100, columns=100, pixel_spacing_mm=(1.0, 1.0))
    x = np.array([-100.0, -26, -25.1, -24.9, 0, 10, 24.9, 25.1, 60, 200])  # ±25 mm are the detector's edges
    points = np.stack([x, np.zeros(10), np.zeros(10)], axis=1)
    assert visible_share(points, camera, IDENTITY) == pytest.approx(0.4)
    aside = RigidTransform.from_translation([300, 0, 0])
    assert visible_share(points, camera, aside) == 0


def test_nothing_is_visible_behind_the_source(camera):
    behind = moved_in_view(camera, (0, 0, -700))
    assert visible_share(POINTS, camera, behind) == 0


# --- The decision -----------------------------------------------------------------------------------------------

GOOD = {
    "similarity": 0.5,
    "start_similarity": 0.1,
    "agreement_mm": 0.1,
    "agreement_depth_mm": 1.0,
    "visible": 1.0,
    "turned_deg": 9.0,
    "landmark_mm": 1.0,
    "acceptance": Acceptance(),
}

DOUBTS = [
    ({"similarity": 0.2}, "edges agree weakly"),
    ({"similarity": float("nan")}, "edges agree weakly"),
    ({"start_similarity": 0.5}, "nothing better than its start"),
    ({"agreement_mm": 1.5}, "ended 1.5 mm apart"),
    ({"visible": 0.3}, "Only 30%"),
    ({"turned_deg": 45.0}, "turned 45°"),
    ({"landmark_mm": 8.0}, "Landmarks lie 8.0 mm apart"),
    ({"stopped": True}, "stopped before its end"),
]


def decided(**changes) -> Quality:
    return judged(**{**GOOD, **changes})


def test_a_good_registration_is_accepted_without_a_reason():
    assert decided().accepted
    assert decided().reasons == ()


@pytest.mark.parametrize("missing", ["agreement_mm", "agreement_depth_mm", "landmark_mm"])
def test_what_was_not_measured_is_no_reason_to_doubt(missing):
    assert decided(**{missing: None}).accepted


@pytest.mark.parametrize(("change", "reason"), DOUBTS)
def test_each_bad_sign_alone_makes_it_doubtful_and_says_why(change, reason):
    quality = decided(**change)
    assert not quality.accepted
    assert len(quality.reasons) == 1
    assert reason in quality.reasons[0]
    assert quality.reasons[0].endswith(".")


def test_all_bad_signs_are_named():
    changes = {key: value for change, _ in DOUBTS[2:] for key, value in change.items()}
    assert len(decided(**{**changes, "similarity": 0.2}).reasons) == 7


def test_the_limits_are_the_callers():
    assert decided(similarity=0.2, acceptance=Acceptance(similarity=0.1)).accepted
    assert not decided(acceptance=Acceptance(similarity=0.6)).accepted


def test_quality_is_written_as_json_values():
    values = decided(similarity=0.2).to_json()
    assert values["accepted"] is False
    assert isinstance(values["reasons"], list)
