"""What no registration can start from is refused in one clear sentence, each by its own."""

import numpy as np
import pytest

from bonedensity.errors import (
    AnatomyError,
    BoneDensityError,
    CalibrationError,
    GeometryError,
    RegistrationError,
    SpacingError,
)
from bonedensity.geometry import (
    PinholeCamera,
    RigidTransform,
    c_arm_camera,
    camera_from_json,
    camera_from_projection_matrix,
)
from bonedensity.imaging import LabelMap, Radiograph, Volume
from bonedensity.registration import View, register
from bonedensity.registration.bone_contrast import bone_contrast
from bonedensity.registration.initial import standard_view_pose
from bonedensity.registration.setup_checks import refuse_impossible_setup
from bonedensity.workflows.setup import camera_of

CENTRE = np.zeros(3)
POINTS = np.random.default_rng(0).uniform(-60, 60, (200, 3))
HERE = RigidTransform.identity()


def a_camera(**changes) -> PinholeCamera:
    values = {"sdd_mm": 1000.0, "source_to_isocentre_mm": 750.0, "rows": 200, "columns": 240}
    return c_arm_camera(**{**values, "pixel_spacing_mm": (0.9, 0.9), **changes})


def a_view(camera: PinholeCamera) -> View:
    image = np.random.default_rng(1).random((camera.rows, camera.columns)).astype(np.float32)
    return View(image, camera)


def refusal(error: type[BoneDensityError], action) -> str:
    with pytest.raises(error) as caught:
        action()
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    assert 20 < len(text) < 400
    return text


def setup_refusal(ct: Volume, *cameras: PinholeCamera, pose=HERE, error=GeometryError) -> str:
    return refusal(error, lambda: refuse_impossible_setup(ct, POINTS, [a_view(c) for c in cameras], pose))


@pytest.fixture(scope="module")
def ct(small_phantom) -> Volume:
    return small_phantom[0]


# --- Cameras ----------------------------------------------------------------------------------------------------


def test_a_possible_setup_passes(ct):
    refuse_impossible_setup(ct, POINTS, [a_view(a_camera()), a_view(a_camera(primary_deg=90))], HERE)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("seed", range(5))
def test_a_mirrored_projection_matrix_betrays_itself_by_the_ct_behind_the_source(ct, axis, seed):
    """Left and right (or top and bottom) exchanged, in any world: u becomes columns - 1 - u."""
    rng = np.random.default_rng(seed)
    camera = a_camera(primary_deg=rng.uniform(-180, 180), secondary_deg=rng.uniform(-40, 40))
    last = (camera.columns, camera.rows)[axis] - 1
    mirror = np.eye(3)
    mirror[axis, axis], mirror[axis, 2] = -1, last
    scale = rng.choice([-1, 1]) * 10 ** rng.uniform(-3, 3)
    mirrored = camera_from_projection_matrix(
        scale * mirror @ camera.projection_matrix, rows=camera.rows, columns=camera.columns
    )
    text = setup_refusal(ct, mirrored)
    assert "behind the X-ray source" in text
    assert "mirrors the image" in text


def test_an_image_turned_by_half_a_turn_is_not_mirrored(ct):
    camera = a_camera()
    turn = np.array([[-1, 0, camera.columns - 1], [0, -1, camera.rows - 1], [0, 0, 1]], dtype=float)
    turned = camera_from_projection_matrix(turn @ camera.projection_matrix, rows=camera.rows, columns=camera.columns)
    refuse_impossible_setup(ct, POINTS, [a_view(turned)], HERE)


def test_a_singular_projection_matrix_is_refused():
    matrix = a_camera().projection_matrix.copy()
    matrix[1] = 2 * matrix[0]
    assert "singular" in refusal(GeometryError, lambda: camera_from_projection_matrix(matrix, rows=9, columns=9))


def test_a_mirroring_camera_pose_is_refused():
    values = {"sdd_mm": 1000, "rows": 9, "columns": 9, "pixel_spacing_mm": [1, 1]}
    mirror = np.diag([-1.0, 1, 1, 1]).ravel().tolist()
    text = refusal(GeometryError, lambda: camera_from_json({**values, "camera_from_world": mirror}))
    assert "left and right" in text


def test_a_source_inside_the_ct_is_refused(ct):
    text = setup_refusal(ct, a_camera(source_to_isocentre_mm=60))
    assert "lies inside the CT" in text
    assert ct.name in text


def test_a_source_beside_the_bone_is_refused(ct):
    camera = a_camera(isocentre=(400, 0, 0), source_to_isocentre_mm=20)
    assert "amid the bone's depth" in setup_refusal(ct, camera)


def test_a_detector_between_source_and_patient_is_refused(ct):
    text = setup_refusal(ct, a_camera(), pose=RigidTransform.from_translation([0, 300, 0]))
    assert "between source and patient" in text
    assert "the detector 1000 mm" in text


