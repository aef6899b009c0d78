"""Calibration, areal density and T-scores: mass is conserved and known truth comes back."""

import json
import math

import numpy as np
import pytest

from bonedensity.densitometry import Calibration, measure, t_score
from bonedensity.densitometry.areal import areal_image, parallel_areal_image
from bonedensity.densitometry.hip_regions import femoral_neck, proximal_femur
from bonedensity.densitometry.spine_regions import lumbar_spine
from bonedensity.densitometry.tscore import references
from bonedensity.errors import AnatomyError, CalibrationError
from bonedensity.geometry import c_arm_camera, pinhole_rays
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.grid import index_to_patient
from bonedensity.measurement import Measurement
from bonedensity.virtual import HU_INTERCEPT, HU_SLOPE, make_hip_patient

RIGHT, FEET = np.array([1.0, 0, 0]), np.array([0, 0, -1.0])


@pytest.fixture(scope="module")
def patient():
    return make_hip_patient(1, spacing_mm=2.0)


@pytest.fixture
def true_calibration():
    return Calibration(HU_SLOPE, HU_INTERCEPT)


def slab(thickness_mm, density=800.0, spacing=(1.0, 1.5, 2.0)):
    """A plate of known thickness along y, in mg/cm³, with air around."""
    size = (40, 60, 30)
    array = np.zeros(size[::-1], dtype=np.float32)
    inside = round(thickness_mm / spacing[1])
    array[8:22, 20 : 20 + inside, 10:30] = density
    return Volume(array, index_to_patient(spacing=spacing, origin=(-20, -45, -30)), unit="mg/cm³")


@pytest.mark.parametrize("thickness", [6.0, 15.0, 30.0])
def test_a_plate_has_its_thickness_times_density(thickness):
    volume = slab(thickness)
    mask = np.asarray(volume.array) > 0
    image = parallel_areal_image(volume, mask, mask, right=RIGHT, down=FEET)
    assert image.abmd == pytest.approx(800 * thickness * 1e-4, rel=0.005)
    assert image.area_cm2 == pytest.approx(2.0 * 2.8, rel=0.02)


@pytest.mark.parametrize("angle", [0, 17, 40])
def test_projected_mass_is_the_volume_s_mass(angle):
    volume = slab(15.0)
    mask = np.asarray(volume.array) > 0
    radians = np.radians(angle)
    right = np.array([np.cos(radians), np.sin(radians), 0])
    image = parallel_areal_image(volume, mask, mask, right=right, down=FEET)
    mass = np.asarray(volume.array).sum() * volume.voxel_volume_mm3 * 1e-6
    assert image.density.sum() * image.pixel_area_cm2 == pytest.approx(mass, rel=0.005)


def test_magnification_does_not_change_areal_density():
    volume = slab(15.0)
    mask = np.asarray(volume.array) > 0
    values = []
    for source in (500, 900):
        camera = c_arm_camera(
            sdd_mm=1000, source_to_isocentre_mm=source, rows=128, columns=128, pixel_spacing_mm=(0.8, 0.8)
        )
        image = areal_image(volume, mask, mask, pinhole_rays(camera))
        values.append(float(np.median(image.density[image.covered])))
    assert values == pytest.approx([0.12 * 10, 0.12 * 10], rel=0.01)


def test_a_region_cut_through_a_bone_keeps_the_bone_s_areal_density():
    volume = slab(15.0)
    bone = np.asarray(volume.array) > 0
    region = bone.copy()
    region[:, :, :20] = False
    image = parallel_areal_image(volume, bone, region, right=RIGHT, down=FEET)
    assert image.abmd == pytest.approx(1.2, rel=0.005)
    assert image.area_cm2 == pytest.approx(1.0 * 2.8, rel=0.06)


def test_calibration_is_the_stated_line(patient, true_calibration):
    density = true_calibration.apply(patient.ct)
    expected = HU_SLOPE * np.asarray(patient.ct.array, dtype=np.float64) + HU_INTERCEPT
    np.testing.assert_allclose(density.array, expected, atol=1e-3)
    assert density.unit == "mg/cm³"


@pytest.mark.parametrize(
    ("slope", "intercept", "plausible"),
    [(0.78, -4, True), (0.55, 0, True), (0.95, 39, True), (0.4, 0, False), (1.2, 0, False), (0.8, 90, False)],
)
def test_calibration_is_judged_against_physics(slope, intercept, plausible):
    calibration = Calibration(slope, intercept)
    assert calibration.plausible is plausible
    assert bool(calibration.doubts) is not plausible


