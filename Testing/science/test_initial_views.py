"""Standard views show the patient as a radiographer expects, in any world; and an earlier pose is read back."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bonedensity.errors import GeometryError
from bonedensity.geometry import PinholeCamera, RigidTransform, c_arm_camera
from bonedensity.registration.initial import STANDARD_VIEWS, pose_from_json, standard_view, standard_view_pose

CENTRE = np.array([12.0, -30.0, 400.0])
"""Of the bone, in the CT."""

TOWARDS = {"left": (50, 0, 0), "right": (-50, 0, 0), "front": (0, -50, 0), "back": (0, 50, 0), "head": (0, 0, 50)}
"""Points beside the bone's centre, 50 mm off (LPS)."""

AT_RIGHT = {
    "ap": ["left"],
    "pa": ["right"],
    "lateral-left": ["front"],
    "lateral-right": ["back"],
    "lpo": ["left", "front"],
    "rpo": ["left", "back"],
    "lao": ["right", "front"],
    "rao": ["right", "back"],
}
"""What each view shows on the array's right side, as seen from the source."""

NEAR_DETECTOR = {
    "ap": ["back"],
    "pa": ["front"],
    "lateral-left": ["left"],
    "lateral-right": ["right"],
    "lpo": ["left", "back"],
    "rpo": ["right", "back"],
    "lao": ["left", "front"],
    "rao": ["right", "front"],
}
"""The side that a view is named after: the one at the detector."""


def a_camera(**changes) -> PinholeCamera:
    """In a laboratory's world that has nothing to do with a patient."""
    rotation = Rotation.from_euler("xyz", [100, -30, 20], degrees=True).as_matrix()
    values = {
        "sdd_mm": 1150.0,
        "rows": 400,
        "columns": 500,
        "pixel_spacing_mm": (0.8, 0.8),
        "principal_point_px": (230.0, 210.0),
        "camera_from_world": RigidTransform.from_rotation_translation(rotation, [30, -20, 940]),
    }
    return PinholeCamera.from_source_to_detector_distance(**{**values, **changes})


def shown(direction: str, camera: PinholeCamera, pose: RigidTransform) -> np.ndarray:
    """How far (u, v, depth) a point towards a direction shows from the centre."""
    points = np.array([CENTRE, CENTRE + TOWARDS[direction]])
    pixels = camera.project(pose.apply(points))
    depths = camera.camera_from_world.apply(pose.apply(points))[:, 2]
    return np.array([*(pixels[1] - pixels[0]), depths[1] - depths[0]])


@pytest.mark.parametrize("name", STANDARD_VIEWS)
def test_each_view_shows_its_sides_where_a_radiographer_expects_them(name):
    camera = a_camera()
    pose = standard_view_pose(CENTRE, camera, view=name)
    assert all(shown(side, camera, pose)[0] > 20 for side in AT_RIGHT[name])
    assert all(shown(side, camera, pose)[2] > 30 for side in NEAR_DETECTOR[name])
    assert shown("head", camera, pose)[1] < -30
    words = STANDARD_VIEWS[name].image_right
    assert all(side in words for side in AT_RIGHT[name])


def test_the_bone_lies_on_the_central_ray_at_the_stated_depth():
    camera = a_camera()
    pose = standard_view_pose(CENTRE, camera, view="lateral-left", source_to_object_mm=870)
    np.testing.assert_allclose(camera.project(pose.apply(CENTRE)), [230, 210], atol=1e-9)
    np.testing.assert_allclose(camera.camera_from_world.apply(pose.apply(CENTRE)), [0, 0, 870], atol=1e-9)


def test_without_a_stated_depth_the_bone_is_as_deep_as_the_world_origin():
    camera = a_camera()
    pose = standard_view_pose(CENTRE, camera, view="ap")
    assert camera.camera_from_world.apply(pose.apply(CENTRE))[2] == pytest.approx(940)