@pytest.mark.parametrize("distance", [-1000, 0, float("nan")])
def test_a_detector_behind_the_source_is_refused(distance):
    values = {"sdd_mm": distance, "rows": 9, "columns": 9, "pixel_spacing_mm": [1, 1]}
    assert "source-to-detector" in refusal(GeometryError, lambda: camera_from_json(values))


def test_a_bone_beside_the_image_is_refused(ct):
    text = setup_refusal(ct, a_camera(), pose=RigidTransform.from_translation([500, 0, 0]), error=RegistrationError)
    assert "outside radiograph 1" in text


def test_the_camera_at_fault_is_numbered(ct):
    behind = a_camera().posed(a_camera(isocentre=(0, 2000, 0)).camera_from_world)
    assert "camera 2" in setup_refusal(ct, a_camera(), behind)


# --- Images -----------------------------------------------------------------------------------------------------


def test_an_empty_mask_is_refused_and_says_what_there_is(small_phantom):
    text = refusal(AnatomyError, lambda: bone_contrast(*small_phantom, ["femur_left"]))
    assert "femur_left" in text
    assert "sacrum" in text


def test_a_ct_without_bone_is_refused(ct):
    soft = ct.with_array(np.zeros_like(ct.array))
    assert "no bone" in refusal(RegistrationError, lambda: bone_contrast(soft))


def test_not_a_number_in_bone_is_refused_and_elsewhere_does_no_harm(small_phantom):
    ct, labels = small_phantom
    array = np.array(ct.array)
    array[0, 0, 0] = np.nan
    bone_contrast(ct.with_array(array), labels)
    array[np.asarray(labels.volume.array) == 25] = np.nan
    assert "not finite" in refusal(GeometryError, lambda: bone_contrast(ct.with_array(array), labels))


def test_a_ct_in_other_units_is_refused(ct):
    assert "HU" in refusal(CalibrationError, lambda: bone_contrast(ct.with_array(ct.array, unit="mg/cm³")))


def test_labels_on_another_grid_are_refused(small_phantom):
    ct, labels = small_phantom
    cropped = LabelMap(labels.volume.cropped([0, 0, 0], [50, 50, 50]), labels.names)
    assert "grid" in refusal(GeometryError, lambda: bone_contrast(ct, cropped))


def test_bone_contrast_is_what_bone_has_above_soft_tissue(small_phantom):
    ct, labels = small_phantom
    bone, points = bone_contrast(ct, labels, ["sacrum"])
    assert bone.unit == "1/mm"
    values = np.unique(bone.array)
    assert values[0] == 0
    np.testing.assert_allclose(values[1] / (650 / 1000), 0.0206, rtol=0.02)  # water at 60 keV
    np.testing.assert_allclose(points.mean(axis=0), labels.volume.to_patient(centre_index(labels)), atol=2)


def centre_index(labels: LabelMap) -> np.ndarray:
    return np.argwhere(np.asarray(labels.volume.array) == 25)[:, ::-1].mean(axis=0)


def test_a_radiograph_of_one_grey_is_refused():
    camera = a_camera()
    flat = np.full((camera.rows, camera.columns), 7, np.float32)
    assert "same grey" in refusal(RegistrationError, lambda: View(flat, camera))


def test_a_radiograph_with_pixels_that_are_not_finite_is_refused():
    camera = a_camera()
    image = np.zeros((camera.rows, camera.columns), np.float32)
    image[3, 4] = np.inf
    assert "not finite" in refusal(RegistrationError, lambda: View(image, camera))


def test_a_radiograph_of_unknown_spacing_gives_no_camera_and_says_the_mend():
    text = refusal(SpacingError, lambda: camera_of(Radiograph(np.eye(5, dtype=np.float32))))
    assert "give the detector's pixel size" in text


def test_a_camera_of_another_image_is_refused():
    assert "240" in refusal(GeometryError, lambda: View(np.eye(5, dtype=np.float32), a_camera()))


def test_no_view_at_all_is_refused(small_phantom):
    refusal(RegistrationError, lambda: register(small_phantom[0], [], initial=HERE))


def test_a_named_view_mends_a_world_that_does_not_fit(ct):
    """Biplane laboratories calibrate in a world of their own: the CT may well lie behind the source there."""
    camera = a_camera().posed(RigidTransform.from_rotation_translation(np.diag([1.0, -1, -1]), [0, 0, 700]))
    away = RigidTransform.from_translation([0, 0, 900])
    assert "behind" in setup_refusal(ct, camera, pose=away)
    pose = standard_view_pose(CENTRE, camera, view="lateral-left")
    refuse_impossible_setup(ct, POINTS, [a_view(camera)], pose)
