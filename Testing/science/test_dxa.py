"""The virtual DXA: density from two energies, edges and regions, with the errors that real scanners have."""

from dataclasses import replace

import numpy as np
import pytest

from bonedensity.drr.attenuation import linear_attenuation, mass_attenuation
from bonedensity.errors import AnatomyError
from bonedensity.virtual.dxa import SITES, SYSTEMS, exported_image, scan_dxa
from bonedensity.virtual.dxa.decomposition import bone_image
from bonedensity.virtual.dxa.display import FILL_WHITE
from bonedensity.virtual.dxa.regions import spine_regions
from bonedensity.virtual.plain_bodies import STEP_MM, ball_body, step_wedge
from bonedensity.virtual.posed import PaintedOnce

STEPS = (0.6, 0.8, 1.0, 1.3)
"""g/cm² of L1 to L4."""

COARSE = {name: replace(system, pixel_mm=(1.5, 1.5)) for name, system in SYSTEMS.items()}
"""The same scanners with large pixels: cheap, and as much radiation in all."""

SILENT = {name: replace(system, photons_per_mm2=float("inf")) for name, system in COARSE.items()}


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def wedge():
    return step_wedge(STEPS)


@pytest.fixture(scope="module")
def once(wedge):
    return PaintedOnce(wedge, 1.5)


def by_name(scan):
    return {region.name: region for region in scan.regions}


@pytest.mark.parametrize("name", COARSE)
def test_a_step_wedge_is_recovered_within_one_percent(once, wedge, name):
    scan = scan_dxa(once, wedge, "spine", COARSE[name], rng(), repositioned=False)
    for level, areal in zip(("L1", "L2", "L3", "L4"), STEPS, strict=True):
        region = by_name(scan)[f"vertebrae_{level}"]
        row, column = (round(float(n.mean())) for n in np.nonzero(region.mask))
        core = scan.bone[row - 7 : row + 8, column - 7 : column + 8].mean() / COARSE[name].spine_scale
        assert core == pytest.approx(areal, rel=0.01)


def test_mass_and_area_of_the_steps_are_found_with_the_edges(wedge):
    system = replace(SILENT["lunar"], pixel_mm=(0.75, 0.75))
    scan = scan_dxa(PaintedOnce(wedge, 1.0), wedge, "spine", system, rng(), repositioned=False)
    face_cm2 = STEP_MM[0] * STEP_MM[2] / 100
    for level, areal in zip(("L1", "L2", "L3", "L4"), STEPS, strict=True):
        region = by_name(scan)[f"vertebrae_{level}"]
        assert region.area_cm2 == pytest.approx(face_cm2, rel=0.08)  # edges lie at 40 %, outside the half
        assert region.bmc_g / system.spine_scale == pytest.approx(areal * face_cm2, rel=0.03)


def test_the_whole_region_is_the_sum_of_its_vertebrae(once, wedge):
    *levels, whole = scan_dxa(once, wedge, "spine", COARSE["lunar"], rng(1)).regions
    assert whole.area_cm2 == pytest.approx(sum(level.area_cm2 for level in levels))
    assert whole.bmc_g == pytest.approx(sum(level.bmc_g for level in levels))
    assert whole.width_mm * whole.height_mm / 100 == pytest.approx(whole.area_cm2)


def test_a_rib_beside_one_vertebra_does_not_widen_it():
    image, landmarks = np.zeros((220, 160)), {}
    for n, level in enumerate(("L1", "L2", "L3", "L4")):
        image[20 + 45 * n : 62 + 45 * n, 60:100] = 1.0
        landmarks[f"vertebrae_{level}_centre"] = np.array([79.5, 41.0 + 45 * n])
    plain = [region.width_mm for region in spine_regions(image, landmarks, (1.0, 1.0))[:4]]
    image[20:62, 48:60] = 0.6
    beside = [region.width_mm for region in spine_regions(image, landmarks, (1.0, 1.0))[:4]]
    assert beside[0] < 1.2 * plain[0]
    assert beside[1:] == pytest.approx(plain[1:], rel=0.02)


def mixed(fat_over_mm, fat_beside_mm, areal):
    """-log at both energies of 200 mm of soft tissue, with a strip of bone in the middle."""
    system, logs = SILENT["lunar"], []
    strip = np.abs(np.arange(120) - 59.5) < 15
    fat = np.where(strip, fat_over_mm, fat_beside_mm)
    for kev in (system.low_kev, system.high_kev):
        soft = linear_attenuation("adipose", kev) * fat + linear_attenuation("soft_tissue", kev) * (200 - fat)
        line = soft + mass_attenuation("hydroxyapatite", kev) * np.where(strip, areal, 0)
        logs.append(np.tile(line, (40, 1)))
    return system, logs


def test_even_fat_does_no_harm():
    for fat in (0.0, 60.0):
        system, (low, high) = mixed(fat, fat, 1.0)
        assert bone_image(low, high, system)[0][20, 60] == pytest.approx(1.0, rel=2e-3)


