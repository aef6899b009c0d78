"""Gradient correlation: what it ignores, what it sees, and where its optimum lies."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from bonedensity.registration.similarity import GradientCorrelation


def a_picture(seed: int = 0, shape: tuple[int, int] = (60, 80)) -> np.ndarray:
    """Smooth blobs from 0 to 1000, without an edge that stands out."""
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=shape), 4)
    return ((noise - noise.min()) / np.ptp(noise) * 1000).astype(np.float32)


@pytest.mark.parametrize("smoothing_px", [0.0, 1.0, 2.5])
def test_an_image_agrees_with_itself(smoothing_px):
    """Not to the last digit: the radiograph's strongest gradients are limited, and the DRR's are not."""
    picture = a_picture()
    assert GradientCorrelation(picture, smoothing_px=smoothing_px)(picture) == pytest.approx(1, abs=0.002)


@pytest.mark.parametrize(("gain", "offset"), [(1, 500), (0.01, 0), (37, -2000), (1e-3, 8)])
def test_brightness_and_contrast_of_either_image_change_nothing(gain, offset):
    fixed, moving = a_picture(1), a_picture(1) + 0.8 * a_picture(2)
    value = GradientCorrelation(fixed, smoothing_px=1.0)(moving)
    assert 0.3 < value < 0.95
    changed = np.float32(gain) * moving + np.float32(offset)
    assert GradientCorrelation(fixed, smoothing_px=1.0)(changed) == pytest.approx(value, abs=1e-3)
    changed = np.float32(gain) * fixed + np.float32(offset)
    assert GradientCorrelation(changed, smoothing_px=1.0)(moving) == pytest.approx(value, abs=1e-3)


def test_a_negative_disagrees():
    picture = a_picture()
    assert GradientCorrelation(picture)(1000 - picture) == pytest.approx(-1, abs=0.002)


def test_images_of_different_things_do_not_correlate():
    values = [GradientCorrelation(a_picture(seed))(a_picture(seed + 50)) for seed in range(20)]
    assert abs(np.mean(values)) < 0.1
    assert max(values) < 0.5


@pytest.mark.parametrize("smoothing_px", [0.0, 1.0])
@pytest.mark.parametrize("shift", [(0, 0), (3, 0), (0, -2), (-4, 5)])
def test_the_similarity_is_highest_at_the_true_shift(shift, smoothing_px):
    wide = a_picture(3, (80, 100))
    fixed = wide[10 + shift[0] : 70 + shift[0], 10 + shift[1] : 90 + shift[1]]
    measure = GradientCorrelation(fixed, smoothing_px=smoothing_px)
    values = {
        (dv, du): measure(wide[10 + dv : 70 + dv, 10 + du : 90 + du]) for dv in range(-7, 8) for du in range(-7, 8)
    }
    assert max(values, key=values.__getitem__) == shift


def test_the_similarity_falls_steadily_away_from_the_true_shift():
    wide = a_picture(3, (60, 110))
    measure = GradientCorrelation(wide[:, 10:90], smoothing_px=1.0)
    values = [measure(wide[:, 10 + du : 90 + du]) for du in range(5)]
    assert (np.diff(values) < 0).all()


def test_a_slow_gradient_over_the_image_hardly_matters():
    """Soft tissue, scatter and the heel effect change slowly; edges of bone do not."""
    u = np.arange(80, dtype=np.float32)
    picture = a_picture()
    assert GradientCorrelation(picture + 1000 * u / 80)(picture) > 0.95


def test_metal_does_not_outweigh_bone():
    """A very bright screw that the DRR does not show."""
    picture = a_picture()
    with_metal = picture.copy()
    with_metal[30:33, 40:43] = 50_000
    value = GradientCorrelation(with_metal)(picture)
    assert value > 0.85
    assert value > GradientCorrelation(with_metal)(np.roll(picture, 3, axis=1)) + 0.2


# --- Region -----------------------------------------------------------------------------------------------------


@pytest.fixture
def region() -> np.ndarray:
    inside = np.zeros((60, 80), bool)
    inside[15:45, 20:60] = True
    return inside


@pytest.mark.parametrize(("smoothing_px", "reach_px"), [(0.0, 1), (1.0, 4)])
@pytest.mark.parametrize("which", ["radiograph", "DRR"])
def test_pixels_outside_the_region_change_nothing(region, smoothing_px, reach_px, which):
    """Beyond the reach of a central difference, and of the smoothing before it."""
    fixed, moving = a_picture(1), a_picture(1) + 0.5 * a_picture(2)
    outside = np.ones_like(region)
    outside[15 - reach_px : 45 + reach_px, 20 - reach_px : 60 + reach_px] = False
    value = GradientCorrelation(fixed, region, smoothing_px=smoothing_px)(moving)
    if which == "radiograph":
        fixed = np.where(outside, 1e5, fixed).astype(np.float32)
    else:
        moving = np.where(outside, 1e5, moving).astype(np.float32)
    assert GradientCorrelation(fixed, region, smoothing_px=smoothing_px)(moving) == pytest.approx(value, abs=1e-5)


def test_pixels_inside_the_region_do_count(region):
    fixed, moving = a_picture(1), a_picture(1)
    moving = moving.copy()
    moving[20:40, 30:50] = a_picture(9)[20:40, 30:50]
    measure = GradientCorrelation(fixed, region)
    assert measure(moving) < measure(fixed) - 0.1


def test_a_region_of_the_whole_image_is_no_region():
    fixed, moving = a_picture(1), a_picture(2)
    whole = GradientCorrelation(fixed, np.ones(fixed.shape, bool))(moving)
    assert whole == pytest.approx(GradientCorrelation(fixed)(moving), abs=1e-6)


# --- Nothing to compare -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "flat",
    [
        np.zeros((60, 80), np.float32),
        np.full((60, 80), 3.5, np.float32),
        np.broadcast_to(np.arange(80, dtype=np.float32), (60, 80)),  # the same slope everywhere: no edge
    ],
    ids=["black", "grey", "slope"],
)
def test_a_flat_drr_is_as_unlike_as_can_be(flat):
    assert GradientCorrelation(a_picture())(flat) == -1


def test_a_drr_with_edges_only_outside_the_region_is_as_unlike_as_can_be(region):
    moving = np.where(region, np.float32(0), a_picture())
    moving[13:47, 18:62] = 0
    assert GradientCorrelation(a_picture(), region)(moving) == -1


def test_every_similarity_lies_between_minus_one_and_one():
    values = [GradientCorrelation(a_picture(seed), smoothing_px=1.0)(a_picture(seed + 1)) for seed in range(20)]
    assert -1 <= min(values) < max(values) <= 1
