"""Corners that a person drags decide where the network looks, and from which sizes bodies grow."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from bonedensity.errors import AnatomyError
from bonedensity.generators.chvae.morphometry.corners import body_sizes, check_outline
from bonedensity.generators.chvae.reading.dxa_image import DxaImage
from bonedensity.generators.chvae.storage import load_chvae

pytestmark = pytest.mark.usefixtures("one_thread")

DRAWN = runpy.run_path(str(Path(__file__).with_name("chvae_drawings.py")))
WEIGHTS = runpy.run_path(str(Path(__file__).with_name("chvae_weights.py")))
MM = DRAWN["PIXEL_MM"]
PERSON = {
    "sex": 1.0, "age": 64.0, "standing_height": 175.0, "weight": 80.0,
    "l1_l4_width": 5.0, "l1_l4_height": 14.4, "l1_l4_area": 72.0,
}  # fmt: skip
DRAG = 2.0 / MM
"""2 mm in pixels."""


def outline_of(attributes, seed):
    """Corners of the four bodies that `draw_spine` draws in the middle, in pixels (4, 4, 2)."""
    width, height = 10 * attributes["l1_l4_width"] / MM, 10 * attributes["l1_l4_height"] / 4 / MM
    middle = (DRAWN["COLUMNS"] * MM / 2 + np.random.default_rng(seed).normal(0, 2)) / MM
    upper = DRAWN["ROWS"] / 2 - 2 * height + (np.arange(4) + 0.08) * height
    left, right, lower = middle + width / 2, middle - width / 2, upper + 0.84 * height
    return np.array([[[left, u], [right, u], [right, v], [left, v]] for u, v in zip(upper, lower, strict=True)])


def dragged_apart(outline):
    """The patient's left side 2 mm further left, the right one further right."""
    return outline + np.array([[DRAG, 0], [-DRAG, 0], [-DRAG, 0], [DRAG, 0]])


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_chvae(WEIGHTS["write_weights"](tmp_path_factory.mktemp("weights")))


@pytest.fixture(scope="module")
def image():
    greys = DRAWN["draw_spine"](PERSON, 0).astype(np.float64)
    return DxaImage(greys, (0, greys.shape[0], 0, greys.shape[1]), (MM, MM))


def test_two_corners_in_one_place_are_refused():
    outline = outline_of(PERSON, 0)
    outline[1, 0] = outline[1, 1]
    with pytest.raises(AnatomyError, match="one place"):
        check_outline(outline)


def test_corners_dragged_by_two_millimetres_are_another_width_and_the_network_sees_another_view(model, image):
    outline = outline_of(PERSON, 0)
    before, after = (body_sizes(each, (MM, MM))[1] for each in (outline, dragged_apart(outline)))
    assert before.width_cm == pytest.approx(PERSON["l1_l4_width"])
    assert after.width_cm == pytest.approx(before.width_cm + 0.4)
    plain, wide = (model.abduct(image, PERSON, outline=each) for each in (outline, dragged_apart(outline)))
    columns = [(person.view[10:54] > 0.2).mean(0) > 0.5 for person in (plain, wide)]
    share = PERSON["l1_l4_width"] / (PERSON["l1_l4_width"] + 0.4)
    assert columns[1].sum() / columns[0].sum() == pytest.approx(share, abs=0.06)  # a wider frame, a slimmer spine in it


def test_bodies_grow_from_the_sides_that_a_person_dragged_them_to(model, image):
    outline = outline_of(PERSON, 0)
    wider = {"l1_l4_width": 1.2 * PERSON["l1_l4_width"], "l1_l4_height": PERSON["l1_l4_height"]}
    moved = [
        side_of(model.abduct(image, PERSON, outline=each).do(**wider).predict().image, outline)
        - side_of(image.array, outline)
        for each in (outline, outline + np.array([-DRAG, 0]))
    ]
    grown = 0.1 * 10 * PERSON["l1_l4_width"] / MM  # half of the width's growth, in pixels
    assert moved[0] == pytest.approx(grown, abs=0.8)
    assert moved[1] - moved[0] == pytest.approx(0.2 * DRAG, abs=0.15)  # further from the middle that it grows about


def side_of(greys, outline):
    """Column of the patient's left side of the bodies, from the mean grey between their middle and well beside it."""
    middle, left = outline[..., 0].mean(), outline[:, 0, 0].mean()
    rows = np.concatenate([np.arange(int(body[0, 1]) + 3, int(body[2, 1]) - 2) for body in outline])
    strip = greys[rows, round(middle) + 6 : round(left) + 14].mean(0)
    return round(middle) + 6 + (strip / strip[:6].mean()).sum()


def test_without_corners_those_that_the_network_sees_are_taken_and_corners_of_another_shape_are_refused(model, image):
    seen, given = model.abduct(image, PERSON), model.abduct(image, PERSON, outline=outline_of(PERSON, 0))
    assert not np.array_equal(seen.view, given.view)
    upside_down = model.abduct(image, PERSON, outline=outline_of(PERSON, 0)[::-1])
    assert "drag the corners" in upside_down.do(age=80.0).predict().notes[0]
    with pytest.raises(AnatomyError, match="4 x 4 points"):
        model.abduct(image, PERSON, outline=outline_of(PERSON, 0)[:3])
