"""A bone's mineral is whole, and its outline smooth, whatever the voxels: blur moves mass and loses none."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from bonedensity.densitometry.areal import parallel_areal_image
from bonedensity.densitometry.close_up import close_up
from bonedensity.densitometry.spill import with_spill_returned
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.grid import index_to_patient

RADIUS, DENSITY, FINER = 14.0, 600.0, 4
RIGHT, DOWN = np.array([0.8, 0.6, 0.0]), np.array([0.0, 0.0, -1.0])


def ball(spacing, *, blur_mm=1.0, soft=40.0, noise=0.0, centre=(0.3, -0.4, 0.2), second=False):
    """Scan (mg/cm³) and labels of a ball of bone in soft tissue: exact means over voxels, then blur and noise."""
    counts = [2 * round(26 / mm) for mm in spacing]
    fine = [(np.arange(n * FINER) - (n * FINER - 1) / 2) * mm / FINER for n, mm in zip(counts, spacing, strict=True)]
    x, y, z = np.meshgrid(*fine, indexing="ij")
    inside = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2 < RADIUS**2
    shape = [part for n in counts for part in (n, FINER)]
    share = inside.reshape(shape).mean(axis=(1, 3, 5)).transpose(2, 1, 0)
    array = soft + share * (DENSITY - soft)
    array = gaussian_filter(array, [blur_mm / 2.355 / mm for mm in spacing[::-1]])
    array += noise * np.random.default_rng(0).standard_normal(array.shape)
    middles = [(np.arange(n) - (n - 1) / 2) * mm for n, mm in zip(counts, spacing, strict=True)]
    grid = index_to_patient(spacing=spacing, origin=[axis[0] for axis in middles])
    z, y, x = np.meshgrid(*middles[::-1], indexing="ij")
    label = ((x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2 < RADIUS**2).astype(np.uint8)
    if second:
        label[x > centre[0]] *= 2
    labels = LabelMap(Volume(label, grid, "1"), {1: "femur_left", 2: "hip_left"})
    return Volume(array.astype(np.float32), grid, "mg/cm³"), labels


MASS = 4 / 3 * np.pi * RADIUS**3 * DENSITY * 1e-6


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (2.0, 2.0, 2.0), (0.8, 0.8, 3.0)])
@pytest.mark.parametrize("soft", [40.0, -80.0])
def test_a_ball_s_mass_is_whole_at_any_voxel_size(spacing, soft):
    density, labels = ball(spacing, soft=soft)
    mask = labels.mask(["femur_left"])
    whole = with_spill_returned(density, labels, ["femur_left"])
    found = float(np.asarray(whole.array)[mask].sum() * density.voxel_volume_mm3 * 1e-6)
    plain = float(np.asarray(density.array)[mask].sum() * density.voxel_volume_mm3 * 1e-6)
    assert found == pytest.approx(MASS, rel=0.01)
    assert plain < 0.97 * MASS


def test_what_is_not_the_bone_stays_as_it_is():
    density, labels = ball((2.0, 2.0, 2.0))
    mask = labels.mask(["femur_left"])
    whole = with_spill_returned(density, labels, ["femur_left"])
    np.testing.assert_array_equal(np.asarray(whole.array)[~mask], np.asarray(density.array)[~mask])


def test_two_bones_that_touch_share_what_spills():
    density, labels = ball((2.0, 2.0, 2.0), second=True)
    both = labels.mask(["femur_left", "hip_left"])
    whole = with_spill_returned(density, labels, ["femur_left", "hip_left"])
    found = float(np.asarray(whole.array)[both].sum() * density.voxel_volume_mm3 * 1e-6)
    assert found == pytest.approx(MASS, rel=0.01)


def test_noise_adds_no_mass():
    density, labels = ball((2.0, 2.0, 2.0), noise=25.0)
    whole = with_spill_returned(density, labels, ["femur_left"])
    mask = labels.mask(["femur_left"])
    assert float(np.asarray(whole.array)[mask].sum() * density.voxel_volume_mm3 * 1e-6) == pytest.approx(MASS, rel=0.01)


def test_a_bone_without_soft_tissue_around_it_is_left_alone():
    grid = index_to_patient(spacing=(2, 2, 2), origin=(0, 0, 0))
    labels = LabelMap(Volume(np.ones((6, 6, 6), np.uint8), grid, "1"), {1: "femur_left"})
    density = Volume(np.full((6, 6, 6), 300.0, np.float32), grid, "mg/cm³")
    np.testing.assert_array_equal(with_spill_returned(density, labels, ["femur_left"]).array, density.array)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (2.0, 2.0, 2.0), (1.0, 1.0, 3.0)])
def test_a_ball_s_shadow_and_areal_density_do_not_depend_on_the_voxels(spacing):
    density, labels = ball(spacing)
    one = close_up(density, labels, "femur_left", labels.mask(["femur_left"]))
    image = parallel_areal_image(one.density, one.bone, one.region, right=RIGHT, down=DOWN)
    disc = np.pi * RADIUS**2 / 100
    assert image.area_cm2 == pytest.approx(disc, rel=0.025)
    assert image.abmd == pytest.approx(MASS / disc, rel=0.025)


def test_a_cut_through_a_bone_stays_where_it_was():
    density, labels = ball((2.0, 2.0, 2.0))
    mask = labels.mask(["femur_left"])
    region = mask.copy()
    region[: region.shape[0] // 2] = False
    one = close_up(density, labels, "femur_left", region)
    points = one.density.to_patient(np.argwhere(one.region)[:, ::-1])
    assert points[:, 2].min() == pytest.approx(0.5, abs=0.6)  # half a fine voxel above the coarse voxels' wall
    assert one.volume_cm3 == pytest.approx(float(region.sum()) * 8 / 1000, rel=0.03)
