"""A spine session as a window drives it, with the real worker and untrained weights."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from bonedensity.errors import BoneDensityError
from bonedensity.generators.chvae.reading.orientation import Orientation
from bonedensity.workflows.spine.session import SpineSession
from bonedensity.workflows.spine.state import Dxa, View

SPINE = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("spine_sessions.py"))))
PERSON, weights, client, drawn, rest = SPINE.PERSON, SPINE.weights, SPINE.client, SPINE.drawn, SPINE.rest


@pytest.fixture
def session(client, weights):
    session = SPINE.listening(client)
    session.choose_model(str(weights))
    return session


def loaded(session, array=None, **more):
    session.use_dxa(SPINE.dxa_of(array), attributes=PERSON, **more)
    session.wait(30)
    rest(session)
    return session


def test_loading_abducts_by_itself_and_shows_the_factual_first(session):
    loaded(session)
    state = session.state
    assert state.abduction is not None
    assert state.answer.do == {}
    assert not state.answer.difference.any()
    assert state.outline.shape == (4, 4, 2)
    assert state.model.support["age"][0] > 18


def test_what_is_missing_is_asked_for_and_typing_it_starts_the_abduction(session):
    known = {name: value for name, value in PERSON.items() if name != "weight"}
    session.use_dxa(Dxa(drawn()), attributes=known)
    assert session.what_is_missing("sweep") == "Give the person's weight."
    session.set_attribute("weight", 400.0)
    assert "weight = 400 kg cannot be" in session.said[-1]
    session.set_attribute("weight", 70.0)
    session.wait(30)
    assert session.state.abduction is not None


def test_only_the_latest_of_many_requests_is_answered_last(session):
    loaded(session)
    before = len(session.heard)
    for age in range(45, 80):
        session.set_do("age", float(age))
    rest(session)
    assert session.state.answer.do == {"age": 79.0}
    assert session.heard[before:].count("answer") <= 4
    assert session.state.answer.attributes["l1_l4_height"] < PERSON["l1_l4_height"]


def test_several_interventions_hold_at_once_and_can_be_taken_back(session):
    loaded(session)
    session.set_do("age", 75.0)
    session.set_do("weight", 90.0)
    rest(session)
    assert session.state.answer.attributes["weight"] == 90.0
    assert session.state.answer.attributes["age"] == 75.0
    session.set_do("age", None)
    session.set_do("weight", None)
    rest(session)
    assert session.state.answer.attributes == pytest.approx(PERSON)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("mirrored", [False, True])
def test_the_change_lies_on_the_export_as_read_however_that_was_turned(session, turns, mirrored):
    loaded(session)
    session.set_do("age", 80.0)
    rest(session)
    change, outline = session.state.answer.difference, session.state.outline
    wrong = Orientation(turns, mirrored).undo(drawn())
    mend = Orientation(turns, mirrored)
    loaded(session, wrong, view=View.whole(wrong, mend))
    session.set_do("age", 80.0)
    rest(session)
    assert np.allclose(session.state.answer.difference, mend.undo(change), atol=1e-3)
    assert np.allclose(session.state.outline, mend.undo_points(outline, wrong.shape), atol=1e-3)


def test_where_bone_is_dark_brighter_means_darker(session):
    loaded(session)
    session.set_do("age", 80.0)
    rest(session)
    change = session.state.answer.difference
    dark = 255 - drawn()
    loaded(session, dark, view=View.whole(dark, Orientation(inverted=True)))
    session.set_do("age", 80.0)
    rest(session)
    assert np.allclose(session.state.answer.difference, -change, atol=1e-3)


def test_outside_the_crop_nothing_changes(session):
    framed = np.pad(drawn(), 30)
    loaded(session, framed, view=View(Orientation(), (30, 186, 30, 173)))
    session.set_do("age", 80.0)
    rest(session)
    outside = np.ones(framed.shape, bool)
    outside[30:186, 30:173] = False
    assert session.state.answer.difference[~outside].any()
    assert not session.state.answer.difference[outside].any()
    session.set_view(View(Orientation(), (0, 20, 0, 20)))
    assert "crop" in session.said[-1]
    assert session.state.abduction is not None


def test_a_sweep_is_sorted_and_finds_its_nearest_frame(session):
    loaded(session)
    session.set_do("weight", 85.0)
    session.sweep("age", [70, 50, 60])
    session.wait(30)
    sweep = session.state.sweep
    assert sweep.values == (50, 60, 70)
    assert sweep.nearest(63.0) == 1
    assert sweep.also == {"weight": 85.0}
    assert all(frame.attributes["weight"] == 85.0 for frame in sweep.frames)


def test_a_sweep_cancelled_in_the_middle_changes_nothing(session):
    loaded(session)
    session.sweep("age", list(np.linspace(40, 90, 400)))
    heard = []
    session.desk.progressed.connect(lambda fraction, message: heard.append(message))
    while "Age" not in "".join(heard):
        session.desk.worker.poll()
    session.cancel()
    with pytest.raises(BoneDensityError, match="ancel"):
        session.wait(30)
    assert session.state.sweep is None
    session.set_do("age", 70.0)
    rest(session)
    assert session.state.answer.do == {"age": 70.0}


def test_another_person_in_the_middle_of_everything_leaves_nothing_of_the_first(session):
    loaded(session)
    session.set_do("age", 80.0)
    session.sweep("age", list(np.linspace(40, 90, 100)))
    session.use_dxa(Dxa(drawn(2)), attributes=PERSON)
    rest(session)
    state = session.state
    assert (state.do, state.sweep, state.answer.do) == ({}, None, {})
    assert np.array_equal(state.image(), drawn(2))


def test_files_say_synthetic_and_the_sheet_is_one_page(session, tmp_path):
    loaded(session)
    session.set_do("age", 80.0)
    session.sweep("age", [50, 70])
    session.wait(30)
    session.export(tmp_path / "out")
    session.wait(60)
    names = {Path(path).name for path in session.written}
    assert {"counterfactual.png", "counterfactual_synthetic.nrrd", "sweep_age.gif", "table.csv", "sheet.pdf"} <= names
    sheet = (tmp_path / "out" / "sheet.pdf").read_bytes()
    assert len(re.findall(rb"/Type /Page\b", sheet)) == 1
    assert b"synthetic, research use" in sheet
    session.export("/proc/nowhere")
    with pytest.raises(BoneDensityError, match="cannot be made"):
        session.wait(30)


def test_a_file_is_read_with_its_proposal_and_a_bad_one_refused(session, tmp_path):
    Image.fromarray(np.pad(drawn().astype(np.uint8), ((30, 30), (25, 25)))).save(tmp_path / "dxa.png")
    session.load_dxa(tmp_path / "dxa.png")
    session.wait(30)
    assert session.state.proposal.crop == (30, 186, 25, 168)
    session.accept_proposal()
    assert session.state.view.crop == (30, 186, 25, 168)
    assert session.state.proposal is None
    (tmp_path / "bad.dcm").write_bytes(b"no image")
    session.load_dxa(tmp_path / "bad.dcm")
    with pytest.raises(BoneDensityError, match=r"bad\.dcm"):
        session.wait(30)
    assert session.state.dxa.name == "dxa"


def test_without_weights_one_sentence_says_so_and_weights_that_appear_work_at_once(client, monkeypatch, tmp_path):
    monkeypatch.setattr("bonedensity.learning.weights.SHIPPED", tmp_path)
    session = SpineSession(client)
    session.choose_model()
    assert session.state.model is None
    assert session.what_is_missing("abduct").startswith("No weights of the model “chvae” come with this version")
    session.use_dxa(Dxa(drawn()), attributes=PERSON)
    SPINE.write_weights(tmp_path / "chvae")
    session.choose_model()
    assert session.state.model is not None
    assert session.desk.title == "loading the model"
    session.cancel()
    session.choose_model(str(tmp_path / "nowhere"))
    assert "cannot be read" in session.state.problem
