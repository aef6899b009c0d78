"""Moved landmarks change what they define, and nothing else."""

import numpy as np
import pytest

from bonedensity.anatomy.femur import fit_femur
from bonedensity.anatomy.femur_edited import edited_femur
from bonedensity.anatomy.femur_landmarks import femur_landmarks
from bonedensity.densitometry import Calibration, measure
from bonedensity.errors import AnatomyError
from bonedensity.virtual import make_hip_patient

FEMUR = ("proximal-femur", "femoral-neck")


@pytest.fixture(scope="module")
def patient():
    return make_hip_patient(3, spacing_mm=2.0)


@pytest.fixture(scope="module")
def points(patient):
    return {name: one.point for name, one in femur_landmarks(patient.labels, "R").found.items()}


def mineral(patient, region, femur):
    values = measure(
        patient.ct, patient.labels, region=region, calibration=Calibration(0.8, 0.0), side="R", femur=femur
    )
    return {one.name.split(",")[0]: one for one in values.measurements}


def test_points_that_were_not_moved_change_no_number(patient, points):
    femur = edited_femur(patient.labels, "R", points)
    assert femur.edited == ()
    for region in FEMUR:
        untouched = measure(patient.ct, patient.labels, region=region, calibration=Calibration(0.8, 0.0), side="R")
        assert mineral(patient, region, femur)["aBMD"].value == untouched.measurements[0].value


def test_the_distal_cut_follows_the_lesser_trochanter(patient, points):
    """Lower by 10 mm, the region gains 10 mm of shaft: mineral goes up, and the neck's does not change."""
    lower = {**points, "lesser_trochanter": points["lesser_trochanter"] + [0, 0, -10.0]}
    femur = edited_femur(patient.labels, "R", lower)
    before, after = (mineral(patient, "proximal-femur", one) for one in (fit_femur(patient.labels, "R"), femur))
    assert after["BMC"].value > 1.05 * before["BMC"].value
    cut = [found["aBMD"].provenance["regions"][0]["distal_cut_below_head_mm"] for found in (before, after)]
    assert cut[1] - cut[0] == pytest.approx(10.0, abs=0.7)
    assert after["aBMD"].provenance["regions"][0]["landmarks_set_by_hand"] == ["lesser_trochanter"]
    neck = [mineral(patient, "femoral-neck", one)["BMC"].value for one in (fit_femur(patient.labels, "R"), femur)]
    assert neck[0] == neck[1]


def test_the_necks_axis_runs_from_the_moved_head_to_the_moved_neck(patient, points):
    moved = {**points, "head_centre": points["head_centre"] + [3.0, 0, 0], "neck_centre": points["neck_centre"]}
    femur = edited_femur(patient.labels, "R", moved)
    expected = points["neck_centre"] - moved["head_centre"]
    np.testing.assert_allclose(femur.neck_axis, expected / np.linalg.norm(expected), atol=1e-12)


def test_a_moved_junction_moves_where_the_neck_begins(patient, points):
    found = fit_femur(patient.labels, "R")
    moved = {name: at + 4.0 * found.neck_axis if name.startswith("junction") else at for name, at in points.items()}
    femur = edited_femur(patient.labels, "R", moved)
    assert femur.junction_mm - found.junction_mm == pytest.approx(4.0, abs=0.8)


def test_a_point_of_another_place_is_refused_with_its_name(patient, points):
    with pytest.raises(AnatomyError, match=r"neck_centre of the right femur was moved by \d+ mm"):
        edited_femur(patient.labels, "R", {"neck_centre": -points["neck_centre"]})
    with pytest.raises(AnatomyError, match="neck_centre"):
        edited_femur(patient.labels, "R", {"neck_centre": [np.nan, 0, 0]})


def test_an_axis_without_length_is_refused(patient, points):
    with pytest.raises(AnatomyError, match="move them apart"):
        edited_femur(patient.labels, "R", {"neck_centre": points["head_centre"] + 0.1})


def test_other_names_are_left_alone(patient):
    assert edited_femur(patient.labels, "R", {"fiducial-1": [0, 0, 0]}).edited == ()


def test_the_total_hip_is_the_upper_femur_cut_where_head_and_neck_meet(patient):
    """It holds the whole neck region and none of the head; with it comes the T-score of its own reference."""
    calibration = Calibration(0.8, 0.0)
    hip, neck = (
        measure(patient.ct, patient.labels, region=r, calibration=calibration) for r in ("total-hip", "femoral-neck")
    )
    mask, geometry = hip.regions[0].mask, fit_femur(patient.labels, "R")
    assert not (neck.regions[0].mask & ~mask).any()
    points = patient.labels.volume.to_patient(np.argwhere(mask)[:, ::-1])
    assert ((points - geometry.head_centre) @ geometry.neck_axis).min() >= geometry.junction_mm
    scores = [one for one in hip.measurements if one.name.startswith("T-score, Total hip")]
    assert scores[0].provenance["mean_g_cm2"] == pytest.approx(0.942)
