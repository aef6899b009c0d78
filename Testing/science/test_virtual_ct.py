"""The virtual CT: no mass is lost on the way from a body to a density, and what scanners do to an image is there."""

from dataclasses import replace

import numpy as np
import pytest

from bonedensity.densitometry import Calibration
from bonedensity.drr.projector import Projector
from bonedensity.drr.quantity import MG_PER_CM3_MM_IN_G_PER_CM2
from bonedensity.errors import AnatomyError, GeometryError
from bonedensity.geometry import parallel_rays
from bonedensity.virtual.gathered import gathered_body
from bonedensity.virtual.painted import covering_lattice, paint_body
from bonedensity.virtual.plain_bodies import ball_body
from bonedensity.virtual.posed import PaintedOnce
from bonedensity.virtual.scan import PHANTOMS, ScannerSettings, random_scanner, scan_body
from bonedensity.virtual.scan.energy import true_slope
from bonedensity.virtual.scan.noise import correlated_noise

DENSITY, RADIUS_MM = 300.0, 20.0
MASS_G = 4 / 3 * np.pi * RADIUS_MM**3 * DENSITY * 1e-6
IDEAL = ScannerSettings(
    pixel_mm=2, slice_mm=2, step_mm=2, psf_mm=0.9, noise_hu=0, hardening=0, cupping=0, table=False, phantom=None
)
SHEET_SLOPES = {60: 0.603, 65: 0.685, 70: 0.765, 75: 0.842, 80: 0.915}
"""mg/cm³ CHA per HU by keV (models sheet, 7.4; XrayDB)."""


@pytest.fixture(scope="module")
def body():
    return ball_body(density=DENSITY, radius_mm=RADIUS_MM)


@pytest.fixture(scope="module")
def painted(body):
    return paint_body(body, covering_lattice(body.low, body.high, 2.0))


def rng(seed=0):
    return np.random.default_rng(seed)


def mass_g(volume):
    return float(np.asarray(volume.array, np.float64).sum() * volume.voxel_volume_mm3 * 1e-6)


def test_painting_keeps_the_mass_of_a_ball(painted):
    assert painted.bones.mass_g["femur_left"] == pytest.approx(MASS_G, rel=0.01)
    assert mass_g(painted.bones.mineral) == pytest.approx(painted.bones.mass_g["femur_left"], rel=1e-5)


def test_bones_painted_once_keep_their_mass_on_a_coarser_grid(body):
    once = PaintedOnce(body, 1.5)
    gathered = gathered_body(once, covering_lattice(body.low, body.high, 2.7))
    assert mass_g(gathered.bones.mineral) == pytest.approx(once.bone("femur_left").mass_g["femur_left"], rel=1e-4)
    assert gathered.bones.labels.present() == ["femur_left"]


def test_a_bone_without_label_is_refused(body):
    unknown = replace(body, bones=(replace(body.bones[0], name="sesamoid"),))
    with pytest.raises(AnatomyError, match="sesamoid"):
        paint_body(unknown, covering_lattice(body.low, body.high, 8.0))


@pytest.mark.parametrize(("slice_mm", "step_mm"), [(2.0, 2.0), (5.0, 2.5)])
def test_mass_survives_body_to_ct_to_density_to_projection_within_one_percent(painted, slice_mm, step_mm):
    scan = scan_body(painted, replace(IDEAL, slice_mm=slice_mm, step_mm=step_mm), rng())
    density = Calibration(scan.truth["hu_slope"], scan.truth["hu_intercept"]).apply(scan.ct)
    ball = np.linalg.norm(density.to_patient(np.moveaxis(np.indices(density.array.shape)[::-1], 0, -1)), axis=-1) < 30
    rays = parallel_rays(
        centre=(0.3, 0, 0.2), right=(1, 0, 0), down=(0, 0, -1), rows=80, columns=80, pixel_spacing_mm=(1, 1),
        reach_mm=200,
    )  # fmt: skip
    found = np.where(ball, np.asarray(density.array), 0).astype(np.float32)
    areal = Projector(found, density.index_to_patient, factor=MG_PER_CM3_MM_IN_G_PER_CM2, backend="exact")(rays)
    assert areal.sum() * 0.01 == pytest.approx(MASS_G, rel=0.01)
    assert areal.max() == pytest.approx(2 * RADIUS_MM * DENSITY * 1e-4, rel=0.05)
    assert mass_g(scan.density) == pytest.approx(MASS_G, rel=0.01)


@pytest.mark.parametrize("kev", SHEET_SLOPES)
def test_true_slopes_are_those_of_the_tables(kev):
    assert true_slope(kev) == pytest.approx(SHEET_SLOPES[kev], rel=0.015)


def test_low_voltage_shows_bone_brighter(painted):
    middle = [scan_body(painted, replace(IDEAL, kvp=kvp), rng()).ct.array.max() for kvp in (80, 120, 140)]
    assert middle[0] > middle[1] > middle[2]


