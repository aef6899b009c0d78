"""Bones under the mouse: what is under the cursor stays under it, whatever way the bones stand."""

from __future__ import annotations

import numpy as np
import pytest

from bonedensity.geometry import PinholeCamera, RigidTransform, c_arm_camera
from bonedensity.workflows.pose_gestures import Grip, deepened, depth_under, in_camera, nudged

CENTRE = np.array([12.0, -7.0, 30.0])


def make_camera(**angles: float) -> PinholeCamera:
    return c_arm_camera(
        sdd_mm=1150.0,
        source_to_isocentre_mm=1000.0,
        rows=400,
        columns=500,
        pixel_spacing_mm=(0.8, 0.8),
        **angles,
    )


def make_pose(seed: int) -> RigidTransform:
    rng = np.random.default_rng(seed)
    return RigidTransform.from_parameters(rng.uniform(-25, 25, 6), centre=CENTRE) @ RigidTransform.from_translation(
        -CENTRE
    )


def pixels_of(camera: PinholeCamera, pose: RigidTransform, points: np.ndarray) -> np.ndarray:
    return camera.project(pose.apply(points))


def grip_at(point: np.ndarray, seed: int, points: np.ndarray | None = None) -> Grip:
    camera, pose = make_camera(primary_deg=20.0, secondary_deg=-10.0), make_pose(seed)
    shown = point[None] if points is None else points
    return Grip(camera, pose, CENTRE, shown, pixels_of(camera, pose, point))


@pytest.mark.parametrize("seed", range(6))
def test_a_drag_moves_the_point_under_the_cursor_by_as_many_pixels(seed):
    point = CENTRE + np.random.default_rng(seed).uniform(-60, 60, 3)
    grip = grip_at(point, seed)
    to = grip.at + np.array([37.0, -22.5])
    after = grip.dragged("shift", to)
    assert np.allclose(pixels_of(grip.camera, after, point), to, atol=1e-9)
    moved = in_camera(grip.camera, after, CENTRE) - in_camera(grip.camera, grip.pose, CENTRE)
    assert moved[2] == pytest.approx(0.0, abs=1e-9)
    assert np.allclose(after.rotation, grip.pose.rotation)


def test_points_at_another_depth_move_by_their_own_magnification():
    near, far = CENTRE + np.array([0.0, -40.0, 0.0]), CENTRE + np.array([0.0, 40.0, 0.0])
    camera, pose = make_camera(), RigidTransform.from_translation(-CENTRE)
    grip = Grip(camera, pose, CENTRE, far[None], pixels_of(camera, pose, far))
    after = grip.dragged("shift", grip.at + np.array([100.0, 0.0]))
    depths = [float(in_camera(camera, pose, point)[2]) for point in (near, far)]
    moved = [pixels_of(camera, after, p)[0] - pixels_of(camera, pose, p)[0] for p in (near, far)]
    assert moved[1] == pytest.approx(100.0)
    assert moved[0] == pytest.approx(100.0 * depths[1] / depths[0])


def test_the_depth_under_the_cursor_is_that_of_the_bone_there_or_of_the_middle():
    camera, pose = make_camera(), RigidTransform.from_translation(-CENTRE)
    rng = np.random.default_rng(3)
    shell = rng.normal(size=(400, 3))
    ball = CENTRE + np.array([80.0, 25.0, 0.0]) + 20 * shell / np.linalg.norm(shell, axis=1, keepdims=True)
    middle = pixels_of(camera, pose, CENTRE + np.array([80.0, 25.0, 0.0]))
    expected = float(in_camera(camera, pose, CENTRE + np.array([80.0, 25.0, 0.0]))[2])
    assert depth_under(camera, pose, ball, CENTRE, middle) == pytest.approx(expected, abs=12.0)
    assert depth_under(camera, pose, ball, CENTRE, middle - [300.0, 0.0]) == pytest.approx(1000.0)
    assert depth_under(camera, pose, np.empty((0, 3)), CENTRE, middle) == pytest.approx(1000.0)


