"""A registration finds the pose it should, says what it did, stops when asked, and doubts what it must."""

import numpy as np
import pytest

from bonedensity.drr.xray import simulate_radiograph
from bonedensity.errors import AnatomyError, BoneDensityError, GeometryError, RegistrationError
from bonedensity.geometry import PinholeCamera, RigidTransform, c_arm_camera
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.grid import index_to_patient
from bonedensity.registration import Level, RegistrationConfig, RegistrationResult, View, register
from bonedensity.registration.config import Prior, Spread
from bonedensity.registration.error import PoseError, pose_error, surface_points
from bonedensity.registration.landmarks import LandmarkPairs
from bonedensity.registration.pose import ViewFrame
from bonedensity.registration.region import body_region

VOXEL_MM = 3.0
SIZE = 64

QUICK = RegistrationConfig(
    levels=(
        Level(64, 3.0, 1.0, Spread(4.0, 4.0, 12.0), population=14, generations=30),
        Level(128, 3.0, 1.0, Spread(0.8, 0.8, 6.0), population=14, generations=60, starts=2),
    ),
    seed=2,
)
"""Enough for a small phantom and starts within 6 degrees and 6 mm."""

OFF = (5.0, -4.0, 6.0, 6.0, -5.0, 15.0)
"""How far the start is from the truth: degrees about right, down and depth, mm along them."""


def coordinates() -> np.ndarray:
    """(SIZE, SIZE, SIZE, 3) LPS mm of voxel centres, zero in the middle."""
    at = (np.arange(SIZE) - (SIZE - 1) / 2) * VOXEL_MM
    return np.stack(np.meshgrid(at, at, at, indexing="ij"), axis=-1)[..., ::-1]


def within(points: np.ndarray, centre, radii) -> np.ndarray:
    return (((points - np.array(centre)) / np.array(radii)) ** 2).sum(axis=-1) <= 1


@pytest.fixture(scope="module")
def phantom() -> tuple[Volume, LabelMap]:
    """Soft tissue that holds three ellipsoids and a shell of bone without any symmetry; and one more bone."""
    points = coordinates()
    shell = within(points, (-25, 5, 30), (30, 22, 26)) & ~within(points, (-22, 5, 28), (22, 15, 19))
    solids = [
        within(points, (30, -15, 25), (12, 20, 25)),
        within(points, (5, 20, -20), (35, 12, 10)),
        within(points, (-30, -10, -40), (9, 9, 22)),
    ]
    hu = np.where(within(points, (0, 0, 0), (90, 70, 120)), 40.0, -1000.0)
    label = np.zeros(hu.shape, np.uint8)
    for part in (shell, *solids):
        hu[part], label[part] = 700, 25
    hu[solids[0]] = 1000
    other = within(points, (62, 0, -45), (10, 10, 30))  # a bone that is not registered, as a femur beside a pelvis
    hu[other], label[other] = 600, 75
    grid = index_to_patient(spacing=[VOXEL_MM] * 3, origin=[-(SIZE - 1) / 2 * VOXEL_MM] * 3)
    labels = LabelMap(Volume(label, grid, unit="1", name="bones"), {25: "sacrum", 75: "femur_left", 78: "hip_right"})
    return Volume(hu.astype(np.float32), grid, name="phantom"), labels


def a_camera(**changes) -> PinholeCamera:
    values = {
        "sdd_mm": 1000.0,
        "source_to_isocentre_mm": 750.0,
        "rows": 256,
        "columns": 256,
        "pixel_spacing_mm": (0.9, 0.9),
    }
    return c_arm_camera(**{**values, **changes})


AP, LATERAL = a_camera(), a_camera(primary_deg=80)
TRUTH = ViewFrame(AP, RigidTransform.identity(), np.zeros(3)).pose([3, -6, 4, 5, -7, 8])


def seen(phantom, camera: PinholeCamera, seed: int = 0) -> View:
    """The simulated radiograph, where it shows the body."""
    image = simulate_radiograph(phantom[0], camera, TRUTH, seed=seed).array
    return View(image, camera, body_region(image))


def off_by(parameters) -> RigidTransform:
    return ViewFrame(AP, TRUTH, np.zeros(3)).pose(parameters)


def found(phantom, views: list[View], **changes) -> RegistrationResult:
    arguments = {"initial": off_by(OFF), "labels": phantom[1], "bones": ["sacrum"], "config": QUICK, **changes}
    return register(phantom[0], views, **arguments)