def test_where_the_central_ray_misses_the_detector_the_bone_is_amid_it():
    camera = a_camera(principal_point_px=(-300.0, 100.0))
    pose = standard_view_pose(CENTRE, camera, view="ap")
    np.testing.assert_allclose(camera.project(pose.apply(CENTRE)), [249.5, 199.5], atol=1e-9)
    aimed = standard_view_pose(CENTRE, camera, view="ap", at_px=(100, 50))
    np.testing.assert_allclose(camera.project(aimed.apply(CENTRE)), [100, 50], atol=1e-9)


@pytest.mark.parametrize(("beam", "name"), [("AP", "ap"), ("PA", "pa")])
def test_in_the_c_arms_own_world_ap_and_pa_leave_the_patient_unturned(beam, name):
    camera = c_arm_camera(
        sdd_mm=1000, source_to_isocentre_mm=700, rows=99, columns=99, pixel_spacing_mm=(1, 1), beam=beam
    )
    np.testing.assert_allclose(standard_view_pose(CENTRE, camera, view=name).rotation, np.eye(3), atol=1e-12)


def test_oblique_angles_swing_the_source_as_the_c_arm_does():
    swung = c_arm_camera(
        sdd_mm=1000,
        source_to_isocentre_mm=700,
        rows=99,
        columns=99,
        pixel_spacing_mm=(1, 1),
        primary_deg=25,
        secondary_deg=-10,
    )
    pose = standard_view_pose(CENTRE, swung, view="ap", primary_deg=25, secondary_deg=-10)
    np.testing.assert_allclose(pose.rotation, np.eye(3), atol=1e-12)


def test_standing_tips_the_pelvis_back_about_the_left_right_axis():
    camera = a_camera()
    lying = standard_view_pose(CENTRE, camera, view="lateral-left")
    standing = standard_view_pose(CENTRE, camera, view="lateral-left", posture="standing", tilt_deg=8)
    assert (lying.inverse() @ standing).angle_deg == pytest.approx(8)
    head_before, head_after = shown("head", camera, lying), shown("head", camera, standing)
    assert head_after[0] < head_before[0] - 3  # the front is on the right, so back is to the left
    turned = lying.inverse() @ standing
    np.testing.assert_allclose(turned.rotation @ [1, 0, 0], [1, 0, 0], atol=1e-12)


def test_names_are_forgiving():
    assert standard_view(" Lateral_Left ").name == "lateral-left"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"view": "sideways"}, "lateral-right"),
        ({"source_to_object_mm": 1200}, "between source and detector"),
        ({"source_to_object_mm": -5}, "between source and detector"),
        ({"posture": "sitting"}, "supine or standing"),
        ({"posture": "standing", "tilt_deg": 200}, "tip back"),
        ({"primary_deg": float("nan")}, "finite"),
    ],
)
def test_impossible_views_are_refused_in_a_sentence(changes, words):
    with pytest.raises(GeometryError, match=words):
        standard_view_pose(CENTRE, a_camera(), **{"view": "ap", **changes})


def test_a_world_origin_behind_the_source_asks_for_the_depth():
    camera = a_camera(camera_from_world=RigidTransform.from_translation([0, 0, -50]))
    with pytest.raises(GeometryError, match="state the source-to-object distance"):
        standard_view_pose(CENTRE, camera, view="ap")
    assert standard_view_pose(CENTRE, camera, view="ap", source_to_object_mm=900) is not None


def test_an_earlier_pose_is_read_back():
    pose = RigidTransform.from_parameters([10, 20, 30, 1, 2, 3], centre=CENTRE)
    read = pose_from_json({"world_from_ct": pose.matrix.ravel().tolist(), "accepted": True})
    np.testing.assert_allclose(read.matrix, pose.matrix, atol=1e-12)


@pytest.mark.parametrize(
    "values",
    [{}, {"world_from_ct": 3}, {"world_from_ct": ["a"] * 16}, {"world_from_ct": [1.0] * 12}, {"world_from_ct": None}],
)
def test_a_broken_earlier_pose_is_refused(values):
    with pytest.raises(GeometryError, match="16 numbers"):
        pose_from_json(values)
