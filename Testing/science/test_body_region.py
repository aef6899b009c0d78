"""Where a radiograph shows the body: beam and collimator out, bone in."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from bonedensity.registration.region import body_region

ROWS, COLUMNS = 120, 160


def a_body(*, noise: float = 8.0) -> np.ndarray:
    """Soft tissue of 600 with a bone of 1000, everywhere."""
    image = np.full((ROWS, COLUMNS), 600, np.float32)
    image[30:90, 60:100] = 1000
    grain = np.random.default_rng(0).normal(scale=noise, size=image.shape)
    return (gaussian_filter(image, 1) + grain).astype(np.float32)


def with_beam_on_both_sides(width: int) -> np.ndarray:
    image = a_body()
    image[:, :width] = image[:, -width:] = 0
    return image


def a_body_that_fills_the_image(thinner_to_the_left: float = 0.0) -> np.ndarray:
    """Tissue thicker at the rim than in the middle, where gas is, and by choice thinner to the left."""
    v, u = np.mgrid[0:ROWS, 0:COLUMNS]
    thick = 200 * (((u - 80) / 80) ** 2 + ((v - 60) / 60) ** 2) - thinner_to_the_left * (COLUMNS - u)
    gas = 150 * np.exp(-((u - 40) ** 2 + (v - 30) ** 2) / 80)
    return (a_body() + thick - gas).astype(np.float32)


def test_a_body_that_fills_the_image_is_compared_everywhere():
    assert body_region(a_body_that_fills_the_image()).all()


def test_a_body_that_thins_towards_one_side_loses_no_more_than_a_narrow_strip_there():
    """Nothing but its darkness tells the thinnest tissue at the rim from open beam; the bone is kept."""
    region = body_region(a_body_that_fills_the_image(thinner_to_the_left=12))
    assert region[:, 20:].all()


def test_the_open_beam_and_a_strip_beside_it_are_left_out_and_the_body_is_kept():
    region = body_region(with_beam_on_both_sides(30))
    assert not region[:, :31].any()
    assert not region[:, -31:].any()
    assert region[:, 36:-36].all()


def test_a_collimators_black_frame_is_left_out():
    image = a_body()
    frame = np.ones(image.shape, bool)
    frame[12:-12, 20:-20] = False
    image[frame] = 0
    region = body_region(image)
    assert not region[frame].any()
    assert region[17:-17, 25:-25].all()


def test_a_slanted_collimator_edge_is_left_out():
    v, u = np.mgrid[0:ROWS, 0:COLUMNS]
    shadow = u + v < 60
    image = np.where(shadow, np.float32(0), a_body())
    region = body_region(image)
    assert not region[shadow].any()
    assert region[u + v > 72].all()


def test_the_edge_of_the_beam_is_not_in_the_region():
    """It is the strongest edge of all, and no bone makes it."""
    image = with_beam_on_both_sides(30)
    steps = np.abs(np.diff(image, axis=1))
    region = body_region(image)
    assert steps[region[:, 1:] & region[:, :-1]].max() < 200 < steps.max()


def test_gas_within_the_body_is_kept():
    """Dark, but it does not reach the image's rim."""
    image = a_body()
    image[50:60, 20:40] = 0
    assert body_region(image).all()


def test_a_few_dark_pixels_at_the_rim_are_no_border():
    image = a_body()
    image[:4, :4] = 0
    assert body_region(image).all()


@pytest.mark.parametrize("metal", [3000, 20_000])
def test_a_small_piece_of_metal_does_not_turn_the_body_dark(metal):
    image = with_beam_on_both_sides(30)
    image[60:64, 70:74] = metal
    assert body_region(image)[:, 36:-36].all()


@pytest.mark.parametrize(("gain", "offset"), [(1, 0), (0.001, 0), (4, 10_000)])
def test_grey_values_may_have_any_scale(gain, offset):
    image = with_beam_on_both_sides(30)
    scaled = (gain * image + offset).astype(np.float32)
    np.testing.assert_array_equal(body_region(scaled), body_region(image))


def test_the_dark_skin_line_beside_a_gradual_beam_edge_keeps_the_bone():
    u = np.arange(COLUMNS)
    tissue = np.clip((u - 20) * 20, 0, 600)[None, :] * np.ones((ROWS, 1))
    image = np.maximum(a_body(noise=0) - 600, 0) + tissue
    region = body_region(image.astype(np.float32))
    assert not region[:, :20].any()
    assert region[:, 55:].all()