def error_of(phantom, pose: RigidTransform) -> PoseError:
    return pose_error(pose, TRUTH, surface_points(phantom[1], ["sacrum"]), AP)


@pytest.fixture(scope="module")
def view(phantom) -> View:
    return seen(phantom, AP)


@pytest.fixture(scope="module")
def progress() -> list[tuple[float, str]]:
    return []


@pytest.fixture(scope="module")
def result(phantom, view, progress) -> RegistrationResult:
    """The registration that most tests look at."""
    return found(phantom, [view], on_progress=lambda fraction, message: progress.append((fraction, message)))


# --- The pose ---------------------------------------------------------------------------------------------------


def test_one_view_finds_the_pose_in_plane(phantom, result):
    assert error_of(phantom, off_by(OFF)).in_plane_mm > 8
    error = error_of(phantom, result.world_from_ct)
    assert error.in_plane_mm < 0.5
    assert error.rotation_deg < 1


def test_a_good_registration_is_accepted(result):
    assert result.quality.accepted, result.quality.reasons
    assert result.quality.similarity > result.quality.start_similarity + 0.1
    assert result.quality.visible_share == 1


@pytest.mark.parametrize("start", [(-5, 5, -4, -6, 4, -15), (0, 6, 0, 0, 6, 20)])
def test_other_starts_find_the_same_pose(phantom, view, start):
    end = found(phantom, [view], initial=off_by(start)).world_from_ct
    assert error_of(phantom, end).in_plane_mm < 0.5


def test_two_views_find_the_pose_in_space(phantom, view, result):
    both = found(phantom, [view, seen(phantom, LATERAL, seed=1)])
    assert error_of(phantom, both.world_from_ct).total_mm < 0.5
    assert both.quality.accepted, both.quality.reasons


def test_without_a_segmentation_all_bone_is_registered(phantom, view):
    end = found(phantom, [view], labels=None, bones=None).world_from_ct
    assert error_of(phantom, end).in_plane_mm < 0.5


def test_the_pose_does_not_depend_on_where_the_ct_has_its_origin(phantom, view, result):
    """The same patient, the scanner's zero elsewhere, and turned."""
    volume, labels = phantom
    moved = RigidTransform.from_parameters([0, 0, 90, 400, -250, 900], centre=(0, 0, 0))
    grid = moved.matrix @ volume.index_to_patient
    there = Volume(volume.array, grid), LabelMap(Volume(labels.volume.array, grid, unit="1"), labels.names)
    end = found(there, [view], initial=off_by(OFF) @ moved.inverse()).world_from_ct @ moved
    assert error_of(phantom, end).in_plane_mm < 0.5


def test_a_brighter_radiograph_of_more_contrast_gives_the_same_pose(phantom, view, result):
    changed = View(view.image * np.float32(0.02) + np.float32(70), AP, view.region)
    end = found(phantom, [changed]).world_from_ct
    assert pose_error(end, result.world_from_ct, surface_points(phantom[1], ["sacrum"]), AP).in_plane_mm < 0.2


def test_what_lies_outside_the_region_does_not_disturb(phantom, view):
    """A marker of lead beside the bone, and a region that leaves it out."""
    image, region = view.image.copy(), view.region.copy()
    image[10:60, 150:170] = 20_000
    region[:75] = False
    end = found(phantom, [View(image, AP, region)]).world_from_ct
    assert error_of(phantom, end).in_plane_mm < 0.6


def test_the_same_seed_gives_the_same_pose_and_another_seed_nearly_the_same(phantom, view, result):
    again = found(phantom, [view])
    np.testing.assert_array_equal(again.world_from_ct.matrix, result.world_from_ct.matrix)
    assert again.trace == result.trace
    other = found(phantom, [view], config=RegistrationConfig(levels=QUICK.levels, seed=9))
    assert not np.array_equal(other.world_from_ct.matrix, result.world_from_ct.matrix)
    assert error_of(phantom, other.world_from_ct).in_plane_mm < 0.5


def test_the_ct_and_the_radiograph_are_left_as_they_were(phantom, view):
    before = phantom[0].array.copy(), phantom[1].volume.array.copy(), view.image.copy()
    found(phantom, [view], should_stop=lambda: True)
    for array, copy in zip((phantom[0].array, phantom[1].volume.array, view.image), before, strict=True):
        np.testing.assert_array_equal(array, copy)


# --- What it says -----------------------------------------------------------------------------------------------