@pytest.mark.parametrize("more_beside_mm", [20.0, -20.0])
def test_uneven_fat_errs_as_theory_says_and_as_much_as_real_scanners(more_beside_mm):
    system, (low, high) = mixed(30.0, 30.0 + more_beside_mm, 1.0)
    ratio = low[20, 0] / high[20, 0]
    bone_low, bone_high = (mass_attenuation("hydroxyapatite", kev) for kev in (system.low_kev, system.high_kev))
    predicted = (low[20, 60] - ratio * high[20, 60]) / (bone_low - ratio * bone_high)
    found = bone_image(low, high, system)[0][20, 60]
    assert found == pytest.approx(predicted, rel=0.01)
    assert np.sign(found - 1) == np.sign(more_beside_mm)
    assert 0.03 < abs(found - 1) < 0.15


def test_fat_that_thins_from_the_side_to_the_middle_does_little_harm():
    """As over a trochanter: fat alone at the skin, more and more muscle towards the middle, bone between."""
    system, side = SILENT["hologic"], np.linspace(0, 1, 240)
    bone = np.where(np.abs(side - 0.45) < 0.12, 0.8, 0.0)
    thick, fat_share = 110 + 90 * side, 0.95 - 0.6 * side
    logs = []
    for kev in (system.low_kev, system.high_kev):
        fat, flesh = linear_attenuation("adipose", kev), linear_attenuation("soft_tissue", kev)
        line = thick * (fat_share * fat + (1 - fat_share) * flesh) + mass_attenuation("hydroxyapatite", kev) * bone
        logs.append(np.tile(line, (60, 1)))
    found = bone_image(*logs, system)[0][30]
    assert found[bone > 0].mean() == pytest.approx(0.8, rel=0.06)
    assert np.abs(found[(bone == 0) & (side > 0.1)]).max() < 0.12


def test_repeated_scans_scatter_as_published(once, wedge):
    found = [by_name(scan_dxa(once, wedge, "spine", COARSE["lunar"], rng(seed)))["L1-L4"].abmd for seed in range(5)]
    assert 0.0002 < np.std(found, ddof=1) / np.mean(found) < 0.02


def test_a_wide_fan_magnifies_what_lies_near_its_source():
    areas = []
    for lift in (-40.0, 40.0):
        body = step_wedge(STEPS, lift_mm=lift)
        scan = scan_dxa(PaintedOnce(body, 2.0), body, "spine", SILENT["hologic"], rng(), repositioned=False)
        areas.append(by_name(scan)["L1-L4"].area_cm2)
    assert areas[0] > 1.05 * areas[1]


def test_a_narrow_fan_does_not():
    areas = []
    for lift in (-40.0, 40.0):
        body = step_wedge(STEPS, lift_mm=lift)
        scan = scan_dxa(PaintedOnce(body, 2.0), body, "spine", SILENT["lunar"], rng(), repositioned=False)
        areas.append(by_name(scan)["L1-L4"].area_cm2)
    assert areas[0] == pytest.approx(areas[1], rel=0.02)


def test_the_export_is_a_lunar_picture(once, wedge):
    export = scan_dxa(once, wedge, "spine", COARSE["lunar"], rng()).export
    assert export.shape == SITES["spine"]
    assert export.dtype == np.uint8
    levels = set(np.unique(export).tolist()) - {FILL_WHITE}
    assert levels <= {0, *range(1, 252, 2)}


def test_spine_margins_are_white_steps_about_seven_percent_of_the_picture():
    shares = []
    for seed in range(12):
        image = exported_image(np.zeros((325, 358)), (0.6, 0.5), SITES["spine"], rng(seed), white=True)
        shares.append((image == FILL_WHITE).mean())
        widths = (image == FILL_WHITE).sum(axis=1)
        assert 4 < (np.diff(widths) != 0).sum() < 40
    assert 0.04 < np.mean(shares) < 0.10


def test_another_density_changes_the_picture_at_the_bone_alone(once, wedge):
    denser = step_wedge((*STEPS[:3], STEPS[3] * 1.1))
    first = scan_dxa(once, wedge, "spine", COARSE["lunar"], rng(5)).export.astype(int)
    second = scan_dxa(PaintedOnce(denser, 1.5), denser, "spine", COARSE["lunar"], rng(5)).export.astype(int)
    changed = np.argwhere(np.abs(first - second) > 4)
    assert len(changed) > 1000
    assert np.ptp(changed[:, 0]) * 0.25 < STEP_MM[2] + 12
    assert np.ptp(changed[:, 1]) * 0.25 < STEP_MM[0] + 12
    assert (first != second).mean() < 0.12


def test_same_seed_gives_the_same_scan(once, wedge):
    first, again = (scan_dxa(once, wedge, "spine", COARSE["lunar"], rng(3)) for _ in range(2))
    assert first.export.tobytes() == again.export.tobytes()
    assert first.truth == again.truth


def test_a_body_without_the_sites_landmarks_is_refused(once, wedge):
    with pytest.raises(AnatomyError, match="femur_left"):
        scan_dxa(once, wedge, "hip_left", COARSE["lunar"], rng())
    ball = ball_body(density=300.0, radius_mm=20.0)
    with pytest.raises(AnatomyError, match="vertebrae_L1"):
        scan_dxa(PaintedOnce(ball, 3.0), ball, "spine", COARSE["lunar"], rng())