@pytest.mark.parametrize("text", ["", "0.8", "0.8,x", "a,b", "0.8,1,2"])
def test_a_calibration_that_is_no_pair_is_refused(text):
    with pytest.raises(CalibrationError, match="slope and intercept"):
        Calibration.parse(text)


@pytest.mark.parametrize("text", ["0,0", "-0.8,0", "nan,0"])
def test_a_calibration_that_cannot_be_is_refused(text):
    with pytest.raises(CalibrationError, match="positive"):
        Calibration.parse(text)


def test_calibration_survives_json():
    calibration = Calibration(0.81, -7.5, material="K2HPO4", source="Mindways", slope_uncertainty=0.015)
    assert Calibration.from_json(json.loads(json.dumps(calibration.to_json()))) == calibration


def test_a_density_volume_is_not_calibrated_twice(patient, true_calibration):
    density = true_calibration.apply(patient.ct)
    with pytest.raises(CalibrationError, match="not HU"):
        true_calibration.apply(density)


@pytest.mark.parametrize("side", ["L", "R"])
@pytest.mark.parametrize("region", ["femoral-neck", "proximal-femur", "total-hip"])
def test_ct_abmd_is_the_true_density_s_abmd(patient, true_calibration, region, side):
    """The CT is blurred and noisy; its areal density must be that of the exact density it was made from."""
    measured = measure(patient.ct, patient.labels, region=region, calibration=true_calibration, side=side)
    hu = (np.asarray(patient.density.array) - HU_INTERCEPT) / HU_SLOPE
    hu[0] = -1000  # some air, as every CT holds
    exact = Volume(hu, patient.ct.index_to_patient, unit="HU")
    truth = measure(exact, patient.labels, region=region, calibration=true_calibration, side=side)
    assert measured.measurements[0].value == pytest.approx(truth.measurements[0].value, rel=0.02)
    assert abs(measured.measurements[0].value - truth.measurements[0].value) < 2 * measured.measurements[0].uncertainty


def test_denser_bone_measures_denser(patient, true_calibration):
    denser = patient.ct.with_array((np.asarray(patient.ct.array) * 1.1).astype(np.float32))
    for region in ("femoral-neck", "L1-L4"):
        before = measure(patient.ct, patient.labels, region=region, calibration=true_calibration)
        after = measure(denser, patient.labels, region=region, calibration=true_calibration)
        assert 1.05 < after.measurements[0].value / before.measurements[0].value < 1.15


def test_a_worse_calibration_is_a_larger_uncertainty(patient):
    sure = measure(patient.ct, patient.labels, region="femoral-neck", calibration=Calibration(0.8, -4))
    unsure = measure(
        patient.ct, patient.labels, region="femoral-neck", calibration=Calibration(0.8, -4, slope_uncertainty=0.2)
    )
    assert unsure.measurements[0].uncertainty > 1.5 * sure.measurements[0].uncertainty
    assert unsure.measurements[0].uncertainty > 0.2 * unsure.measurements[0].value


def test_the_neck_region_lies_across_the_neck(patient):
    region = femoral_neck(patient.labels, "R")
    points = patient.labels.volume.to_patient(np.argwhere(region.mask)[:, ::-1])
    head = patient.landmarks["femur_right_head_centre"]
    neck = patient.landmarks["femur_right_neck_centre"]
    axis = (neck - head) / np.linalg.norm(neck - head)
    along = (points - head) @ axis
    assert 9 < np.ptp(along) < 17
    assert along.min() > 0.4 * patient.truth["femur"]["femur_right"]["head_radius_mm"]


def test_neck_plane_shows_the_neck_at_full_length(patient):
    region = femoral_neck(patient.labels, "R")
    normal = np.cross(region.right, region.down)
    axis = np.array(region.provenance["neck_axis"])
    assert abs(normal @ axis) < 1e-6
    assert normal[1] > 0.8


def test_vertebrae_are_measured_one_by_one_and_together(patient, true_calibration):
    result = measure(patient.ct, patient.labels, region="L1-L4", calibration=true_calibration)
    parts = {m.name: m.value for m in result.measurements if m.name.endswith("vertebra")}
    whole = result.measurements[0].value
    assert len(parts) == 4
    assert min(parts.values()) <= whole <= max(parts.values())
    assert 30 < result.measurements[1].value < 90