@pytest.mark.parametrize("drag", [(30.0, 0.0), (0.0, 30.0), (-20.0, 15.0)])
def test_a_turn_rolls_the_side_that_faces_the_source_along_with_the_cursor(drag):
    camera, pose = make_camera(), RigidTransform.from_translation(-CENTRE)
    rng = np.random.default_rng(0)
    shell = rng.normal(size=(2000, 3))
    ball = CENTRE + 50.0 * shell / np.linalg.norm(shell, axis=1, keepdims=True)
    facing = CENTRE + 50.0 * camera.camera_from_world.inverse().rotation @ [0.0, 0.0, -1.0]
    grip = Grip(camera, pose, CENTRE, ball, pixels_of(camera, pose, facing))
    after = grip.dragged("turn", grip.at + drag)
    moved = pixels_of(camera, after, facing) - grip.at
    assert np.allclose(moved, drag, rtol=0.12, atol=0.5)  # a ball's front is nearer than its middle, by 5 %
    assert np.allclose(in_camera(camera, after, CENTRE), in_camera(camera, pose, CENTRE))


@pytest.mark.parametrize("degrees", [5.0, -40.0, 90.0])
def test_a_spin_turns_by_the_angle_that_the_cursor_describes(degrees):
    grip = grip_at(CENTRE + np.array([40.0, 0.0, 0.0]), 1)
    middle = pixels_of(grip.camera, grip.pose, CENTRE)
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    to = middle + np.array([[c, -s], [s, c]]) @ (grip.at - middle)  # v points down: positive is clockwise
    after = grip.dragged("spin", to)
    assert (after @ grip.pose.inverse()).angle_deg == pytest.approx(abs(degrees), abs=1e-6)
    assert np.allclose(pixels_of(grip.camera, after, CENTRE), middle)
    beside = pixels_of(grip.camera, after, CENTRE + np.array([1e-3, 0, 0])) - pixels_of(grip.camera, grip.pose, CENTRE)
    before = pixels_of(grip.camera, grip.pose, CENTRE + np.array([1e-3, 0, 0])) - middle
    assert np.sign(before[0] * beside[1] - before[1] * beside[0]) == np.sign(degrees)


def test_a_spin_begun_at_the_very_middle_does_not_jump():
    grip = grip_at(CENTRE, 2)
    assert grip.dragged("spin", grip.at + np.array([0.5, 0.5])) is grip.pose


@pytest.mark.parametrize("gesture", ["shift", "turn", "spin"])
def test_a_drag_back_to_where_it_began_changes_nothing(gesture):
    grip = grip_at(CENTRE + np.array([30.0, 10.0, -20.0]), 4)
    grip.dragged(gesture, grip.at + 50.0)
    assert np.allclose(grip.dragged(gesture, grip.at).matrix, grip.pose.matrix, atol=1e-12)


def test_depth_enlarges_about_the_bones_middle():
    camera, pose = make_camera(), make_pose(5)
    nearer = deepened(camera, pose, CENTRE, -50.0)
    assert np.allclose(pixels_of(camera, nearer, CENTRE), pixels_of(camera, pose, CENTRE))
    depth = float(in_camera(camera, pose, CENTRE)[2])
    assert float(in_camera(camera, nearer, CENTRE)[2]) == pytest.approx(depth - 50.0)
    side = camera.camera_from_world.inverse().rotation @ [1e-3, 0.0, 0.0]
    point = CENTRE + pose.inverse().rotation @ side
    size = [np.linalg.norm(pixels_of(camera, p, point) - pixels_of(camera, p, CENTRE)) for p in (pose, nearer)]
    assert size[1] / size[0] == pytest.approx(depth / (depth - 50.0), rel=1e-4)


def test_a_nudge_is_in_the_views_axes_whatever_was_turned_before():
    camera, pose = make_camera(primary_deg=35.0), make_pose(6)
    after = nudged(camera, pose, CENTRE, (0, 0, 0, 2.0, -3.0, 4.0))
    assert np.allclose(in_camera(camera, after, CENTRE) - in_camera(camera, pose, CENTRE), (2.0, -3.0, 4.0))
    spun = nudged(camera, pose, CENTRE, (0, 0, 7.0, 0, 0, 0))
    assert (spun @ pose.inverse()).angle_deg == pytest.approx(7.0)
    back = nudged(camera, spun, CENTRE, (0, 0, -7.0, 0, 0, 0))
    assert np.allclose(back.matrix, pose.matrix, atol=1e-12)