def rods_fitted(scan):
    """Line through the rods' mean HU against their nominal densities."""
    phantom, array, means = scan.truth["phantom"], np.asarray(scan.ct.array, float), []
    for point, way in zip(phantom["axis_points_mm"], phantom["axis_directions"], strict=True):
        values = []
        for k in range(4, array.shape[0] - 4, 4):
            z = scan.ct.to_patient([0, 0, k])[2]
            i, j, _ = np.rint(scan.ct.to_index(np.array(point) + (z - point[2]) * np.array(way))).astype(int)
            values.append(array[k, j - 1 : j + 2, i - 1 : i + 2].mean())
        means.append(np.mean(values))
    return np.polyfit(np.array(means) - phantom["water_hu"], phantom["rods_mg_cm3"], 1), phantom["slope"]


@pytest.mark.parametrize("name", PHANTOMS)
def test_rods_of_every_phantom_give_back_the_calibration(name):
    wide = ball_body(density=DENSITY, radius_mm=RADIUS_MM, half_mm=125.0)
    slab = replace(wide, low=wide.low * [1, 1, 0.2], high=wide.high * [1, 1, 0.2])
    painted = paint_body(slab, covering_lattice(slab.low, slab.high, 2.5))
    settings = replace(IDEAL, pixel_mm=2.5, phantom=name, noise_hu=3, table=True, phantom_tilt_deg=(1.5, -2.0))
    (slope, intercept), truth = rods_fitted(scan_body(painted, settings, rng()))
    assert slope == pytest.approx(truth, rel=0.01)
    assert abs(intercept) < 3
    hardened = replace(settings, hardening=1.0, cupping=0.1)
    assert rods_fitted(scan_body(painted, hardened, rng()))[0][0] == pytest.approx(truth, rel=0.08)


def test_noise_has_no_power_at_zero_frequency_and_most_at_its_peak():
    noise = correlated_noise((40, 96, 96), 0.7, 0.3, rng())
    power = (np.abs(np.fft.fft2(noise)) ** 2).mean(axis=0)
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(96, 0.7), np.fft.fftfreq(96, 0.7)))
    rings = [power[(f >= low) & (f < low + 0.06)].mean() for low in np.arange(0.0, 0.6, 0.06)]
    assert power[0, 0] < 1e-6 * power.max()
    assert 0.2 < 0.06 * int(np.argmax(rings)) + 0.03 < 0.4
    assert noise.std() == pytest.approx(1, abs=1e-3)


def test_noise_is_as_strong_as_asked_in_the_middle_of_the_body(painted):
    noisy = scan_body(painted, replace(IDEAL, noise_hu=20), rng(1)).ct.array.astype(float)
    difference = noisy - scan_body(painted, IDEAL, rng(1)).ct.array
    assert difference[10:-10, 15:-15, 15:-15].std() == pytest.approx(20, rel=0.25)


def test_the_same_bone_is_darker_in_a_larger_body():
    settings, found = replace(IDEAL, pixel_mm=4, slice_mm=4, step_mm=4, hardening=1.0), []
    for half in (60.0, 140.0):
        body = ball_body(density=DENSITY, radius_mm=RADIUS_MM, half_mm=half)
        low, high = body.low * [1, 1, 30 / half], body.high * [1, 1, 30 / half]
        image = scan_body(paint_body(body, covering_lattice(low, high, 4.0)), settings, rng()).ct
        i, j, k = np.rint(image.to_index([0.0, 0.0, 0.0])).astype(int)
        found.append(image.array[k, j, i])
    assert 5 < found[0] - found[1] < 60


def test_metal_throws_streaks(painted):
    real = replace(IDEAL, hardening=1.0)
    plain = scan_body(painted, real, rng()).ct.array.astype(float)
    k, j = plain.shape[0] // 2, plain.shape[1] // 2
    metal = ball_body(density=DENSITY, radius_mm=RADIUS_MM, metal_mm=16.0)
    streaked = scan_body(paint_body(metal, covering_lattice(metal.low, metal.high, 2.0)), real, rng()).ct.array
    beside = np.s_[k, j - 25 : j + 25, 5:20]
    assert streaked[beside].std() > 5 * max(plain[beside].std(), 1.0)


def test_same_seed_gives_the_same_bytes_and_another_seed_others(painted):
    settings = ScannerSettings(pixel_mm=2, slice_mm=2, step_mm=2)
    first, again, other = (scan_body(painted, settings, rng(seed)).ct.array for seed in (3, 3, 4))
    assert first.dtype == np.int16
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()
    assert random_scanner(rng(5)) == random_scanner(rng(5))


def test_a_scan_may_cover_part_of_the_body(painted):
    part = scan_body(painted, replace(IDEAL, z_range_mm=(-10.0, 20.0)), rng()).ct
    whole = scan_body(painted, IDEAL, rng()).ct
    assert part.to_patient([0, 0, 0])[2] == pytest.approx(-10)
    assert part.array.shape[0] == 16
    assert part.array.max() == pytest.approx(whole.array.max(), abs=3)


@pytest.mark.parametrize("wrong", [{"kvp": 60}, {"pixel_mm": 0.1}, {"noise_hu": -1}, {"phantom": "wax"}])
def test_settings_no_scanner_has_are_refused(wrong):
    with pytest.raises(GeometryError):
        ScannerSettings(**wrong)
