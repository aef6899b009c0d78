"""The spine's frame: places are led to places, edges stay sharp, and the detector's noise stays where it was."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from bonedensity.errors import GeometryError, ModelError  # noqa: E402
from bonedensity.generators.chvae.alignment.body_grey import log_body_grey  # noqa: E402
from bonedensity.generators.chvae.alignment.grain import without_grain  # noqa: E402
from bonedensity.generators.chvae.alignment.grey_law import GreyLaw, grey_law, law_of  # noqa: E402
from bonedensity.generators.chvae.alignment.sampling import grid_of, pixel_shares, places, read_at  # noqa: E402
from bonedensity.generators.chvae.alignment.spine_frame import (  # noqa: E402
    frame_corners,
    movement,
    resized_corners,
    to_frame,
    to_image,
)
from bonedensity.generators.chvae.alignment.thin_plate import thin_plate  # noqa: E402
from bonedensity.generators.chvae.alignment.transfer import SpineTransfer  # noqa: E402
from bonedensity.generators.chvae.alignment.view import canonical_view, shares_of, usable_corners  # noqa: E402
from bonedensity.generators.chvae.counterfactual.transfer import growth  # noqa: E402
from bonedensity.generators.chvae.reading.dxa_image import WHITE, DxaImage  # noqa: E402
from bonedensity.generators.chvae.storage import load_chvae  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")

WEIGHTS = runpy.run_path(str(Path(__file__).with_name("chvae_weights.py")))
PERSON = runpy.run_path(str(Path(__file__).with_name("chvae_drawings.py")))["PERSON"]

ROWS, COLUMNS, P = 390, 358, 96
MARGIN = 20
GREY = 120.0
NAMES = ("l1_l4_width", "l1_l4_height", "l1_l4_area")


def blocks(width=90.0, height=52.0, middle=170.0, top=80.0):
    """Corners of four upright blocks with discs between them, in pixels (4, 4, 2)."""
    upper = top + (height + 15) * np.arange(4)
    left, right = middle + width / 2, middle - width / 2  # the patient's left lies where the columns end
    return np.array([[[left, u], [right, u], [right, u + height], [left, u + height]] for u in upper])


def drawn(outline, noise=0.0, seed=0):
    """Blocks of one grey on black, with sharp edges, noise and a white margin."""
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    greys = np.zeros((ROWS, COLUMNS))
    for body in outline:
        low, high = body.min(0), body.max(0)
        across = np.clip(np.minimum(columns - low[0], high[0] - columns) + 0.5, 0, 1)
        down = np.clip(np.minimum(rows - low[1], high[1] - rows) + 0.5, 0, 1)
        greys += GREY * across * down
    greys = greys + 30 + np.random.default_rng(seed).normal(0, noise, greys.shape)
    greys = np.clip(greys, 0, 250)
    greys[:, -MARGIN:] = 255
    return DxaImage(greys, (0, ROWS, 0, COLUMNS), (0.5, 0.5))


def transfer(image, outline):
    return SpineTransfer(image, shares_of(outline, image), P)


def test_the_least_bent_map_keeps_what_it_was_told_and_straight_maps_stay_straight():
    rng = np.random.default_rng(0)
    points, values, elsewhere = rng.random((16, 2)), rng.random((16, 2)), rng.random((40, 2))
    assert np.allclose(thin_plate(points, values)(points), values, atol=1e-9)
    turn = np.array([[1.2, 0.1], [-0.2, 0.8]])
    assert np.allclose(thin_plate(points, points @ turn + 3)(elsewhere), elsewhere @ turn + 3)
    with pytest.raises(GeometryError, match="one line"):
        thin_plate(np.linspace(0, 1, 8)[:, None] * np.ones(2), rng.random((8, 2)))


def test_corners_of_image_and_frame_are_led_to_each_other():
    image = drawn(blocks())
    corners = shares_of(blocks(), image)
    assert np.allclose(to_image(corners)(frame_corners()), corners)
    assert np.allclose(to_frame(corners)(corners), frame_corners())
    fine = places(to_frame(corners), 200, 180).numpy()
    assert np.abs(fine - to_frame(corners)(pixel_shares(200, 180))).max() < 0.5 / P


def test_all_spines_look_alike_in_the_frame_wherever_and_however_large_they_are():
    views = [
        canonical_view(image, shares_of(outline, image), P)
        for outline in (blocks(), blocks(70.0, 44.0, 150.0, 100.0))
        for image in [drawn(outline)]
    ]
    assert np.abs(views[0] - views[1]).mean() < 0.01
    assert log_body_grey(torch.tensor(views[0])[None, None]).exp().item() == pytest.approx(150 / WHITE, rel=0.03)


def test_where_nothing_is_asked_nothing_is_changed_and_margins_stay():
    image = drawn(blocks(), noise=8)
    spine = transfer(image, blocks())
    nothing = np.zeros((P, P), np.float32)
    assert not spine.added(nothing, (1.0, 1.0)).any()
    grown = spine.added(nothing + 0.1, (1.08, 0.95))
    assert grown.any()
    assert not grown[:, -MARGIN:].any()


def test_a_body_that_grows_has_its_new_width_and_height_and_edges_as_sharp_as_before():
    outline, (wider, taller) = blocks(), (1.08, 0.95)
    image = drawn(outline)
    shown = image.array + transfer(image, outline).added(np.zeros((P, P)), (wider, taller))
    asked = resized_corners(outline.reshape(-1, 2), wider, taller).reshape(4, 4, 2)
    truth = drawn(asked).array
    for body in asked:
        low, high = body.min(0), body.max(0)
        row, column = shown[round(body[:, 1].mean())], shown[:, round(body[:, 0].mean())]
        near = slice(int(low[1]) - 8, int(high[1]) + 8)
        assert (row[:-MARGIN] - 30).clip(0).sum() / GREY == pytest.approx(high[0] - low[0], abs=1.0)
        assert (column[near] - 30).clip(0).sum() / GREY == pytest.approx(high[1] - low[1], abs=1.0)
        assert np.abs(np.diff(row[:-MARGIN])).max() > 0.3 * GREY
    assert np.abs(shown - truth).mean() < 0.25 * np.abs(image.array - truth).mean()


def test_noise_stays_in_its_place_when_the_body_moves():
    outline, asked = blocks(), resized_corners(blocks().reshape(-1, 2), 1.1, 0.94).reshape(4, 4, 2)
    before, truth = drawn(outline, noise=10), drawn(asked, noise=10)  # the same noise
    shown = before.array + transfer(before, outline).added(np.zeros((P, P)), (1.1, 0.94))
    at = shares_of(outline, before)
    back = places(movement(at, 1.1, 0.94), ROWS, COLUMNS)
    moved_whole = read_at(before.array, grid_of(places(lambda x: x, ROWS, COLUMNS) + back))
    flat = np.s_[100:125, 140:200], np.s_[235:260, 140:200]
    stays, moves = (np.std([(each - truth.array)[part] for part in flat]) for each in (shown, moved_whole))
    assert stays < 10 / 3
    assert moves > 10


def test_noise_is_told_from_edges():
    rng = np.random.default_rng(1)
    clean = drawn(blocks()).array[:, :-MARGIN]
    smooth = without_grain((clean + rng.normal(0, 10, clean.shape)).astype(np.float32))
    flat = np.s_[90:120, 140:200]
    assert (smooth - clean)[flat].std() < 4
    steepest = np.abs(np.diff(without_grain(clean)[100])).max()
    assert steepest > 0.3 * np.abs(np.diff(clean[100])).max()


def test_a_change_in_the_frame_lands_where_the_spine_is():
    outline, image = blocks(70.0, 44.0, 150.0, 100.0), drawn(blocks(70.0, 44.0, 150.0, 100.0))
    change = np.zeros((P, P), np.float32)
    body = frame_corners()[4:8] * P
    low, high = body.min(0).round().astype(int), body.max(0).round().astype(int)
    change[low[1] : high[1], low[0] : high[0]] = -0.2
    added = transfer(image, outline).added(change, (1.0, 1.0))
    rows, columns = np.nonzero(added < -0.1 * WHITE)
    ends = np.array([columns.min(), rows.min(), columns.max(), rows.max()])
    assert np.allclose(ends, [*outline[1].min(0), *outline[1].max(0)], atol=2.5)
    assert added.min() == pytest.approx(-0.2 * WHITE, rel=1e-3)


def test_the_network_s_own_picture_can_stand_in_the_image_s_place():
    image = drawn(blocks(), noise=5)
    shown = image.array + transfer(image, blocks()).put(np.full((P, P), 0.5), (1.0, 1.0))
    assert np.abs(shown[100:280, 130:210] - 0.5 * WHITE).max() < 1


def test_the_view_of_what_was_made_is_taken_at_the_corners_that_it_has():
    image = drawn(blocks())
    spine = transfer(image, blocks())
    shown = image.array + spine.added(np.zeros((P, P)), (1.1, 0.95))
    apart = np.abs(spine.again(shown, (1.1, 0.95)) - spine.view).mean()
    assert apart < 0.3 * np.abs(spine.again(shown, (1.0, 1.0)) - spine.view).mean()


def test_a_spine_that_is_not_found_is_taken_as_it_lies_and_that_is_said():
    image = drawn(blocks())
    lost = SpineTransfer(image, np.full((16, 2), 0.5), P)
    assert "drag the corners" in lost.notes[0]
    plain = canonical_view(image, frame_corners(), P)
    assert np.array_equal(lost.view, plain)
    assert not transfer(image, blocks()).notes
    assert usable_corners(np.full((16, 2), np.nan))[1]


def test_sizes_grow_as_attributes_say_and_area_beyond_them_is_shared():
    before = {"l1_l4_width": 4.0, "l1_l4_height": 14.0, "l1_l4_area": 56.0}
    assert growth(before, before, NAMES) == (1.0, 1.0)
    wider = {"l1_l4_width": 4.4, "l1_l4_height": 14.0, "l1_l4_area": 61.6}
    assert growth(before, wider, NAMES) == pytest.approx((1.1, 1.0))
    alone = growth(before, {**before, "l1_l4_area": 56 * 1.21}, NAMES)
    assert alone == pytest.approx((1.1, 1.1))
    assert growth({"age": 60.0}, {"age": 80.0}, NAMES) == (1.0, 1.0)


def test_the_law_of_brightness_finds_slopes_that_differ_between_the_sexes():
    rng = torch.Generator().manual_seed(0)
    context = torch.randn(600, 3, generator=rng, dtype=torch.float64)
    context[:, 2] = (torch.rand(600, generator=rng) < 0.5).double() - 0.5
    age, sex = context[:, 1], context[:, 2]
    grey = -0.7 - 0.05 * age * (sex < 0) + 0.1 * sex + 0.02 * torch.randn(600, generator=rng)
    law = grey_law(context, grey, (2,))
    for sex_value, slope in ((-0.5, -0.05), (0.5, 0.0)):
        ends = torch.tensor([[0.0, 0.0, sex_value], [0.0, 1.0, sex_value]])
        assert float(law(ends).diff()) == pytest.approx(slope, abs=0.005)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_chvae(WEIGHTS["write_weights"](tmp_path_factory.mktemp("weights")))


def test_a_person_whose_corners_were_set_by_hand_is_seen_by_them(model):
    image = drawn(blocks(), noise=5)
    person = model.abduct(image, PERSON, outline=blocks())
    assert np.array_equal(person.view, canonical_view(image, shares_of(blocks(), image), len(person.view)))
    null = person.do().predict()
    assert np.array_equal(null.image, image.array)
    assert not null.notes
    assert person.identity(null) == pytest.approx(1, abs=1e-5)


def test_sizes_change_as_asked_whatever_the_network_thinks(model):
    image = drawn(blocks())
    person = model.abduct(image, PERSON, outline=blocks())
    wider = person.do(l1_l4_width=1.1 * PERSON["l1_l4_width"])
    row = round(blocks()[1, :, 1].mean())
    bright = [(each[row, :-MARGIN] > 30 + GREY / 2).sum() for each in (image.array, wider.predict().image)]
    sizes = growth(PERSON, person.attributes_under(wider.values), NAMES)
    assert sizes[0] == pytest.approx(1.1, abs=0.02)
    assert bright[1] / bright[0] == pytest.approx(sizes[0], abs=0.025)


def test_samples_in_the_spine_s_frame_give_an_uncertainty_on_the_image(model):
    person = model.abduct(drawn(blocks()), PERSON, outline=blocks(), samples=4, seed=1)
    spread = person.do(age=80.0).predict().uncertainty
    assert spread.shape == (ROWS, COLUMNS)
    assert spread[100:280, 130:210].mean() > 0
    assert not spread[:, -MARGIN:].any()


def test_a_picture_obeys_the_law_and_a_card_s_law_is_read_back():
    law = GreyLaw(torch.tensor([0.0, -0.3, 0.0], dtype=torch.float64), (0,))
    first, other = torch.full((1, 1, P, P), 0.4), torch.rand(1, 1, P, P)
    before, after = torch.tensor([[0.2]]), torch.tensor([[1.2]])
    made = law.obeyed(other, after, first, before)
    assert float(log_body_grey(made) - log_body_grey(first)) == pytest.approx(-0.3, abs=1e-3)
    assert torch.equal(law.obeyed(first, before, first, before), first)
    again = law_of(json.loads(json.dumps(law.to_json())), 1)
    assert torch.equal(again(after), law(after))
    assert law_of(None, 1) is None
    with pytest.raises(ModelError, match="law of brightness"):
        law_of(law.to_json(), 2)


def test_nothing_changes_outside_the_crop_and_corners_are_those_of_the_whole_image(model):
    whole = drawn(blocks(), noise=5)
    part = whole.with_crop((40, 360, 30, 330))
    older = model.abduct(part, PERSON, outline=blocks()).do(l1_l4_height=0.95 * PERSON["l1_l4_height"]).predict()
    inside = np.zeros(whole.array.shape, bool)
    inside[40:360, 30:330] = True
    assert not older.difference[~inside].any()
    assert older.difference[inside].any()
    views = [canonical_view(each, shares_of(blocks(), each), P) for each in (whole, part)]
    middle = np.s_[15:80, 25:70]
    assert np.abs(views[0] - views[1])[middle].mean() < 0.01
