"""Pictures by which a registration is judged: each must show what it claims to, and shout when the bones are off."""

from __future__ import annotations

import numpy as np
import pytest

from bonedensity.workflows.outlines import covered, rim, thin_edges
from bonedensity.workflows.overlays import MODES, Look, compose, fields, grey_bytes
from bonedensity.workflows.palettes import BONE_COLORS, PALETTES, bytes_of
from bonedensity.workflows.picture_difference import difference

SIZE = 160


def ball(column: float, row: float = 80.0, radius: float = 40.0) -> np.ndarray:
    """Chord lengths of a ball."""
    v, u = np.mgrid[:SIZE, :SIZE]
    return 2 * np.sqrt(np.clip(radius**2 - (u - column) ** 2 - (v - row) ** 2, 0, None)).astype(np.float32)


def xray_of(bones: np.ndarray) -> np.ndarray:
    """Bones in soft tissue that changes slowly, shown with a curve."""
    v, u = np.mgrid[:SIZE, :SIZE]
    return grey_bytes((bones + 0.4 * u + 0.2 * v + 30) ** 0.8, low=0, high=100)


@pytest.mark.parametrize("mode", MODES)
def test_no_bones_at_opacity_zero_and_bones_otherwise(mode):
    bones = ball(80)
    xray = xray_of(bones)
    picture = compose(Look(mode, second=True), xray, bones)
    assert picture.shape == (SIZE, SIZE, 3)
    assert picture.dtype == np.uint8
    assert not np.array_equal(picture, compose(Look(mode, 0.0), xray, bones))
    assert np.array_equal(compose(Look(mode, 0.0), xray, bones), np.repeat(xray[..., None], 3, axis=2))
    assert np.array_equal(compose(Look(mode), xray), np.repeat(xray[..., None], 3, axis=2))


@pytest.mark.parametrize("mode", ["blend", "edges", "outlines"])
def test_where_no_bone_is_the_xray_is_untouched(mode):
    bones = ball(80)
    xray = xray_of(bones)
    picture = compose(Look(mode), xray, bones)
    outside = np.hypot(*(np.mgrid[:SIZE, :SIZE] - 80)) > 46
    assert np.array_equal(picture[outside], np.repeat(xray[outside][:, None], 3, axis=1))


def test_a_checkerboard_shows_both_in_equal_shares_and_a_curtain_on_its_own_side():
    bones, xray = ball(80), np.zeros((SIZE, SIZE), dtype=np.uint8)
    assert fields((SIZE, SIZE)).mean() == pytest.approx(0.5)
    board = compose(Look("checkerboard", 1.0), xray, bones)
    assert not board[~fields((SIZE, SIZE))].any()
    curtain = compose(Look("curtain", 1.0, split=0.25), xray, bones)
    assert not curtain[:, :38].any()
    assert curtain[80, 80, 0] > 200


def test_a_flicker_shows_the_xray_and_the_bones_in_turn():
    bones, xray = ball(80), xray_of(ball(80))
    first, second = (compose(Look("flicker", 1.0, second=each), xray, bones) for each in (False, True))
    assert np.array_equal(first, np.repeat(xray[..., None], 3, axis=2))
    assert not second[0].any()
    assert second[80, 80].any()


def test_the_rim_of_a_disc_is_a_ring_inside_it():
    mask = covered(ball(80))
    ring = rim(mask, width=2)
    radius = np.hypot(*(np.mgrid[:SIZE, :SIZE] - 80))[ring]
    assert radius.min() > 36
    assert radius.max() <= 40
    assert ring.sum() == pytest.approx(2 * np.pi * 39 * 2, rel=0.25)
    assert not rim(np.ones((20, 20), dtype=bool)).any()


def test_edges_are_thin_lines_on_the_border():
    edges = thin_edges((ball(80) > 0).astype(np.float32))
    radius = np.hypot(*(np.mgrid[:SIZE, :SIZE] - 80))[edges]
    assert np.abs(radius - 40).max() < 2.5
    assert edges.sum() < 3 * 2 * np.pi * 40
    assert not thin_edges(np.zeros((30, 30))).any()


def test_each_bone_has_its_own_outline_in_its_own_colour():
    left, right = ball(45, radius=25), ball(115, radius=25)
    picture = compose(
        Look("outlines", 1.0), np.zeros((SIZE, SIZE), np.uint8), left + right, [rim(covered(b)) for b in (left, right)]
    )
    for bone, color in zip((left, right), BONE_COLORS, strict=False):
        assert np.abs(picture[rim(covered(bone))] - bytes_of(color)).max() <= 1


def test_the_difference_vanishes_where_the_bones_fit_and_grows_as_they_are_moved_off():
    xray = xray_of(ball(80))
    near = np.abs(np.hypot(*(np.mgrid[:SIZE, :SIZE] - 80)) - 40) < 12
    left = [
        float(np.abs(difference(xray, grey_bytes(ball(80 + off), low=0, high=100)))[near].mean()) for off in (0, 3, 8)
    ]
    assert left[0] < 0.1
    assert left[0] < left[1] < left[2]


def test_a_difference_is_grey_without_bones_to_take_off_a_flat_xray():
    flat = np.full((60, 60), 90, dtype=np.uint8)
    assert not difference(flat, np.zeros_like(flat)).any()


def luminance(color):
    linear = np.asarray(color) ** 2.2
    return float(linear @ [0.2126, 0.7152, 0.0722])


def seen_by_the_red_green_blind(color):
    """Blue against yellow, which is left to protanopes and deuteranopes."""
    linear = np.asarray(color) ** 2.2
    return float(linear[2] - linear[:2].mean())


@pytest.mark.parametrize("name", PALETTES)
def test_the_colours_of_a_palette_differ_without_red_against_green(name):
    palette = PALETTES[name]
    by_hue = abs(seen_by_the_red_green_blind(palette.bones) - seen_by_the_red_green_blind(palette.edges))
    by_light = abs(luminance(palette.bones) - luminance(palette.edges))
    assert by_hue + by_light > 0.3
