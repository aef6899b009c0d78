"""Phantoms in a CT: each is found, measured and put in order; what is not there is said, not invented."""

import json
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bonedensity.densitometry import Calibration
from bonedensity.densitometry.phantoms import Phantom, calibrate_by_phantom, phantom_named, phantoms
from bonedensity.densitometry.phantoms.line import fit_line
from bonedensity.densitometry.phantoms.picture import save_phantom_picture
from bonedensity.errors import CalibrationError, UnwritableFileError
from bonedensity.imaging import Volume
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.write import write_volume

DRAWING = runpy.run_path(str(Path(__file__).with_name("phantom_scans.py")))
Scan, phantom_scan = DRAWING["Scan"], DRAWING["phantom_scan"]

NAMES = list(phantoms())


def drawn_scan(rng, phantom):
    """A scan with tilt, noise and partial coverage."""
    start = rng.uniform(0, 0.3)
    return Scan(
        slope=rng.uniform(0.62, 0.92),
        intercept=rng.uniform(-10, 10),
        noise=rng.uniform(10, 35),
        tilt_deg=tuple(rng.uniform(-8, 8, 2)),
        pitch=rng.uniform(24, 30),
        diameter=rng.uniform(13, 19),
        shift=rng.uniform(-10, 10),
        base=rng.choice([-110.0, -60.0, 0.0]) if len(phantom.densities) > 3 else -80.0,
        covered=(start, rng.uniform(start + 0.55, 1.0)),
        turned=bool(rng.random() < 0.5),
        spacing=(1.0, 1.0, 2.5) if rng.random() < 0.5 else (0.8, 0.8, 5.0),
    )


def test_rods_of_50_noisy_tilted_partly_covered_scans_are_recovered_within_2_mg():
    rng = np.random.default_rng(11)
    for number in range(50):
        phantom = phantoms()[NAMES[number % len(NAMES)]]
        scan = drawn_scan(rng, phantom)
        found = calibrate_by_phantom(phantom_scan(rng, phantom, scan), phantom)
        assert len(found.rods) == len(phantom.densities)
        assert max(abs(rod.residual_mg_cm3) for rod in found.rods) < 2, (number, phantom.name)
        line = found.calibration
        at_200 = line.slope * (200 - scan.intercept) / scan.slope + line.intercept
        assert at_200 == pytest.approx(200, abs=2), (number, phantom.name)


@pytest.fixture(scope="module")
def b_mas():
    phantom = phantom_named("B-MAS200")
    return phantom, phantom_scan(np.random.default_rng(0), phantom, Scan(tilt_deg=(4, 2)))


def test_the_truth_lies_within_the_stated_uncertainty(b_mas):
    _, ct = b_mas
    line = calibrate_by_phantom(ct, "b-mas200").calibration
    assert line.source == "B-MAS200"
    assert line.material == "CHA"
    assert abs(line.slope - 0.78) < 3 * line.slope_uncertainty * line.slope
    assert abs(line.intercept + 3) < 3 * line.intercept_uncertainty
    assert line.plausible
    assert line.residual_mg_cm3 < 1


def turned(ct: Volume, axes: tuple[int, int, int], flips: tuple[int, ...]) -> Volume:
    """The same CT stored with its axes in another order and direction; array axes."""
    array, affine = np.transpose(ct.array, axes), ct.index_to_patient.copy()
    affine[:3, :3] = affine[:3, [2 - axes[2 - i] for i in range(3)]]
    for axis in flips:
        index = 2 - axis
        affine[:3, 3] += affine[:3, index] * (array.shape[axis] - 1)
        affine[:3, index] *= -1
        array = np.flip(array, axis)
    return Volume(np.ascontiguousarray(array), affine, name="turned CT")


@pytest.mark.parametrize(("axes", "flips"), [((0, 1, 2), (0, 1)), ((2, 0, 1), ()), ((1, 2, 0), (2,))])
def test_how_the_voxels_are_stored_does_not_matter(b_mas, axes, flips):
    phantom, ct = b_mas
    first, second = calibrate_by_phantom(ct, phantom), calibrate_by_phantom(turned(ct, axes, flips), phantom)
    assert second.calibration.slope == pytest.approx(first.calibration.slope, rel=2e-3)
    for a, b in zip(first.rods, second.rods, strict=True):
        assert np.linalg.norm(a.centre - b.centre) < 4


def test_a_phantom_before_a_prone_patient_is_found(b_mas):
    phantom, ct = b_mas
    affine = ct.index_to_patient.copy()
    affine[:3, :2] *= -1
    found = calibrate_by_phantom(Volume(ct.array, affine, name="prone"), phantom)
    assert found.calibration.slope == pytest.approx(0.78, rel=0.02)


def test_a_rod_like_its_surroundings_is_measured_where_the_others_say_it_is():
    phantom = phantom_named("QRM-BDC/6")
    ct = phantom_scan(np.random.default_rng(2), phantom, Scan(base=3.0 / 0.78, intercept=-3.0))
    found = calibrate_by_phantom(ct, phantom)
    assert [rod.seen for rod in found.rods] == [False, True, True, True, True, True]
    assert abs(found.rods[0].residual_mg_cm3) < 2