def cut_below(patient, region_mask_of, keep_mm):
    labels = patient.labels
    head = patient.landmarks["femur_right_head_centre"]
    k = round(float(labels.volume.to_index(head)[2]) - keep_mm / labels.volume.spacing[2])
    size = labels.volume.array.shape[::-1]
    return patient.ct.cropped((0, 0, k), size), LabelMap(labels.volume.cropped((0, 0, k), size), labels.names)


def test_a_femur_cut_too_high_is_refused_with_what_is_missing(patient, true_calibration):
    ct, labels = cut_below(patient, None, 40)
    with pytest.raises(AnatomyError, match=r"scan ends 4\d mm below the femoral head"):
        measure(ct, labels, region="proximal-femur", calibration=true_calibration)


def test_a_neck_cut_through_is_refused(patient, true_calibration):
    ct, labels = cut_below(patient, None, 16)
    with pytest.raises(AnatomyError, match=r"cut off by the edge of the scan|not on the scan"):
        measure(ct, labels, region="femoral-neck", calibration=true_calibration)


def test_metal_is_named_not_measured(patient, true_calibration):
    array = np.asarray(patient.ct.array).astype(np.float32)
    mask = femoral_neck(patient.labels, "R").mask
    inside = np.argwhere(mask)[:: max(1, int(mask.sum() // 60))]
    array[tuple(inside.T)] = 3000
    with pytest.raises(AnatomyError, match="metal"):
        measure(patient.ct.with_array(array), patient.labels, region="femoral-neck", calibration=true_calibration)


def test_an_unknown_region_lists_the_known(patient, true_calibration):
    with pytest.raises(AnatomyError, match="femoral-neck"):
        measure(patient.ct, patient.labels, region="wrist", calibration=true_calibration)


def test_a_missing_vertebra_is_named(patient, true_calibration):
    names = {v: n for v, n in patient.labels.names.items() if n != "vertebrae_L2"}
    array = np.where(
        patient.labels.volume.array == patient.labels.values["vertebrae_L2"], 0, patient.labels.volume.array
    )
    labels = LabelMap(patient.labels.volume.with_array(array), names)
    with pytest.raises(AnatomyError, match="vertebrae_L2"):
        lumbar_spine(labels)


def test_proximal_femur_reaches_below_the_lesser_trochanter(patient):
    region = proximal_femur(patient.labels, "R")
    points = patient.labels.volume.to_patient(np.argwhere(region.mask)[:, ::-1])
    head = patient.landmarks["femur_right_head_centre"]
    assert 60 < head[2] - points[:, 2].min() < 90


@pytest.mark.parametrize("reference", list(references()))
def test_the_reference_s_own_mean_has_t_score_zero(reference):
    for region, row in references()[reference]["regions"].items():
        abmd = Measurement("aBMD", row["mean"], "g/cm²", 0.02)
        at_mean = t_score(abmd, region=region, reference=reference)
        assert at_mean.value == pytest.approx(0)
        assert at_mean.uncertainty == pytest.approx(0.02 / row["sd"])
        lower = t_score(Measurement("aBMD", row["mean"] - 2.5 * row["sd"], "g/cm²"), region=region, reference=reference)
        assert lower.value == pytest.approx(-2.5)
        assert lower.provenance["manufacturer"]


def test_published_thresholds_come_out():
    """Femoral neck T -2.5: Hologic 0.558, Lunar 0.6905 g/cm²."""
    for reference, threshold in (("hologic-nhanes3-female", 0.558), ("lunar-female", 0.6905)):
        score = t_score(Measurement("aBMD", threshold, "g/cm²"), region="femoral-neck", reference=reference)
        assert score.value == pytest.approx(-2.5, abs=0.005)


def test_unknown_references_and_regions_are_refused():
    abmd = Measurement("aBMD", 0.8, "g/cm²")
    with pytest.raises(CalibrationError, match="known:"):
        t_score(abmd, region="femoral-neck", reference="acme")
    with pytest.raises(CalibrationError, match="no values"):
        t_score(abmd, region="proximal-femur")


def test_uncertainty_adds_in_quadrature(patient):
    calibration = Calibration(0.8, -4, slope_uncertainty=0.0, intercept_uncertainty=0.0)
    outline = measure(patient.ct, patient.labels, region="femoral-neck", calibration=calibration).measurements[0]
    both = measure(
        patient.ct,
        patient.labels,
        region="femoral-neck",
        calibration=Calibration(0.8, -4, slope_uncertainty=0.1, intercept_uncertainty=0.0),
    ).measurements[0]
    assert both.uncertainty == pytest.approx(math.hypot(outline.uncertainty, 0.1 * outline.value), rel=1e-6)
