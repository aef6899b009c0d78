"""The femur's geometry from its label, against virtual patients whose truth is known."""

import numpy as np
import pytest

from bonedensity.anatomy.femur import fit_femur
from bonedensity.anatomy.labels import femur_name
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap
from bonedensity.virtual import make_hip_patient


@pytest.fixture(scope="module", params=[0, 3])
def patient(request):
    return make_hip_patient(request.param, spacing_mm=2.0)


@pytest.mark.parametrize("side", ["L", "R"])
def test_head_centre_and_radius_are_the_true_sphere(patient, side):
    femur = fit_femur(patient.labels, side)
    name = femur_name(side)
    truth = patient.truth["femur"][name]
    assert np.linalg.norm(femur.head_centre - patient.landmarks[f"{name}_head_centre"]) < 1.5
    assert femur.head_radius_mm == pytest.approx(truth["head_radius_mm"], abs=1.0)


@pytest.mark.parametrize("side", ["L", "R"])
def test_neck_axis_follows_the_true_neck(patient, side):
    femur = fit_femur(patient.labels, side)
    name = femur_name(side)
    true_axis = patient.landmarks[f"{name}_neck_centre"] - patient.landmarks[f"{name}_head_centre"]
    cosine = femur.neck_axis @ true_axis / np.linalg.norm(true_axis)
    assert np.degrees(np.arccos(cosine)) < 6


def test_shaft_axis_points_to_the_knee_along_the_true_shaft(patient):
    femur = fit_femur(patient.labels, "R")
    along = patient.landmarks["femur_right_shaft_50mm"] - patient.landmarks["femur_right_shaft_20mm"]
    assert femur.shaft_axis is not None
    assert np.degrees(np.arccos(femur.shaft_axis @ along / np.linalg.norm(along))) < 3


def test_a_scan_cut_below_the_head_is_noticed(patient):
    labels = patient.labels
    head = patient.landmarks["femur_right_head_centre"]
    k = round(float(labels.volume.to_index(head)[2]) - 50 / labels.volume.spacing[2])
    size = labels.volume.array.shape[::-1]
    cut = LabelMap(labels.volume.cropped((0, 0, k), size), labels.names)
    femur = fit_femur(cut, "R")
    assert femur.cut_off_below
    assert femur.shaft_axis is None
    assert femur.below_head_mm == pytest.approx(50, abs=3)


def test_a_missing_hip_bone_is_said(patient):
    labels = patient.labels
    array = np.where(labels.volume.array == labels.values["hip_right"], 0, labels.volume.array)
    with pytest.raises(AnatomyError, match="hip_right"):
        fit_femur(LabelMap(labels.volume.with_array(array), labels.names), "R")


def test_a_femur_far_from_its_socket_has_no_head_to_find(patient):
    labels = patient.labels
    array = np.asarray(labels.volume.array).copy()
    hip = array == labels.values["hip_right"]
    array[hip] = 0
    array[:5, :5, :5] = labels.values["hip_right"]
    with pytest.raises(AnatomyError, match="femoral head was not found"):
        fit_femur(LabelMap(labels.volume.with_array(array), labels.names), "R")


def test_undivided_bone_is_registered_even_with_metal(patient):
    from bonedensity.anatomy.threshold import bone_by_threshold
    from bonedensity.workflows.setup import registrable_bones

    array = np.asarray(patient.ct.array).astype(np.float32)
    array[array > 700] = 3000
    ct = patient.ct.with_array(array)
    assert registrable_bones(ct, bone_by_threshold(ct)) == ["bone"]
    assert "femur_right" not in registrable_bones(ct, patient.labels)