def test_progress_never_goes_back_and_ends_at_all(result, progress):
    fractions = [fraction for fraction, _ in progress]
    assert len(fractions) == len(result.trace) + 1 > 20
    assert 0 < fractions[0] < 0.05
    assert (np.diff(fractions) >= 0).all()
    assert fractions[-1] == 1
    assert all("similarity" in message for _, message in progress[:-1])


def test_within_a_search_the_best_similarity_never_falls(result):
    """One trace per generation; the second search of the last level starts again."""
    first_level = np.array(result.trace[: QUICK.levels[0].generations])
    assert (np.diff(first_level) >= 0).all()
    assert first_level[-1] > first_level[0]


def test_every_drr_is_counted(result):
    generations = len(result.trace)
    assert result.evaluations >= 10 * generations
    assert result.evaluations <= 14 * generations + 4  # a start each search, and the start at the finest level
    assert result.seconds > 0
    assert not result.stopped_early


def test_the_result_keeps_its_start_and_its_centre(phantom, result):
    np.testing.assert_array_equal(result.initial.matrix, off_by(OFF).matrix)
    middle = phantom[0].to_patient(np.argwhere(phantom[1].mask(["sacrum"]))[:, ::-1]).mean(axis=0)
    assert np.linalg.norm(result.centre - middle) < 10


def test_the_result_is_written_as_numbers_and_lists(result):
    values = result.to_json()
    np.testing.assert_allclose(np.reshape(values["world_from_ct"], (4, 4)), result.world_from_ct.matrix)
    assert values["accepted"] is True
    assert values["quality"]["agreement_mm"] == result.quality.agreement_mm


def test_landmarks_are_measured_but_do_not_pull(phantom, view, result):
    """Marked 10 mm aside, they make the registration doubtful and leave its pose alone."""
    points = surface_points(phantom[1], ["sacrum"], count=6)
    aside = TRUTH.apply(points) + AP.camera_from_world.rotation.T @ np.array([10.0, 0, 0])
    for marked, doubtful in ((TRUTH.apply(points), False), (aside, True)):
        pairs = LandmarkPairs(points, AP.project(marked))
        ended = found(phantom, [view], landmarks=pairs)
        np.testing.assert_array_equal(ended.world_from_ct.matrix, result.world_from_ct.matrix)
        assert ended.quality.landmark_mm == pytest.approx(10 if doubtful else 0, abs=0.6)
        assert ended.quality.accepted is not doubtful
        assert any("Landmarks" in reason for reason in ended.quality.reasons) is doubtful


# --- Stopping ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [1, 12, 45])
def test_a_search_that_is_stopped_ends_at_once_with_the_best_so_far(phantom, view, result, after):
    asked = []
    ended = found(phantom, [view], should_stop=lambda: len(asked) >= after or asked.append(1))
    assert ended.stopped_early
    assert after <= len(ended.trace) <= after + 1
    assert ended.trace == result.trace[: len(ended.trace)]
    assert ended.evaluations < result.evaluations
    assert error_of(phantom, ended.world_from_ct).in_plane_mm < error_of(phantom, off_by(OFF)).in_plane_mm


@pytest.mark.parametrize("after", [1, 12, 45])
def test_a_search_that_is_stopped_is_never_accepted(phantom, view, after):
    asked = []
    ended = found(phantom, [view], should_stop=lambda: len(asked) >= after or asked.append(1))
    assert not ended.quality.accepted
    assert any("stopped" in reason for reason in ended.quality.reasons)


# --- Doubt ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_radiograph_of_nothing_is_doubtful(phantom, seed):
    noise = np.random.default_rng(seed).normal(2000, 300, (256, 256)).astype(np.float32)
    quality = found(phantom, [View(noise, AP)]).quality
    assert not quality.accepted
    assert quality.reasons


def test_a_radiograph_of_another_object_is_doubtful(phantom):
    v, u = np.mgrid[0:256, 0:256]
    rings = (1000 + 500 * np.sin(np.hypot(u - 90, v - 150) / 6)).astype(np.float32)
    quality = found(phantom, [View(rings, AP)]).quality
    assert not quality.accepted
    assert quality.reasons


@pytest.mark.parametrize("shift", [(0, -60, 0), (70, 70, 0)])
def test_a_start_too_far_away_ends_doubtful(phantom, view, shift):
    quality = found(phantom, [view], initial=off_by([0, 0, 0, *shift])).quality
    assert not quality.accepted
    assert quality.reasons


