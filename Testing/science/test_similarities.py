"""Every built-in similarity: what it ignores, where its optimum lies, and that both engines agree."""

import threading

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from bonedensity.errors import RegistrationError
from bonedensity.registration.similarity import (
    GradientCorrelation,
    GradientOrientation,
    LocalCorrelation,
    MutualInformation,
    NormalisedCorrelation,
)

ALL = [GradientCorrelation, NormalisedCorrelation, LocalCorrelation, MutualInformation, GradientOrientation]
CORRELATIONS = [GradientCorrelation, NormalisedCorrelation, LocalCorrelation, GradientOrientation]
"""Those that reach 1 for an image with itself and -1 for its negative."""

WORST = {MutualInformation: 0.0}
"""-1 otherwise."""


def a_picture(seed: int = 0, shape: tuple[int, int] = (60, 80), width: float = 4) -> np.ndarray:
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=shape), width)
    return ((noise - noise.min()) / np.ptp(noise) * 1000).astype(np.float32)


@pytest.fixture(params=ALL, ids=lambda kind: kind.__name__)
def kind(request):
    return request.param


@pytest.fixture
def region() -> np.ndarray:
    inside = np.zeros((60, 80), bool)
    inside[15:45, 20:60] = True
    inside[25:30, 30:40] = False
    return inside


# --- Same and different -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CORRELATIONS)
@pytest.mark.parametrize("smoothing_px", [0.0, 1.0, 2.5])
def test_an_image_agrees_with_itself_and_disagrees_with_its_negative(kind, smoothing_px):
    picture = a_picture()
    measure = kind(picture, smoothing_px=smoothing_px)
    assert measure(picture) == pytest.approx(1, abs=0.002)
    assert measure(1000 - picture) == pytest.approx(-1, abs=0.002)


def test_no_other_image_is_as_alike_as_the_image_itself(kind):
    measure = kind(a_picture(), smoothing_px=1.0)
    others = [measure(a_picture() + share * a_picture(seed)) for seed in (1, 2, 3) for share in (0.3, 1, 3)]
    assert max(others) < measure(a_picture()) - 0.01


@pytest.mark.parametrize(("gain", "offset"), [(1, 500), (0.01, 0), (37, -2000), (1e-3, 8)])
def test_brightness_and_contrast_change_nothing(kind, gain, offset):
    fixed, moving = a_picture(1), a_picture(1) + np.float32(0.8) * a_picture(2)
    measure = kind(fixed, smoothing_px=1.0)
    changed = np.float32(gain) * moving + np.float32(offset)
    assert measure(changed) == pytest.approx(measure(moving), abs=1e-3)
    assert kind(np.float32(gain) * fixed + np.float32(offset), smoothing_px=1.0)(moving) == pytest.approx(
        measure(moving), abs=1e-3
    )


@pytest.mark.parametrize("shift", [(0, 0), (3, 0), (0, -2), (-4, 5)])
def test_the_similarity_is_highest_at_the_true_shift(kind, shift):
    wide = a_picture(3, (80, 100))
    noise = np.random.default_rng(0).normal(scale=20, size=(60, 80)).astype(np.float32)
    fixed = wide[10 + shift[0] : 70 + shift[0], 10 + shift[1] : 90 + shift[1]] + noise
    measure = kind(fixed, smoothing_px=1.0)
    values = {
        (dv, du): measure(wide[10 + dv : 70 + dv, 10 + du : 90 + du]) for dv in range(-7, 8) for du in range(-7, 8)
    }
    assert max(values, key=values.__getitem__) == shift


@pytest.mark.parametrize(
    "flat",
    [np.zeros((60, 80), np.float32), np.full((60, 80), 3.7, np.float32), np.full((60, 80), -1e4, np.float32)],
    ids=["black", "grey", "negative"],
)
@pytest.mark.parametrize("smoothing_px", [0.0, 1.5])
@pytest.mark.parametrize("engine", ["compiled", "numpy"])
def test_a_flat_drr_has_the_worst_value(kind, flat, smoothing_px, engine):
    assert kind(a_picture(), smoothing_px=smoothing_px, engine=engine)(flat) == WORST.get(kind, -1.0)


def test_every_value_is_at_least_the_worst(kind):
    values = [kind(a_picture(seed))(a_picture(seed + 1)) for seed in range(10)]
    assert WORST.get(kind, -1.0) <= min(values) < max(values) <= 1


@pytest.mark.parametrize("poison", [np.nan, np.inf])
def test_a_drr_that_is_not_finite_has_the_worst_value(kind, poison):
    moving = a_picture(1)
    moving[30, 40] = poison
    assert kind(a_picture())(moving) == WORST.get(kind, -1.0)


# --- Each by its own merit --------------------------------------------------------------------------------------


def test_local_correlation_bears_a_smooth_bias_field():
    u = np.linspace(-1, 1, 80, dtype=np.float32)
    picture = a_picture(width=2)
    biased = picture * (1 + 0.5 * u) + 600 * u
    assert LocalCorrelation(biased)(picture) > 0.8
    assert LocalCorrelation(biased)(picture) > NormalisedCorrelation(biased)(picture) + 0.3


def test_local_correlation_weighs_windows_by_the_radiographs_contrast():
    fixed, moving = a_picture(1), a_picture(1).copy()
    fixed[:, 40:] = 500 + 0.01 * fixed[:, 40:]  # next to nothing to see
    moving[:, 46:] = a_picture(2)[:, 46:]  # and nothing alike
    assert LocalCorrelation(fixed, radius_px=3)(moving) > 0.8


