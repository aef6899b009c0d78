"""Trabecular density, size, doubts and classes of lumbar vertebrae, on a spine whose truth is known."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from bonedensity.anatomy.labels import LUMBAR_L1_L4
from bonedensity.anatomy.vertebra import fit_vertebra
from bonedensity.densitometry import Calibration
from bonedensity.densitometry.classes import acr_class, change, who_class
from bonedensity.densitometry.flags import bone_flags, genant_grade
from bonedensity.densitometry.morphometry import vertebral_morphometry
from bonedensity.densitometry.trabecular import CORTEX_MM, trabecular_region, trabecular_vbmd
from bonedensity.densitometry.zscore import z_references, z_score
from bonedensity.errors import AnatomyError, CalibrationError
from bonedensity.imaging import LabelMap
from bonedensity.measurement import Measurement

BONES = runpy.run_path(str(Path(__file__).with_name("small_bones.py")))
spine_scan = BONES["spine_scan"]
LINE = Calibration(0.8, -4.0)


@pytest.fixture(scope="module")
def spine():
    return spine_scan(np.random.default_rng(0))


def cropped(spine, start, stop):
    ct, labels = spine
    return ct.cropped(start, stop), LabelMap(labels.volume.cropped(start, stop), labels.names)


def test_trabecular_density_is_the_true_one_without_the_shell(spine):
    mean, *each = trabecular_vbmd(*spine, LINE)
    assert len(each) == 4
    for measured in (mean, *each):
        assert measured.value == pytest.approx(140, rel=0.02)
        assert measured.unit == "mg/cm³"
    assert mean.provenance["acr_class"] == "normal"


def test_the_region_is_a_slab_inside_the_cortex(spine):
    _, labels = spine
    body = fit_vertebra(labels, "vertebrae_L2")
    region = trabecular_region(body, labels.volume)
    local = body.local(labels.volume.to_patient(np.argwhere(region)[:, ::-1]))
    assert np.all(body.mask[region])
    assert np.abs(local[:, 2]).max() <= 5.01
    assert np.abs(local[:, 0]).max() < 22 - CORTEX_MM
    assert 5.0 < region.sum() * labels.volume.voxel_volume_mm3 / 1000 < 8.0  # 10 mm of 0.49 of an ellipse of 44 x 33 mm


def test_a_worse_calibration_is_a_larger_uncertainty(spine):
    sure = trabecular_vbmd(*spine, Calibration(0.8, -4, slope_uncertainty=0.01, intercept_uncertainty=1))[0]
    unsure = trabecular_vbmd(*spine, Calibration(0.8, -4, slope_uncertainty=0.10, intercept_uncertainty=1))[0]
    assert unsure.uncertainty > 4 * sure.uncertainty
    assert unsure.uncertainty == pytest.approx(np.hypot(0.1 * (unsure.value + 4), 1), rel=0.01)


def test_a_vertebra_that_is_cut_off_is_left_out_and_named(spine):
    ct, labels = cropped(spine, (0, 0, 0), (200, 200, 90))
    mean, *each = trabecular_vbmd(ct, labels, LINE)
    assert [m.name for m in each] == [f"Trabecular vBMD, L{n} vertebra" for n in (2, 3, 4)]
    assert set(mean.provenance["left_out"]) == {"vertebrae_L1"}


def test_no_whole_vertebra_is_said(spine):
    ct, labels = cropped(spine, (0, 0, 20), (200, 200, 30))
    with pytest.raises(AnatomyError, match="none is whole"):
        trabecular_vbmd(ct, labels, LINE)


def test_morphometry_is_the_vertebrae_s_true_size(spine):
    found = {m.name: m.value for m in vertebral_morphometry(spine[1])}
    assert found["Mean width, L1-L4"] == pytest.approx(4.4, abs=0.2)
    assert found["Height, L1-L4"] == pytest.approx(3 * 3.7 + 2.7, abs=0.25)
    assert found["Area, L1-L4"] == pytest.approx(4 * 4.4 * 2.7, rel=0.12)
    assert found["Height, L3 vertebra"] == pytest.approx(2.7, abs=0.15)
    assert found["Area, L1-L4"] == pytest.approx(sum(found[f"Area, L{n} vertebra"] for n in (1, 2, 3, 4)))


def test_morphometry_of_a_cut_vertebra_is_refused(spine):
    _, labels = cropped(spine, (0, 0, 0), (200, 200, 99))
    with pytest.raises(AnatomyError, match=r"L1 vertebra.*cut off"):
        vertebral_morphometry(labels)


def test_a_healthy_spine_has_no_flags(spine):
    assert bone_flags(*spine, LUMBAR_L1_L4) == []


def test_contrast_medium_in_the_aorta_is_flagged():
    flags = bone_flags(*spine_scan(np.random.default_rng(1), blood=220.0), LUMBAR_L1_L4)
    assert [flag.kind for flag in flags] == ["contrast"]


def test_a_wedged_vertebra_is_flagged_with_its_grade():
    flags = bone_flags(*spine_scan(np.random.default_rng(2), wedges=(0, 8.5, 0, 0)), LUMBAR_L1_L4)
    assert [(flag.kind, flag.where) for flag in flags] == [("fracture", "vertebrae_L2")]
    assert "Genant grade 2" in flags[0].message


def test_metal_in_a_pedicle_is_flagged_for_its_vertebra_alone(spine):
    ct, labels = spine
    array = np.asarray(ct.array).copy()
    screw = np.argwhere(labels.mask(["vertebrae_L4"]))
    array[tuple(screw[:: len(screw) // 40].T)] = 2900
    flags = bone_flags(ct.with_array(array), labels, LUMBAR_L1_L4)
    assert [(flag.kind, flag.where) for flag in flags] == [("metal", "vertebrae_L4")]


def test_a_vertebra_at_the_scan_s_edge_is_flagged(spine):
    flags = bone_flags(*cropped(spine, (0, 0, 0), (200, 200, 99)), LUMBAR_L1_L4)
    assert [(flag.kind, flag.where) for flag in flags] == [("truncation", "vertebrae_L1")]


def test_a_label_without_a_body_is_flagged_not_fatal(spine):
    ct, labels = spine
    array = np.asarray(labels.volume.array).copy()
    high = np.argwhere(array == labels.values["vertebrae_L4"])
    array[tuple(high[high[:, 0] > high[:, 0].min() + 4].T)] = 0
    flags = bone_flags(ct, LabelMap(labels.volume.with_array(array), labels.names), ["vertebrae_L4"])
    assert [(flag.kind, flag.where) for flag in flags] == [("fracture", "vertebrae_L4")]


def test_a_femur_that_ends_at_the_feet_s_side_of_the_scan_is_no_doubt_but_one_cut_aside_is():
    labels = BONES["femur_labels"](BONES["FemurShape"](), spacing=(3, 3, 3))
    ct = labels.volume.with_array(np.zeros(labels.volume.array.shape, np.float32), unit="HU")
    assert bone_flags(ct, labels, ["femur_left"]) == []
    size = np.array(labels.volume.array.shape[::-1])
    stop = size - (round(75 / 3), 0, 0)
    cut = LabelMap(labels.volume.cropped((0, 0, 0), stop), labels.names)
    assert [flag.kind for flag in bone_flags(ct.cropped((0, 0, 0), stop), cut, ["femur_left"])] == ["truncation"]


@pytest.mark.parametrize(("loss", "grade"), [(0.1, 0), (0.19, 0), (0.2, 1), (0.26, 2), (0.41, 3)])
def test_genant_s_grades(loss, grade):
    assert genant_grade(loss) == grade


@pytest.mark.parametrize(
    ("score", "name"),
    [(0, "normal"), (-1.0, "normal"), (-1.01, "low bone mass"), (-2.49, "low bone mass"), (-2.5, "osteoporosis")],
)
def test_who_s_classes_at_their_borders(score, name):
    assert who_class(score) == name


@pytest.mark.parametrize(("vbmd", "name"), [(121, "normal"), (120, "low"), (80, "low"), (79.9, "osteoporosis")])
def test_acr_s_classes_at_their_borders(vbmd, name):
    assert acr_class(vbmd) == name


def test_a_change_is_significant_from_2_77_precision_errors():
    assert not change(1.000, 1.027, precision=0.010).significant
    assert change(1.000, 0.972, precision=0.010).significant
    assert change(1.0, 1.1, precision=0.01).least_significant == pytest.approx(0.0277)


def test_the_mean_of_the_same_age_and_sex_has_z_score_zero():
    table = z_references()["nhanes-hologic"]
    row = table["regions"]["L1-L4"]["F"]
    for age, mean, sd in zip(table["ages"], row["mean"], row["sd"], strict=True):
        score = z_score(Measurement("aBMD", mean - sd, "g/cm²", 0.02), region="L1-L4", sex="F", age=age)
        assert score.value == pytest.approx(-1)
        assert score.uncertainty == pytest.approx(0.02 / sd)


def test_the_same_density_is_better_for_an_older_woman():
    abmd = Measurement("aBMD", 0.95, "g/cm²")
    scores = [z_score(abmd, region="L1-L4", sex="F", age=age).value for age in (40, 50, 60, 70)]
    assert scores == sorted(scores)


@pytest.mark.parametrize(
    ("region", "sex", "age", "words"),
    [("femoral-neck", "F", 50, "femoral-neck"), ("total-hip", "F", 50, "sex F"), ("L1-L4", "M", 95, "95 years")],
)
def test_a_z_score_without_reference_is_refused(region, sex, age, words):
    with pytest.raises(CalibrationError, match=words):
        z_score(Measurement("aBMD", 0.9, "g/cm²"), region=region, sex=sex, age=age)