def test_a_bone_that_the_second_radiograph_cuts_off_is_doubtful(phantom, view):
    """The view that shows least of the bone counts."""
    beside = seen(phantom, a_camera(isocentre=(95, 0, 0)), seed=3)
    quality = found(phantom, [view, beside], initial=TRUTH, should_stop=lambda: True).quality
    assert 0.1 < quality.visible_share < 0.5
    assert any("of the bone lies on the radiograph" in reason for reason in quality.reasons)


# --- Refusals ---------------------------------------------------------------------------------------------------


def said_in_one_sentence(error: BoneDensityError) -> bool:
    text = str(error)
    return text.endswith(".") and ". " not in text and "\n" not in text


def refusal(expected: type[BoneDensityError], action, *arguments, **named) -> str:
    with pytest.raises(expected) as caught:
        action(*arguments, **named)
    assert said_in_one_sentence(caught.value), caught.value
    return str(caught.value)


def test_no_radiograph_is_refused(phantom):
    assert "at least one view" in refusal(RegistrationError, found, phantom, [])


def test_a_start_that_the_radiograph_cannot_show_is_refused(phantom, view):
    text = refusal(RegistrationError, found, phantom, [view], initial=off_by([0, 0, 0, 400, 0, 0]))
    assert "outside radiograph 1" in text


@pytest.mark.parametrize(("depth", "words"), [(-800, "lies inside the CT"), (-1100, "behind the X-ray source")])
def test_a_start_at_or_behind_the_source_is_refused(phantom, view, depth, words):
    assert words in refusal(GeometryError, found, phantom, [view], initial=off_by([0, 0, 0, 0, 0, depth]))


def test_the_second_view_is_checked_as_well(phantom, view):
    away = View(view.image, a_camera(isocentre=(0, 0, 2000)))
    assert "outside radiograph 2" in refusal(RegistrationError, found, phantom, [view, away])


def test_a_bone_that_the_segmentation_does_not_hold_is_refused(phantom, view):
    assert "holds no voxel of hip_right" in refusal(AnatomyError, found, phantom, [view], bones=["hip_right"])
    assert "holds no voxel" in refusal(AnatomyError, found, phantom, [view], bones=[])


def test_a_ct_without_bone_is_refused_where_there_is_no_segmentation(phantom, view):
    soft = phantom[0].with_array(np.minimum(phantom[0].array, 60))
    text = refusal(RegistrationError, register, soft, [view], initial=TRUTH, config=QUICK)
    assert "no bone to register" in text


def test_labels_on_another_grid_are_refused(phantom, view):
    labels = phantom[1]
    smaller = LabelMap(labels.volume.cropped((0, 0, 0), (SIZE, SIZE, SIZE - 1)), labels.names)
    assert "does not lie on the grid" in refusal(GeometryError, found, phantom, [view], labels=smaller)


def test_a_ct_that_is_not_in_hu_is_refused(phantom, view):
    volume, labels = phantom
    calibrated = volume.with_array(volume.array, unit="mg/cm³")
    assert "HU" in refusal(BoneDensityError, found, (calibrated, labels), [view])


def test_a_camera_of_another_image_is_refused(view):
    text = refusal(GeometryError, View, view.image[:, :-1], AP)
    assert "give the camera of this image" in text


def test_a_region_of_another_size_is_refused(view):
    assert "region" in refusal(BoneDensityError, View, view.image, AP, view.region[:-1]).lower()


BAD_IMAGES = {
    "the same grey everywhere": np.full((256, 256), 77, np.float32),
    "not finite": np.where(np.eye(256) > 0, np.float32(np.nan), np.float32(1)),
}


@pytest.mark.parametrize("text", BAD_IMAGES)
def test_a_radiograph_without_an_image_is_refused(text):
    assert text in refusal(RegistrationError, View, BAD_IMAGES[text], AP)


def test_an_empty_region_is_refused(view):
    assert "region of interest is empty" in refusal(
        RegistrationError, View, view.image, AP, np.zeros(view.image.shape, bool)
    )


# --- The prior --------------------------------------------------------------------------------------------------


def test_the_prior_costs_nothing_at_the_start_and_more_the_farther_away():
    prior = Prior(spread=Spread(10, 20, 50), weight=0.02)
    assert prior.penalties(np.zeros(6)[None])[0] == 0
    assert prior.penalties(np.array([10.0, 0, 0, 0, 0, 0])[None])[0] == pytest.approx(0.01)
    assert prior.penalties(np.array([0, 0, 0, 0, 0, 100.0])[None])[0] == pytest.approx(0.04)
    assert prior.penalties(np.array([10.0, 0, 0, 20, 0, 0])[None])[0] == pytest.approx(0.02)
