"""What cannot be measured is refused in one sentence that says what is wrong and how to mend it."""

import numpy as np
import pytest

from bonedensity.densitometry import Calibration, measure
from bonedensity.densitometry.internal import calibrate_internally
from bonedensity.densitometry.phantoms import calibrate_by_phantom
from bonedensity.densitometry.trabecular import trabecular_vbmd
from bonedensity.errors import AnatomyError, BoneDensityError, CalibrationError, GeometryError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.virtual import make_hip_patient

LINE = Calibration(0.8, -4.0)
LONGEST = 300


@pytest.fixture(scope="module")
def patient():
    return make_hip_patient(3, spacing_mm=3.0)


def with_hole(ct: Volume) -> Volume:
    array = np.asarray(ct.array, dtype=np.float32).copy()
    array[5, 5, 5] = np.nan
    return ct.with_array(array)


BAD_CTS = {
    "MR": (lambda ct: ct.with_array(np.abs(np.asarray(ct.array))), CalibrationError, "an MR"),
    "NaN": (with_hole, GeometryError, "not finite"),
    "no rescale intercept": (lambda ct: ct.with_array(np.asarray(ct.array) + 1024), CalibrationError, "rescale"),
    "half the intercept": (lambda ct: ct.with_array(np.asarray(ct.array) + 900), CalibrationError, "no bone has"),
    "density": (lambda ct: ct.with_array(np.asarray(ct.array), unit="mg/cm³"), CalibrationError, "not HU"),
}


@pytest.mark.parametrize("bad", BAD_CTS)
def test_an_image_that_is_no_ct_in_hu_is_not_measured(patient, bad):
    make, error, words = BAD_CTS[bad]
    with pytest.raises(error, match=words) as caught:
        measure(make(patient.ct), patient.labels, region="total-hip", calibration=LINE)
    assert len(str(caught.value)) < LONGEST


@pytest.mark.parametrize("bad", ["MR", "NaN", "density"])
def test_nor_is_it_calibrated_or_looked_into(patient, bad):
    make, error, words = BAD_CTS[bad]
    ct = make(patient.ct)
    for look in (
        lambda: calibrate_by_phantom(ct, "B-MAS200"),
        lambda: calibrate_internally(ct),
        lambda: trabecular_vbmd(ct, patient.labels, LINE),
    ):
        with pytest.raises(error, match=words):
            look()


@pytest.mark.parametrize("shift", [(0, 0, 0), (4, 0, 0)], ids=["fewer slices", "moved"])
def test_labels_on_another_grid_are_refused(patient, shift):
    size = patient.labels.volume.array.shape[::-1]
    stop = size if any(shift) else (size[0], size[1], size[2] - 3)
    other = LabelMap(patient.labels.volume.cropped(shift, stop), patient.labels.names)
    for look in (
        lambda: measure(patient.ct, other, region="total-hip", calibration=LINE),
        lambda: trabecular_vbmd(patient.ct, other, LINE),
    ):
        with pytest.raises(AnatomyError, match="another grid"):
            look()


def test_both_femurs_under_one_label_are_noticed(patient):
    values = patient.labels.values
    array = np.asarray(patient.labels.volume.array).copy()
    array[array == values["femur_right"]] = values["femur_left"]
    labels = LabelMap(patient.labels.volume.with_array(array), patient.labels.names)
    with pytest.raises(AnatomyError, match=r"femur_left holds two bones \d+ mm apart"):
        measure(patient.ct, labels, region="femoral-neck", calibration=LINE, side="L")


def test_a_loose_piece_of_bone_does_not_stop_a_measurement(patient):
    """A mistake of a segmentation, some voxels far from the bone, is no second femur."""
    values = patient.labels.values
    array = np.asarray(patient.labels.volume.array).copy()
    array[2:6, 2:6, 2:6] = values["femur_left"]
    labels = LabelMap(patient.labels.volume.with_array(array), patient.labels.names)
    clean = measure(patient.ct, patient.labels, region="femoral-neck", calibration=LINE, side="L").measurements[0]
    found = measure(patient.ct, labels, region="femoral-neck", calibration=LINE, side="L").measurements[0]
    assert found.value == pytest.approx(clean.value, rel=0.02)


def test_one_slice_holds_nothing_to_measure(patient):
    k = patient.ct.array.shape[0] // 2
    start, stop = (0, 0, k), (*patient.ct.array.shape[:0:-1], k + 1)
    ct, labels = patient.ct.cropped(start, stop), patient.labels.volume.cropped(start, stop)
    with pytest.raises(BoneDensityError) as caught:
        measure(ct, LabelMap(labels, patient.labels.names), region="total-hip", calibration=LINE)
    assert len(str(caught.value)) < LONGEST


def test_an_empty_volume_cannot_be_made():
    with pytest.raises(GeometryError, match="none empty"):
        Volume(np.zeros((0, 4, 4)), np.eye(4))