@pytest.mark.parametrize("name", NAMES)
def test_a_body_without_phantom_has_none(name):
    ct = phantom_scan(np.random.default_rng(3), None)
    with pytest.raises(CalibrationError, match=r"^No .* was found in “test CT”"):
        calibrate_by_phantom(ct, name)


def test_the_real_cts_have_no_phantom(real_data):
    ct = read_ct(real_data / "ct-pelvis-lspine-totalseg" / "example_ct.nii.gz")
    for name in ("B-MAS200", "Siemens-Osteo"):
        with pytest.raises(CalibrationError, match=r"^No .* was found"):
            calibrate_by_phantom(ct, name)


@pytest.mark.parametrize("wrong", [name for name in NAMES if name != "B-MAS200"])
def test_another_phantom_is_not_taken_for_the_one_that_was_named(b_mas, wrong):
    with pytest.raises(CalibrationError):
        calibrate_by_phantom(b_mas[1], wrong)


def test_a_phantom_cut_off_by_the_image_s_side_is_said(b_mas):
    phantom, ct = b_mas
    with pytest.raises(CalibrationError, match=r"cut off.*only 4 of its 5 rods"):
        calibrate_by_phantom(ct.cropped((60, 0, 0), ct.array.shape[::-1]), phantom)


def test_a_density_volume_has_no_phantom_to_find(b_mas):
    phantom, ct = b_mas
    with pytest.raises(CalibrationError, match="not HU"):
        calibrate_by_phantom(replace(ct, unit="mg/cm³"), phantom)


def test_an_unknown_phantom_lists_the_known():
    with pytest.raises(CalibrationError, match=r"B-MAS200.*slope and intercept"):
        phantom_named("acme")


def test_a_phantom_of_one_rod_is_refused():
    with pytest.raises(CalibrationError, match="two or more rods"):
        Phantom("x", "x", "CHA", (1.0,), (1, 2), (1, 2), "")


def test_one_bad_rod_hardly_moves_a_robust_line():
    phantom = phantom_named("QRM-BDC/6")
    hu = np.array([(d + 3) / 0.78 for d in phantom.densities])
    hu[2] += 60
    plain = np.polyfit(hu, phantom.densities, 1)
    robust = fit_line(phantom, hu)
    at_400 = robust.slope * hu[3] + robust.intercept
    assert abs(at_400 - 400) < 0.3 * abs(np.polyval(plain, hu[3]) - 400)


def test_the_two_parameter_fit_is_the_maker_s():
    """sigma_CT = sigma_ref - 0.2174 and beta_CT = beta_ref + 999.6, by hand for sigma_ref 1.5 and beta_ref -1000."""
    phantom = phantom_named("Mindways-3")
    hu = [w + 1.5 * d - 1000 for d, w in zip(phantom.densities, phantom.water_equivalents, strict=True)]
    line = fit_line(phantom, hu)
    assert line.slope == pytest.approx(1 / (1.5 - 0.2174), rel=1e-9)
    assert line.intercept == pytest.approx(-(-1000 + 999.6) / (1.5 - 0.2174), rel=1e-6)


@pytest.mark.parametrize("name", ["QRM-BDC/3", "Mindways-3"])
def test_the_line_s_uncertainty_is_how_much_it_varies_when_rods_do(name):
    phantom = phantom_named(name)
    rng = np.random.default_rng(4)
    water = np.zeros(len(phantom.densities)) if phantom.water_equivalents is None else phantom.water_equivalents
    hu = np.array(phantom.densities) * 1.4 + water - (0 if phantom.water_equivalents is None else 1000)
    lines = [fit_line(phantom, hu + 1.4 * rng.normal(0, 1, len(hu))) for _ in range(600)]
    stated = np.sqrt(np.diag(fit_line(phantom, hu).covariance))
    varied = np.std([[line.slope, line.intercept] for line in lines], axis=0)
    np.testing.assert_allclose(varied, stated, rtol=0.15)


def test_a_phantom_s_calibration_survives_json(b_mas):
    found = calibrate_by_phantom(b_mas[1], b_mas[0])
    assert Calibration.from_json(json.loads(json.dumps(found.calibration.to_json()))) == found.calibration
    assert [rod["density_mg_cm3"] for rod in found.to_json()["rods"]] == [0, 50, 100, 150, 200]


def test_the_picture_is_written_or_said_not_to_be(b_mas, tmp_path):
    phantom, ct = b_mas
    found = calibrate_by_phantom(ct, phantom)
    save_phantom_picture(tmp_path / "rods.png", ct, found)
    assert (tmp_path / "rods.png").stat().st_size > 10_000
    with pytest.raises(UnwritableFileError, match="cannot be written"):
        save_phantom_picture(tmp_path / "none" / "rods.png", ct, found)


def test_a_scan_written_and_read_again_calibrates_the_same(b_mas, tmp_path):
    phantom, ct = b_mas
    write_volume(ct, tmp_path / "ct.nii.gz")
    again = calibrate_by_phantom(read_ct(tmp_path / "ct.nii.gz"), phantom)
    assert again.calibration.slope == pytest.approx(calibrate_by_phantom(ct, phantom).calibration.slope, rel=1e-4)
