"""What compares virtual people with real images: known distances, known spectra and known contrast come out."""

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from bonedensity.virtual.solids import ellipsoid, sphere

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from virtual_realism_measures import local_contrast, overlap, spectrum_slope
from virtual_shape_surfaces import aligned_distance, surface_distance, virtual_surface


def points_of_ball(radius, count=800):
    ways = np.random.default_rng(2).standard_normal((count, 3))
    return radius * ways / np.linalg.norm(ways, axis=1, keepdims=True)


def test_points_three_millimetres_off_a_ball_are_three_millimetres_off():
    surface = virtual_surface(sphere((0, 0, 0), 30.0))
    away = surface_distance(points_of_ball(33.0), surface, cKDTree(surface.points))
    assert away == pytest.approx(3.0, abs=0.15)
    assert surface_distance(points_of_ball(30.0), surface, cKDTree(surface.points)).max() < 0.1


def test_a_turned_shifted_and_scaled_copy_lies_on_its_surface():
    surface = virtual_surface(ellipsoid((0, 0, 0), (40.0, 25.0, 18.0)))
    turn = Rotation.from_euler("xyz", [12.0, -9.0, 15.0], degrees=True).as_matrix()
    copy = 1.2 * surface.points[::4] @ turn.T + [30.0, -12.0, 8.0]
    assert aligned_distance(copy, surface) < 0.15


def test_another_shape_is_not_taken_for_a_copy():
    surface = virtual_surface(ellipsoid((0, 0, 0), (40.0, 25.0, 18.0)))
    assert aligned_distance(points_of_ball(28.0), surface) > 2.0


def noise_with_slope(exponent, size=256, pixel_mm=0.7, seed=0):
    white = np.fft.fft2(np.random.default_rng(seed).standard_normal((size, size)))
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(size, pixel_mm), np.fft.fftfreq(size, pixel_mm)))
    frequency[0, 0] = np.inf
    return np.fft.ifft2(white * frequency ** (-exponent / 2)).real


@pytest.mark.parametrize("exponent", [1.5, 2.5, 3.5])
def test_the_slope_of_a_power_law_is_found_on_any_brightness_and_tilt(exponent):
    image = noise_with_slope(exponent)
    tilt = np.linspace(0, 5 * image.std(), image.shape[1])
    assert spectrum_slope(40 + 3 * (image + tilt), 0.7, (0.03, 0.5)) == pytest.approx(exponent, abs=0.15)


def test_local_contrast_of_white_noise_is_its_deviation():
    noise = np.random.default_rng(3).normal(5.0, 0.02, (200, 200))
    contrast = local_contrast(noise, 0.5, relative=False)
    assert np.median(contrast) == pytest.approx(np.log10(0.02), abs=0.03)
    assert np.median(local_contrast(7 * noise, 0.5, relative=True)) == pytest.approx(0.0, abs=0.03)


def test_histograms_overlap_wholly_with_themselves_and_not_with_distant_ones():
    values = np.random.default_rng(4).normal(-1.0, 0.1, 5000)
    assert overlap(values, values[::-1]) == pytest.approx(1.0)
    assert overlap(values, values + 1.2) < 0.01
