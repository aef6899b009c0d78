"""The worker's spine tasks: reading, abduction, counterfactuals and sweeps, on untrained weights."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from bonedensity.errors import AnatomyError, ModelError, UnreadableFileError
from bonedensity.generators.chvae.reading.orientation import Orientation
from bonedensity.jobs.exchange import Exchange
from bonedensity.jobs.tasks.context import Cache, TaskContext
from bonedensity.jobs.tasks.parameters import ParameterError
from bonedensity.jobs.tasks.registry import run_task

pytestmark = pytest.mark.usefixtures("one_thread")

SPINE = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("spine_sessions.py"))))
DRAWN, PERSON, weights = SPINE.DRAWN, SPINE.PERSON, SPINE.weights


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    return TaskContext(Exchange(tmp_path_factory.mktemp("exchange")), lambda *_: None, lambda: False, Cache())


@pytest.fixture(scope="module")
def drawing():
    """A drawn spine that widens downwards, as spines do."""
    greys = DRAWN["draw_spine"](PERSON, 1)
    rows = []
    for place, row in enumerate(greys):
        grown = 1 + 0.25 * (place / len(greys) - 0.5)
        at = (np.arange(len(row)) - len(row) / 2) / grown + len(row) / 2
        rows.append(np.interp(at, np.arange(len(row)), row))
    return np.rint(rows).astype(np.uint8)


@pytest.fixture
def request_of(context, weights, drawing):
    reference = context.exchange.put(drawing.astype(np.float32))
    return {
        "model": str(weights), "image": reference, "crop": [0, *drawing.shape[:1], 0, *drawing.shape[1:]],
        "pixel_mm": [1.25, 1.25], "attributes": PERSON, "samples": 1, "seed": 0,
    }  # fmt: skip


def read(context, folder, greys):
    Image.fromarray(greys).save(folder / "dxa.png")
    return run_task("spine_read", {"path": str(folder / "dxa.png")}, context)


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_turned_or_inverted_export_is_set_upright_by_the_proposal(context, tmp_path, drawing, turns, inverted):
    wrong = Orientation(-turns % 4, False, False).apply(drawing.astype(np.float32))
    wrong = 255 - wrong if inverted else wrong
    told = read(context, tmp_path, wrong.astype(np.uint8))["proposal"]
    assert told["orientation"] == {"quarter_turns": turns, "mirrored": False, "inverted": inverted}
    assert len(told["reasons"]) == (turns > 0) + inverted
    upright = Orientation.of(told["orientation"]).apply(wrong)
    assert np.array_equal(upright, drawing)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("mirrored", [False, True])
def test_pixels_and_points_go_there_and_back(turns, mirrored):
    image = np.arange(12.0, dtype=np.float32).reshape(3, 4)
    orientation = Orientation(turns, mirrored)
    turned = orientation.apply(image)
    assert np.array_equal(orientation.undo(turned), image)
    points = np.array([[0.0, 0.0], [3.0, 0.0], [2.0, 2.0]])
    there = orientation.apply_points(points, image.shape)
    assert [turned[int(r), int(c)] for c, r in there] == [image[int(r), int(c)] for c, r in points]
    assert np.array_equal(orientation.undo_points(there, image.shape), points)


def test_empty_edges_are_proposed_to_be_cropped(context, tmp_path, drawing):
    framed = np.pad(drawing, ((20, 12), (30, 40)))
    told = read(context, tmp_path, framed)["proposal"]
    assert told["crop"] == [20, 20 + drawing.shape[0], 30, 30 + drawing.shape[1]]
    assert told["reasons"] == ["The edges show nothing: the image should be cropped."]


def test_what_shows_no_spine_is_refused_in_one_sentence(context, tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (200, 180)).astype(np.uint8)
    with pytest.raises(AnatomyError, match="shows no spine"):
        read(context, tmp_path, noise)


def test_a_row_of_a_table_fills_what_it_says_and_names_what_is_missing(context, tmp_path):
    table = tmp_path / "people.csv"
    table.write_text("identifier,sex,age,height\na,male,60,170\nb,female,,160\n")
    told = run_task("spine_metadata", {"path": str(table), "row": 2}, context)
    assert told["attributes"] == {"sex": 0.0, "standing_height": 160.0}
    assert told["rows"] == 2
    assert any("age" in sentence for sentence in told["missing"])
    with pytest.raises(UnreadableFileError, match="give a row from 1 to 2"):
        run_task("spine_metadata", {"path": str(table), "row": 3}, context)
    table.write_text("a,b\n1,2\n")
    with pytest.raises(UnreadableFileError, match="says nothing of the person"):
        run_task("spine_metadata", {"path": str(table)}, context)


def test_without_shipped_weights_one_sentence_says_so(context, monkeypatch, tmp_path):
    monkeypatch.setattr("bonedensity.learning.weights.SHIPPED", tmp_path / "nothing")
    with pytest.raises(ModelError, match=r"^No weights of the model “chvae” come with this version.*\.$"):
        run_task("spine_model", {}, context)


def test_shipped_weights_are_taken_as_soon_as_they_appear(context, monkeypatch, tmp_path):
    monkeypatch.setattr("bonedensity.learning.weights.SHIPPED", tmp_path)
    SPINE.write_weights(tmp_path / "chvae", seed=1)
    told = run_task("spine_model", {}, context)
    low, high = told["support"]["age"]
    assert 30 < low < high < 100


def test_abduction_tells_effects_with_the_published_signs_and_a_band_around_the_path(context, request_of):
    told = run_task("spine_abduct", {"person": request_of}, context)
    effects = {(cause, effect): value for cause, effect, value in told["effects"]}
    assert effects["sex", "standing_height"] == pytest.approx(1.44, abs=0.15)
    assert effects["age", "l1_l4_width"] == pytest.approx(0.21, abs=0.06)
    assert effects["age", "l1_l4_height"] == pytest.approx(-0.15, abs=0.06)
    band = np.array(told["band"]["band"]["l1_l4_width"])
    assert (band[:, 0] < band[:, 1]).all()
    assert (band[:, 1] < band[:, 2]).all()
    assert band[-1, 1] > band[0, 1]
    assert np.shape(told["corners"]) == (4, 4, 2)


def test_no_intervention_changes_nothing_and_an_intervention_moves_what_is_downstream(context, request_of):
    null = run_task("spine_answer", {"person": request_of, "do": {}}, context)
    assert not context.exchange.get(null["difference"], np.ndarray).any()
    older = run_task("spine_answer", {"person": request_of, "do": {"age": 75.0}, "full": True}, context)
    change = context.exchange.get(older["difference"], np.ndarray)
    assert change.shape == (156, 143)
    assert change.any()
    moved = {name for name, value in older["attributes"].items() if abs(value - PERSON[name]) > 1e-9 * value}
    assert moved == {"age", "l1_l4_width", "l1_l4_height", "l1_l4_area"}
    rows = {row["name"]: row for row in older["rows"]}
    width = rows["Width, L1–L4"]
    assert width["counterfactual"] == pytest.approx(older["attributes"]["l1_l4_width"])
    assert width["low"] < width["high"]
    assert older["density"] is None or len(older["density"]) == 2
    assert -1 <= older["identity"] <= 1


def test_a_sweep_has_a_frame_a_value_and_stops_when_asked(context, request_of):
    heard = []
    told = run_task(
        "spine_sweep",
        {"person": request_of, "name": "age", "values": [50, 60, 70], "also": {"weight": 80.0}},
        TaskContext(context.exchange, lambda f, m, d=None: heard.append(m), lambda: False, context.cache),
    )
    assert [frame["value"] for frame in told["frames"]] == [50, 60, 70]
    assert all(frame["attributes"]["weight"] == 80.0 for frame in told["frames"])
    assert heard == ["Age 50", "Age 60", "Age 70"]
    with pytest.raises(Exception, match="ancel"):
        run_task(
            "spine_sweep",
            {"person": request_of, "name": "age", "values": [50, 60]},
            TaskContext(context.exchange, lambda *_: None, lambda: True, context.cache),
        )


def test_corners_that_a_person_dragged_move_along_with_the_counterfactual(context, request_of):
    outline = np.array(run_task("spine_abduct", {"person": request_of}, context)["corners"])
    asked = {"person": request_of, "do": {"age": 75.0}, "full": True}
    own = np.array(run_task("spine_answer", asked, context)["outline"])
    dragged = np.array(run_task("spine_answer", {**asked, "outline": (outline + 3).tolist()}, context)["outline"])
    assert np.allclose(dragged, own + 3)
    with pytest.raises(ParameterError, match="four corners of four vertebrae"):
        run_task("spine_answer", {**asked, "outline": [[1, 2]]}, context)


def test_brightness_within_the_outlines_is_read_as_density_and_darkens_with_the_image():
    from bonedensity.generators.chvae.counterfactual.judgement import brightness

    outline = np.array([[[10, r], [40, r], [40, r + 12], [10, r + 12]] for r in (5, 20, 35, 50)], dtype=float)
    greys = np.zeros((70, 50))
    greys[:, 10:41] = 130
    assert brightness(greys, outline) == pytest.approx(1.0)
    assert brightness(0.5 * greys, outline) == pytest.approx(0.5)
    assert brightness(greys, outline[:, ::-1]) == pytest.approx(1.0)  # either way round
    assert brightness(greys, outline + 1000) is None


def test_samples_give_an_uncertainty_and_leave_the_picture_as_it_is(context, request_of):
    asked = {"person": request_of, "do": {"age": 75.0}, "full": True}
    one, several = (run_task("spine_answer", {**asked, "samples": count}, context) for count in (1, 4))
    pictures = [context.exchange.get(told["difference"], np.ndarray) for told in (one, several)]
    assert np.array_equal(*pictures)
    assert one["uncertainty"] is None
    assert context.exchange.get(several["uncertainty"], np.ndarray).max() > 0
