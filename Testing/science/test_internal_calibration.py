"""Calibrations without a phantom: by the patient's tissues, and by a scanner's table."""

import json

import numpy as np
import pytest

from bonedensity.densitometry.asynchronous import asynchronous_calibration, scanner_tables
from bonedensity.densitometry.internal import calibrate_internally
from bonedensity.densitometry.internal.calibrate import calibrate_by_references
from bonedensity.densitometry.internal.tissues import attenuation, mineral_attenuation
from bonedensity.errors import CalibrationError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.grid import index_to_patient
from bonedensity.virtual import HU_INTERCEPT, HU_SLOPE, make_hip_patient
from bonedensity.virtual.scan.energy import effective_kev, true_slope

TISSUES = ("air", "adipose", "muscle", "blood", "cortical_bone")


def hu_of(mu, energy):
    water = attenuation("water", energy)
    return 1000 * (mu - water) / water


def references_at(energy, porosity=0.08):
    return {tissue: hu_of(attenuation(tissue, energy, porosity=porosity), energy) for tissue in TISSUES}


@pytest.mark.parametrize(("energy", "slope"), [(60, 0.603), (65, 0.685), (70, 0.765), (75, 0.842), (80, 0.915)])
def test_the_slope_at_an_energy_is_the_tabulated_one(energy, slope):
    """models.md 7.4: mg CHA/cm³ per HU by effective energy."""
    found = calibrate_by_references(references_at(energy))
    assert found.effective_kev == pytest.approx(energy, abs=0.5)
    assert found.calibration.slope == pytest.approx(slope, abs=0.002)
    assert found.calibration.intercept == pytest.approx(0, abs=0.1)
    assert found.r_squared == pytest.approx(1, abs=1e-9)


def test_hydroxyapatite_in_water_comes_back_as_its_density():
    energy = 72.0
    found = calibrate_by_references(references_at(energy))
    for density in (50.0, 200.0, 800.0):
        hu = hu_of(attenuation("water", energy) + density * mineral_attenuation(energy), energy)
        assert found.calibration.slope * hu + found.calibration.intercept == pytest.approx(density, rel=2e-3)


def test_a_scanner_whose_hu_are_shifted_and_stretched_gives_the_same_density():
    """A linear error of HU is what an internal calibration is there to undo."""
    true = references_at(71.0)
    wrong = {tissue: 1.06 * hu + 12 for tissue, hu in true.items()}
    first, second = (calibrate_by_references(r).calibration for r in (true, wrong))
    for hu in (100.0, 700.0):
        assert second.slope * (1.06 * hu + 12) + second.intercept == pytest.approx(first.slope * hu + first.intercept)


def test_people_who_differ_are_calibrated_within_ten_percent():
    """Porosity 5 to 12 %, tissues a few HU off, 100 to 140 kVp: RMS error of density at 200 mg/cm³."""
    rng = np.random.default_rng(0)
    errors, said = [], []
    for _ in range(60):
        energy = rng.uniform(63, 78)
        hu = references_at(energy, porosity=rng.uniform(0.05, 0.12))
        hu = {t: h + rng.normal(0, 25 if t == "cortical_bone" else 8 if t != "air" else 2) for t, h in hu.items()}
        line = calibrate_by_references(hu).calibration
        of_200 = hu_of(attenuation("water", energy) + 200 * mineral_attenuation(energy), energy)
        errors.append((line.slope * of_200 + line.intercept) / 200 - 1)
        said.append(np.hypot(line.slope_uncertainty, line.intercept_uncertainty / 200))
    rms = float(np.sqrt(np.mean(np.square(errors))))
    assert rms < 0.10
    assert 0.3 < rms / np.mean(said) < 1.5


def test_virtual_patients_tissues_calibrate_their_scans_within_ten_percent():
    """RMS error over patients and densities from 100 to 1000 mg/cm³; at 100 alone it is larger."""
    at, errors = np.array([100.0, 300.0, 600.0, 1000.0]), []
    hu = (at - HU_INTERCEPT) / HU_SLOPE
    for seed in (0, 1):
        patient = make_hip_patient(seed, spacing_mm=2.0)
        line = calibrate_internally(patient.ct, patient.labels).calibration
        assert line.source == "internal"
        errors.append((line.slope * hu + line.intercept) / at - 1)
    assert np.sqrt(np.mean(np.square(errors))) < 0.10


def test_blood_with_contrast_is_said_and_left_out():
    plain = references_at(70.0)
    found = calibrate_by_references({**plain, "blood": 180.0})
    assert any("contrast" in note for note in found.notes)
    without = {tissue: hu for tissue, hu in plain.items() if tissue != "blood"}
    assert found.calibration.slope == calibrate_by_references(without).calibration.slope


