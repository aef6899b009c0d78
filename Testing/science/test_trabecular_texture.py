"""Trabecular texture seen through a whole bone: grains, not the comb of a few plane waves."""

import numpy as np
import pytest

from bonedensity.virtual.texture import strut_texture

STRUTS = np.array([0.3, 0.0, 1.0])
STEP_MM = 0.8


def seen_through_mm(depth_mm, seed):
    """The texture's mean along y over a bone's depth, on a square of 51 mm."""
    texture = strut_texture(seed, STRUTS, wavelengths_mm=(2.1, 6.0))
    at, y = np.arange(64) * STEP_MM, np.arange(0, depth_mm, STEP_MM)
    points = np.stack(np.meshgrid(at, at, y, indexing="ij"), axis=-1)[..., [0, 2, 1]].astype(np.float32)
    return texture(points).mean(axis=-1)


def share_of_the_strongest_wave(image):
    """Of the image's variance, what lies within two steps of its strongest frequency."""
    window = np.outer(*[np.hanning(64)] * 2)
    power = np.abs(np.fft.fftshift(np.fft.fft2(window * (image - image.mean())))) ** 2
    k, i = np.unravel_index(power.argmax(), power.shape)
    return 2 * power[max(k - 2, 0) : k + 3, max(i - 2, 0) : i + 3].sum() / power.sum()


def test_the_texture_has_mean_zero_and_variance_one():
    points = np.random.default_rng(0).uniform(-50, 50, (100_000, 3))
    values = strut_texture(4, STRUTS)(points)
    assert values.mean() == pytest.approx(0.0, abs=0.02)
    assert values.std() == pytest.approx(1.0, abs=0.03)


def test_in_most_people_no_single_wave_stands_out_of_a_femoral_head_seen_from_the_front():
    shares = [share_of_the_strongest_wave(seen_through_mm(45.0, seed)) for seed in range(12)]
    assert np.median(shares) < 0.35
    assert np.mean(np.array(shares) < 0.5) > 0.7
