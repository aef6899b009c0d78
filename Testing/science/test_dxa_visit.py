"""What differs between two DXA visits of one body: how the person lies, what the operator sees, the scanner's scale."""

import numpy as np
import pytest

from bonedensity.virtual.dxa import SYSTEMS, scan_dxa
from bonedensity.virtual.dxa.visit import Visit
from bonedensity.virtual.plain_bodies import step_wedge
from bonedensity.virtual.posed import PaintedOnce

MIDDLE = np.array([10.0, -40.0, 900.0])
NECK = {"head_centre": np.array([60.0, 40.0]), "neck_centre": np.array([85.0, 62.0])}
"""Places (column, row) in mm on an image of a hip: a neck is seen over some 33 mm."""


def visits(count, *, varied=True):
    return [Visit.drawn(np.random.default_rng(seed), varied=varied) for seed in range(count)]


def test_a_body_that_is_scanned_as_it_lies_is_neither_moved_nor_misread():
    (visit,) = visits(1, varied=False)
    assert np.allclose(visit.pose(MIDDLE).matrix, np.eye(4))
    assert visit.calibration == 1.0
    assert all(np.array_equal(visit.seen(NECK, list(NECK))[name], at) for name, at in NECK.items())


def test_the_images_noise_is_the_same_whether_a_visit_is_varied_or_not():
    after = []
    for varied in (True, False):
        rng = np.random.default_rng(8)
        Visit.drawn(rng, varied=varied)
        after.append(rng.normal(size=5))
    assert np.array_equal(*after)


def test_a_person_is_laid_down_within_some_degrees_and_millimetres_on_the_same_table():
    poses = [visit.pose(MIDDLE) for visit in visits(300)]
    moved = np.array([pose.apply(MIDDLE) - MIDDLE for pose in poses])
    assert np.abs(moved[:, 1]).max() < 1e-9  # neither lifted nor lowered
    assert np.all(np.abs(moved[:, [0, 2]].std(axis=0) - 4.0) < 0.8)
    assert np.abs(moved.mean(axis=0)).max() < 1.0
    turned = np.degrees([np.arccos((np.trace(pose.rotation) - 1) / 2) for pose in poses])
    assert 1.0 < np.median(turned) < 3.0
    assert turned.max() < 10.0


def test_a_scanners_scale_varies_by_one_to_two_percent_about_its_own():
    scales = np.array([visit.calibration for visit in visits(400)])
    assert scales.mean() == pytest.approx(1.0, abs=0.003)
    assert 0.01 < scales.std() < 0.02


def test_an_operator_turns_the_necks_box_by_about_three_degrees():
    def slope(landmarks):
        return np.degrees(np.arctan2(*(landmarks["neck_centre"] - landmarks["head_centre"])[::-1]))

    turns = np.array([slope(visit.seen(NECK, list(NECK))) for visit in visits(300)]) - slope(NECK)
    assert 1.5 < turns.std() < 4.0
    assert abs(turns.mean()) < 0.6


def test_an_operator_misplaces_only_what_a_line_is_laid_through():
    (visit,) = visits(1)
    seen = visit.seen(NECK, ["neck_centre", "a landmark that is not on the image"])
    assert set(seen) == set(NECK)
    assert np.array_equal(seen["head_centre"], NECK["head_centre"])
    assert 0 < np.linalg.norm(seen["neck_centre"] - NECK["neck_centre"]) < 6.0


def test_two_visits_differ_and_one_visit_is_the_same_again():
    body = step_wedge((0.6, 0.8, 1.0, 1.3))
    once = PaintedOnce(body, 2.0)
    first, again, other = (
        scan_dxa(once, body, "spine", SYSTEMS["hologic"], np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert first.bone.tobytes() == again.bone.tobytes()
    assert first.truth["calibration"] != other.truth["calibration"]
    densities = [scan.regions[-1].abmd for scan in (first, other)]
    assert 0 < abs(densities[0] / densities[1] - 1) < 0.08