def test_a_labelled_aorta_is_the_blood():
    rng = np.random.default_rng(1)
    hu = np.full((30, 60, 60), -1000.0)
    hu[:, 5:55, 5:55], hu[:, 10:50, 10:50] = -100, 45
    hu[:, 15:25, 15:25] = 58
    hu[:, 30:42, 30:42] = 1400
    label = np.zeros(hu.shape, np.uint8)
    label[:, 15:25, 15:25] = 52
    grid = index_to_patient(spacing=(2, 2, 2), origin=(0, 0, 0))
    ct = Volume((hu + rng.normal(0, 10, hu.shape)).astype(np.float32), grid)
    found = calibrate_internally(ct, LabelMap(Volume(label, grid, "1"), {52: "aorta"}))
    assert found.references["blood"] == pytest.approx(58, abs=1)
    assert found.references["cortical_bone"] == pytest.approx(1400, rel=0.02)
    assert "blood" not in calibrate_internally(ct).references


@pytest.mark.parametrize(("gone", "value"), [("muscle", 45), ("adipose", -100), ("cortical bone", 1400)])
def test_a_tissue_that_the_scan_lacks_is_named(gone, value):
    hu = np.full((20, 50, 50), -1000.0, np.float32)
    parts = {"adipose": (slice(2, 20), -100), "muscle": (slice(20, 35), 45), "cortical bone": (slice(35, 45), 1400)}
    for name, (rows, at) in parts.items():
        hu[:, rows, 5:45] = -1000 if name == gone else at
    ct = Volume(hu, index_to_patient(spacing=(2, 2, 2), origin=(0, 0, 0)), name="lean")
    with pytest.raises(CalibrationError, match=f"“lean”.*no {gone.replace(' ', '_')}"):
        calibrate_internally(ct)


def test_tissues_that_fit_no_energy_are_refused():
    with pytest.raises(CalibrationError, match="fit no energy"):
        calibrate_by_references({"air": -1000.0, "adipose": -100.0, "muscle": 50.0, "cortical_bone": 300.0})


def test_a_density_volume_is_not_calibrated_twice():
    ct = Volume(np.zeros((3, 3, 3)), index_to_patient(spacing=(1, 1, 1), origin=(0, 0, 0)), unit="mg/cm³")
    with pytest.raises(CalibrationError, match="not HU"):
        calibrate_internally(ct)


def test_the_shipped_table_follows_physics_and_interpolates():
    at_90, at_105, at_120 = (asynchronous_calibration(kvp).slope for kvp in (90, 105, 120))
    assert at_90 < at_105 < at_120
    assert asynchronous_calibration(110).slope == pytest.approx((0.655 + 0.770) / 2, abs=1e-9)
    assert asynchronous_calibration(120).source == "asynchronous, generic, 120 kV"


@pytest.mark.parametrize("kvp", [90, 100, 110, 120])
def test_the_shipped_table_is_the_virtual_scanners_true_line(kvp):
    """Both rest on published spectra: 200 mg/cm³ come out within 2."""
    hu = 200 / true_slope(effective_kev(kvp))
    line = asynchronous_calibration(kvp)
    assert line.slope * hu + line.intercept == pytest.approx(200, abs=2)


def test_a_site_s_own_table_is_used(tmp_path):
    row = {"slope": 0.81, "intercept": -6.0, "slope_uncertainty": 0.02, "intercept_uncertainty_mg_cm3": 2.0}
    table = {"scanners": {"ours": {"material": "K2HPO4", "kvp": {"120": row}}}}
    (tmp_path / "table.json").write_text(json.dumps(table))
    line = asynchronous_calibration(120, scanner="ours", tables=scanner_tables(tmp_path / "table.json"))
    assert (line.slope, line.intercept, line.material, line.slope_uncertainty) == (0.81, -6.0, "K2HPO4", 0.02)


@pytest.mark.parametrize(
    ("kvp", "scanner", "words"), [(140, "generic", "80 to 120 kV"), (120, "acme", "known: generic")]
)
def test_what_the_table_lacks_is_said(kvp, scanner, words):
    with pytest.raises(CalibrationError, match=words):
        asynchronous_calibration(kvp, scanner=scanner)


NO_TABLES = ("", "[]", '{"scanners": {"a": {}}}', '{"scanners": {"a": {"material": "CHA", "kvp": {"120": {}}}}}')


@pytest.mark.parametrize("text", NO_TABLES)
def test_a_file_that_is_no_table_is_said(tmp_path, text):
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(CalibrationError, match="no table of scanner calibrations"):
        scanner_tables(tmp_path / "t.json")
