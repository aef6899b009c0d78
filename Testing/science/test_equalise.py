"""Making a radiograph's contrast even takes shading and uneven contrast away, and leaves edges where they are."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from bonedensity.registration.equalise import equalised
from bonedensity.registration.similarity import similarity_by_name

WINDOW_PX = 4.0


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """Discs of the size of bones' edges, smooth by a pixel."""
    rng = np.random.default_rng(3)
    v, u = np.mgrid[0:128, 0:128]
    image = np.zeros(v.shape)
    for row, column, radius in zip(
        rng.uniform(10, 118, 25), rng.uniform(10, 118, 25), rng.uniform(4, 10, 25), strict=True
    ):
        image += np.hypot(v - row, u - column) < radius
    return gaussian_filter(image, 1.0).astype(np.float32)


def shading() -> np.ndarray:
    """From 0 to 1, left to right and top to bottom, as heel effect, scatter and the body's shape make it."""
    v, u = np.mgrid[0:128, 0:128] / 127
    return (u + v) / 2


def likeness(first: np.ndarray, second: np.ndarray) -> float:
    inner = np.s_[12:-12, 12:-12]
    return float(np.corrcoef(first[inner].ravel(), second[inner].ravel())[0, 1])


def test_brightness_and_contrast_do_not_matter(picture):
    np.testing.assert_allclose(
        equalised(picture * 40 + 700, None, WINDOW_PX), equalised(picture, None, WINDOW_PX), atol=2e-3
    )


def test_shading_and_fading_contrast_are_taken_away(picture):
    shaded = (picture * (1 - 0.8 * shading()) + 8 * shading()).astype(np.float32)
    assert likeness(shaded, picture) < 0.5
    assert likeness(equalised(shaded, None, WINDOW_PX), equalised(picture, None, WINDOW_PX)) > 0.97


def test_contrast_is_as_strong_where_it_was_faint(picture):
    faded = (picture * np.where(np.arange(128) < 64, 1.0, 0.2)).astype(np.float32)
    even = equalised(faded, None, WINDOW_PX)
    ratio = even[:, 80:].std() / even[:, :48].std()
    assert faded[:, 80:].std() / faded[:, :48].std() < 0.35
    assert 0.5 < ratio < 1.2


def test_noise_is_not_raised_to_the_height_of_bone(picture):
    """A hundredth of the bones' contrast stays below a quarter of theirs; divided by its own, it would equal them."""
    noisy = picture.copy()
    noisy[:, :40] = 0.01 * picture.std() * np.random.default_rng(0).normal(size=(128, 40))
    even = equalised(noisy, None, WINDOW_PX)
    assert even[:, :20].std() < 0.25 * even[:, 60:].std()


def test_metal_outweighs_no_bone(picture):
    with_screw = picture.copy()
    with_screw[60:66, 40:90] = 30
    even = equalised(with_screw, None, WINDOW_PX)
    assert np.abs(even).max() < 8 * even[90:].std()
    np.testing.assert_allclose(even[100:], equalised(picture, None, WINDOW_PX)[100:], atol=0.4)


def test_what_lies_outside_the_region_changes_nothing_inside(picture):
    region = np.zeros(picture.shape, bool)
    region[20:100, 20:100] = True
    other = np.where(region, picture, 1e4).astype(np.float32)
    inside, changed = (equalised(image, region, WINDOW_PX) for image in (picture, other))
    np.testing.assert_allclose(changed, inside, atol=1e-4)
    assert not inside[~region].any()


def test_without_a_window_the_image_is_given_back(picture):
    assert equalised(picture, None, 0.0) is picture


def test_a_flat_image_stays_flat():
    assert np.abs(equalised(np.full((32, 32), 5.0, np.float32), None, WINDOW_PX)).max() < 1e-6


def test_through_heavy_shading_the_right_place_scores_well_and_a_wrong_one_does_not(picture):
    shaded = (picture * 0.15 + 30 * shading() ** 2).astype(np.float32)
    plain = similarity_by_name("gradient-correlation", shaded)
    even = similarity_by_name("gradient-correlation", equalised(shaded, None, WINDOW_PX))
    assert plain(picture) < 0.3
    assert even(picture) > 0.7
    assert even(np.ascontiguousarray(picture[::-1, ::-1])) < 0.3
