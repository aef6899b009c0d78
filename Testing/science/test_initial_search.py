"""The coarse search finds a pose that no local search could, and hands over several that differ."""

import numpy as np
import pytest

from bonedensity.errors import RegistrationError
from bonedensity.geometry import RigidTransform, c_arm_camera
from bonedensity.registration.error import pose_error, surface_points
from bonedensity.registration.initial import SearchRange, coarse_search
from bonedensity.registration.initial.candidates import Candidate, distinct
from bonedensity.registration.initial.shift_finder import ShiftFinder
from bonedensity.registration.pose import ViewFrame

AP = c_arm_camera(sdd_mm=1000.0, source_to_isocentre_mm=750.0, rows=256, columns=256, pixel_spacing_mm=(0.9, 0.9))
LATERAL = c_arm_camera(
    sdd_mm=1000.0, source_to_isocentre_mm=750.0, rows=256, columns=256, pixel_spacing_mm=(0.9, 0.9), primary_deg=-90
)
TRUTH = RigidTransform.from_parameters([3, 4, 6, 5, 8, 7], centre=np.zeros(3))
FRAME = ViewFrame(AP, TRUTH, np.zeros(3))

FAR = (23.0, -23.0, 23.0, 20.0, -18.0, 15.0)
"""40 degrees and 27 mm off."""


def searched(phantom, views, *, seed=0, **changes):
    arguments = {
        "start": FRAME.pose(FAR),
        "search_range": SearchRange(40, 30, 20),
        "labels": phantom[1],
        "bones": ["sacrum"],
        "seed": seed,
        "count": 3,
        **changes,
    }
    return coarse_search(phantom[0], views, **arguments)


@pytest.fixture(scope="module")
def progress():
    return []


@pytest.fixture(scope="module")
def candidates(small_phantom, small_view, progress):
    return searched(small_phantom, [small_view(AP, TRUTH)], on_progress=lambda *said: progress.append(said))


def error_of(phantom, pose):
    return pose_error(pose, TRUTH, surface_points(phantom[1], ["sacrum"]), AP)


def test_a_pose_forty_degrees_off_is_found(small_phantom, candidates):
    start = error_of(small_phantom, FRAME.pose(FAR))
    assert start.rotation_deg == pytest.approx(40, abs=1)
    assert start.in_plane_mm > 20
    found = error_of(small_phantom, candidates[0].world_from_ct)
    assert found.in_plane_mm < 4
    assert found.rotation_deg < 12


def test_candidates_come_best_first_and_differ(candidates):
    assert 1 <= len(candidates) <= 3
    assert [c.similarity for c in candidates] == sorted((c.similarity for c in candidates), reverse=True)
    assert len(distinct(candidates, FRAME, 9)) == len(candidates)


def test_progress_runs_from_start_to_end(progress):
    fractions = [fraction for fraction, _ in progress]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert len(fractions) > 10


def test_the_same_seed_gives_the_same_candidates(small_phantom, small_view):
    views = [small_view(AP, TRUTH)]
    narrow = {"search_range": SearchRange(12, 10, 5), "start": TRUTH, "count": 1}
    first, again = (searched(small_phantom, views, **narrow) for _ in range(2))
    np.testing.assert_array_equal(first[0].world_from_ct.matrix, again[0].world_from_ct.matrix)


def test_two_views_find_the_depth_as_well(small_phantom, small_view):
    views = [small_view(camera, TRUTH) for camera in (AP, LATERAL)]
    start = FRAME.pose([12, -12, 12, 10, -10, 25])
    found = searched(small_phantom, views, start=start, search_range=SearchRange(22, 30, 0))
    error = error_of(small_phantom, found[0].world_from_ct)
    assert error.total_mm < 5


def test_a_search_stops_when_asked_and_returns_its_best(small_phantom, small_view):
    asked = iter([False, False])
    found = searched(small_phantom, [small_view(AP, TRUTH)], should_stop=lambda: next(asked, True))
    assert len(found) == 1


def test_without_a_view_there_is_nothing_to_search_on(small_phantom):
    with pytest.raises(RegistrationError, match="no radiograph"):
        searched(small_phantom, [])


@pytest.mark.parametrize("numbers", [(-1, 5), (5, -1), (200, 5), (float("nan"), 5)])
def test_an_impossible_range_is_refused(numbers):
    with pytest.raises(RegistrationError, match="impossible"):
        SearchRange(*numbers)


def test_the_number_of_directions_grows_with_the_range_and_is_bounded():
    counts = [SearchRange(angle, 10).samples for angle in (0, 20, 45, 90, 180)]
    assert counts == sorted(counts)
    assert counts[-1] <= 4096


@pytest.mark.parametrize("shift", [(0, 0), (7, -4), (-11, 9)])
def test_the_shift_between_two_images_is_found_in_one_step(shift):
    rng = np.random.default_rng(2)
    scene = np.zeros((60, 80), np.float32)
    scene[20:32, 30:50] = 1 + 0.2 * rng.random((12, 20))
    scene[36:41, 25:31] = 2
    moved = np.roll(scene, (-shift[1], -shift[0]), axis=(0, 1))
    score, right, down = ShiftFinder(scene, None, smoothing_px=1.0)(moved, 15)
    assert (right, down) == shift
    assert score > 0.8


def test_a_flat_image_has_no_shift():
    flat = np.zeros((20, 20), np.float32)
    finder = ShiftFinder(np.eye(20, dtype=np.float32), None, smoothing_px=0.0)
    assert finder(flat, 5)[0] == pytest.approx(0.0)


def test_poses_that_fall_together_count_once():
    poses = [FRAME.pose(p) for p in ([0] * 6, [2, 0, 0, 1, 0, 0], [0, 0, 0, 0, 0, 60], [15, 0, 0, 0, 0, 0])]
    kept = distinct(
        [Candidate(pose, similarity) for pose, similarity in zip(poses, (0.5, 0.6, 0.4, 0.3), strict=True)], FRAME, 9
    )
    assert [c.similarity for c in kept] == [0.6, 0.3]
