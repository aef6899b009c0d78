"""The worker abducts a person with the corners that a user dragged, on untrained weights."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

from bonedensity.jobs.exchange import Exchange
from bonedensity.jobs.tasks.context import Cache, TaskContext
from bonedensity.jobs.tasks.parameters import ParameterError
from bonedensity.jobs.tasks.registry import run_task

pytestmark = pytest.mark.usefixtures("one_thread")

HERE = Path(__file__).parent
DRAWN = runpy.run_path(str(HERE / "chvae_drawings.py"))
write_weights = runpy.run_path(str(HERE / "chvae_weights.py"))["write_weights"]
PERSON = {
    "sex": 0.0, "age": 60.0, "standing_height": 165.0, "weight": 70.0,
    "l1_l4_width": 4.3, "l1_l4_height": 13.7, "l1_l4_area": 58.0,
}  # fmt: skip
WIDER = {"l1_l4_width": 1.2 * 4.3, "l1_l4_area": 1.2 * 58.0}
NOT_FOUND = "not found in order"


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    return TaskContext(Exchange(tmp_path_factory.mktemp("exchange")), lambda *_: None, lambda: False, Cache())


@pytest.fixture(scope="module")
def person(context, tmp_path_factory):
    drawing = DRAWN["draw_spine"](PERSON, 1).astype(np.float32)
    return {
        "model": str(write_weights(tmp_path_factory.mktemp("weights"))), "image": context.exchange.put(drawing),
        "crop": [0, 156, 0, 143], "pixel_mm": [1.25, 1.25], "attributes": PERSON, "samples": 1, "seed": 0,
    }  # fmt: skip


@pytest.fixture(scope="module")
def corners():
    """Of four vertebrae of the drawing, whose middle and whose heights are known."""
    drawing = DRAWN["draw_spine"](PERSON, 1)
    bright = np.flatnonzero((drawing > 60).mean(axis=0) > 0.4)
    left, right, height = bright[-1], bright[0], 10 * PERSON["l1_l4_height"] / 4 / 1.25
    top = 156 / 2 - 2 * height
    return np.array(
        [[[left, y], [right, y], [right, y + 0.84 * height], [left, y + 0.84 * height]]
         for y in (top + height * (level + 0.08) for level in range(4))],
        dtype=float,
    )  # fmt: skip


def answer(context, person, do, **more):
    told = run_task("spine_answer", {"person": person | more, "do": do}, context)
    return context.exchange.get(told["difference"], np.ndarray), told["notes"]


def test_vertebrae_grow_about_the_corners_that_were_dragged(context, person, corners):
    """Where bone grows, the image moves away from the vertebrae's own middle; beside them it stays."""
    edges = []
    for aside in (0.0, -20.0):
        put = (corners + np.array([aside, 0.0])).tolist()
        (grown, notes), (same, _) = (answer(context, person, do, outline=put) for do in (WIDER, {}))
        assert not any(NOT_FOUND in note for note in notes)
        assert not same.any()
        columns = np.arange(grown.shape[1])
        left, right = (grown[:, columns < 72], grown[:, columns > 72])
        edges.append([float(np.abs(each).sum()) for each in (left, right)])
    assert edges[0][0] == pytest.approx(edges[0][1], rel=0.2)
    assert edges[1][1] > 1.5 * edges[1][0]


def test_corners_in_no_order_are_not_taken_and_a_note_says_so(context, person, corners):
    wrong, notes = answer(context, person, WIDER, outline=corners[::-1].tolist())
    assert any(NOT_FOUND in note for note in notes)
    right, _ = answer(context, person, WIDER, outline=corners.tolist())
    assert not np.allclose(wrong, right, atol=1.0)


def test_corners_that_are_not_sixteen_points_are_refused(context, person):
    with pytest.raises(ParameterError, match="four corners of four vertebrae"):
        answer(context, person, WIDER, outline=[[1, 2]])


def test_a_sweep_and_samples_are_made_with_the_dragged_corners_too(context, person, corners):
    marked = person | {"outline": corners.tolist()}
    (frame,) = run_task("spine_sweep", {"person": marked, "name": "age", "values": [75]}, context)["frames"]
    alone, _ = answer(context, person, {"age": 75.0}, outline=corners.tolist())
    assert np.array_equal(context.exchange.get(frame["difference"], np.ndarray), alone)
    asked = {"do": {"age": 75.0}, "full": True, "samples": 3}
    spread = [
        context.exchange.get(run_task("spine_answer", {"person": each, **asked}, context)["uncertainty"], np.ndarray)
        for each in (marked, person)
    ]
    assert np.abs(spread[0] - spread[1]).max() > 0.1 * max(each.max() for each in spread)
