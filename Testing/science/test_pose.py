"""Poses as a person at the screen would move the bone: right, down, away, and turns about the bone's centre."""

import numpy as np
import pytest

from bonedensity.geometry import PinholeCamera, RigidTransform, c_arm_camera
from bonedensity.registration.pose import ViewFrame

CENTRE = np.array([30.0, -12.0, 55.0])
"""Of the bone, in CT coordinates."""

START = RigidTransform.from_parameters([10, -20, 5, -25, 8, -50], centre=CENTRE)

VIEWS = {
    "AP": {"beam": "AP"},
    "PA": {"beam": "PA"},
    "oblique": {"beam": "PA", "primary_deg": 35, "secondary_deg": -15},
    "lateral": {"beam": "AP", "primary_deg": 90},
}

every_view = pytest.mark.parametrize("name", VIEWS)


def a_camera(**changes) -> PinholeCamera:
    return c_arm_camera(
        sdd_mm=1000,
        source_to_isocentre_mm=700,
        rows=300,
        columns=400,
        pixel_spacing_mm=(0.5, 0.8),
        principal_point_px=(180, 160),
        **changes,
    )


def a_frame(name: str) -> ViewFrame:
    return ViewFrame(a_camera(**VIEWS[name]), START, CENTRE)


def depth(frame: ViewFrame, pose: RigidTransform) -> float:
    """Distance (mm) of the bone's centre from the source, along the view's axis."""
    return float(frame.camera.camera_from_world.apply(pose.apply(CENTRE))[2])


@every_view
def test_six_zeros_are_the_start(name):
    np.testing.assert_allclose(a_frame(name).pose(np.zeros(6)).matrix, START.matrix, atol=1e-9)


@every_view
@pytest.mark.parametrize("seed", range(10))
def test_parameters_to_pose_and_back_are_the_same(name, seed):
    frame = a_frame(name)
    rng = np.random.default_rng(seed)
    parameters = np.concatenate([rng.uniform(-60, 60, 3), rng.uniform(-100, 100, 3)])
    np.testing.assert_allclose(frame.parameters(frame.pose(parameters)), parameters, atol=1e-8)


@every_view
@pytest.mark.parametrize(
    ("shift_mm", "moved_mm"),
    [((4, 0, 0), (4, 0)), ((0, 4, 0), (0, 4)), ((-3, 7, 0), (-3, 7))],
    ids=["right", "down", "left and down"],
)
def test_a_shift_in_plane_moves_the_image_right_and_down_by_as_much_as_it_is_magnified(name, shift_mm, moved_mm):
    frame = a_frame(name)
    pose = frame.pose([0, 0, 0, *shift_mm])
    before, after = (frame.camera.project(p.apply(CENTRE)) for p in (START, pose))
    magnification = 1000 / depth(frame, START)
    expected_px = np.array(moved_mm) * magnification / [0.8, 0.5]
    np.testing.assert_allclose(after - before, expected_px, atol=1e-8)


@every_view
def test_a_shift_in_depth_moves_the_bone_away_from_the_source_and_makes_its_image_smaller(name):
    frame = a_frame(name)
    away = frame.pose([0, 0, 0, 0, 0, 60])
    assert depth(frame, away) - depth(frame, START) == pytest.approx(60)
    about = CENTRE + 10 * np.eye(3)

    def size(pose):
        return np.linalg.norm(np.ptp(frame.camera.project(pose.apply(about)), axis=0))

    assert size(away) == pytest.approx(size(START) * depth(frame, START) / depth(frame, away), rel=0.02)


@every_view
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_turn_leaves_the_bones_centre_where_it_is(name, axis):
    frame = a_frame(name)
    turn = np.zeros(6)
    turn[axis] = 40
    pose = frame.pose(turn)
    np.testing.assert_allclose(pose.apply(CENTRE), START.apply(CENTRE), atol=1e-9)
    assert (pose @ START.inverse()).angle_deg == pytest.approx(40)


@every_view
def test_a_positive_turn_about_the_depth_axis_turns_the_image_clockwise(name):
    """From right (u) towards down (v)."""
    frame = a_frame(name)
    camera_from_world = frame.camera.camera_from_world
    at_depth = camera_from_world.apply(START.apply(CENTRE))
    right_of_it = camera_from_world.inverse().apply(at_depth + np.array([10, 0, 0]))
    point = START.inverse().apply(right_of_it)
    seen = camera_from_world.apply(frame.pose([0, 0, 90, 0, 0, 0]).apply([CENTRE, point]))
    np.testing.assert_allclose(seen[1] - seen[0], [0, 10, 0], atol=1e-8)


@every_view
def test_turns_come_before_shifts(name):
    frame = a_frame(name)
    both = frame.pose([10, 20, -5, 3, -2, 6])
    shifted = frame.camera.camera_from_world.apply(both.apply(CENTRE))
    start = frame.camera.camera_from_world.apply(START.apply(CENTRE))
    np.testing.assert_allclose(shifted - start, [3, -2, 6], atol=1e-9)