def test_gradient_orientation_ignores_how_strong_an_edge_is():
    picture = a_picture()
    curve = (picture / 1000) ** 4  # dark edges become faint, bright ones strong
    assert GradientOrientation(picture)(curve.astype(np.float32)) > 0.97
    assert GradientCorrelation(picture)(curve.astype(np.float32)) < 0.9


def test_mutual_information_is_symmetric():
    for seed in range(5):
        one, other = a_picture(seed), a_picture(seed) + a_picture(seed + 20)
        there = MutualInformation(one, outermost_percent=0)(other)
        assert MutualInformation(other, outermost_percent=0)(one) == pytest.approx(there, abs=1e-6)


def test_mutual_information_sees_through_any_relation_of_greys():
    picture = a_picture()
    folded = np.abs(picture - picture.mean())
    assert MutualInformation(picture)(folded) > 0.35
    assert MutualInformation(picture)(a_picture(7)) < 0.15
    assert abs(NormalisedCorrelation(picture)(folded)) < 0.5


def test_mutual_information_is_not_squeezed_by_metal():
    with_metal = a_picture()
    with_metal[30:33, 40:43] = 50_000
    assert MutualInformation(with_metal)(a_picture()) > 0.9 * MutualInformation(a_picture())(a_picture())


def test_edges_in_one_direction_alone_can_agree_fully():
    stripes = np.broadcast_to(a_picture()[:1], (60, 80)).copy()
    assert GradientCorrelation(stripes)(stripes) == pytest.approx(1, abs=0.02)


# --- Region -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("smoothing_px", "reach_px"), [(0.0, 1), (1.0, 4)])
@pytest.mark.parametrize("which", ["radiograph", "DRR"])
@pytest.mark.parametrize("engine", ["compiled", "numpy"])
def test_pixels_outside_the_region_change_nothing(kind, region, smoothing_px, reach_px, which, engine):
    """Beyond the reach of a central difference, and of the smoothing before it."""
    region[25:30, 30:40] = True
    fixed, moving = a_picture(1), a_picture(1) + 0.5 * a_picture(2)
    outside = np.ones_like(region)
    outside[15 - reach_px : 45 + reach_px, 20 - reach_px : 60 + reach_px] = False
    value = kind(fixed, region, smoothing_px=smoothing_px, engine=engine)(moving)
    if which == "radiograph":
        fixed = np.where(outside, 1e5, fixed).astype(np.float32)
    else:
        moving = np.where(outside, 1e5, moving).astype(np.float32)
    assert kind(fixed, region, smoothing_px=smoothing_px, engine=engine)(moving) == pytest.approx(value, abs=1e-5)


def test_a_region_of_the_whole_image_is_no_region(kind):
    fixed, moving = a_picture(1), a_picture(2)
    whole = kind(fixed, np.ones(fixed.shape, bool))(moving)
    assert whole == pytest.approx(kind(fixed)(moving), abs=1e-6)


def test_a_region_of_another_shape_is_refused(kind):
    with pytest.raises(RegistrationError, match="region of interest has the shape"):
        kind(a_picture(), np.ones((60, 79), bool))


def test_an_empty_region_is_refused(kind):
    with pytest.raises(RegistrationError, match="none lies in the region"):
        kind(a_picture(), np.zeros((60, 80), bool))


def test_a_radiograph_without_contrast_in_the_region_is_refused(kind, region):
    fixed = np.where(region, np.float32(0), a_picture())
    fixed[13:47, 18:62] = 700
    with pytest.raises(RegistrationError, match="no contrast inside the region"):
        kind(fixed, region)


def test_a_drr_of_another_size_is_refused(kind):
    with pytest.raises(RegistrationError, match="cannot be compared"):
        kind(a_picture())(a_picture(shape=(60, 79)))


# --- Engines and threads ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("smoothing_px", [0.0, 0.7, 1.0, 3.0])
@pytest.mark.parametrize("shape", [(60, 80), (7, 9), (33, 128)])
def test_numpy_and_compiled_code_agree(kind, smoothing_px, shape):
    for seed in range(3):
        fixed, moving = a_picture(seed, shape, 2), a_picture(seed, shape, 2) + a_picture(seed + 9, shape, 2)
        mask = np.random.default_rng(seed).random(shape) > 0.2
        arguments = {"fixed": fixed, "region": mask, "smoothing_px": smoothing_px}
        fast, plain = (kind(**arguments, engine=engine)(moving) for engine in ("compiled", "numpy"))
        assert fast == pytest.approx(plain, abs=1e-6)


def test_the_layout_of_the_drr_in_memory_does_not_matter(kind):
    measure, moving = kind(a_picture(), smoothing_px=1.0), a_picture(1)
    frozen = moving.copy()
    frozen.flags.writeable = False
    for other in (np.asfortranarray(moving), moving.astype(np.float64), np.repeat(moving, 2, axis=1)[:, ::2], frozen):
        assert measure(other) == measure(moving)


def test_a_drr_is_not_changed(kind):
    moving = a_picture(1)
    before = moving.copy()
    kind(a_picture(), smoothing_px=1.0)(moving)
    assert (moving == before).all()


def test_copies_serve_several_threads_at_once(kind):
    measure = kind(a_picture(), smoothing_px=1.0)
    pictures = [a_picture(seed) for seed in range(1, 5)]
    expected = [measure(picture) for picture in pictures]
    wrong = []

    def work(picture, value):
        own = measure.copy()
        wrong.extend(found for found in (own(picture) for _ in range(100)) if found != value)

    threads = [threading.Thread(target=work, args=pair) for pair in zip(pictures, expected, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
