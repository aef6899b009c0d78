"""A spine session saved and gone on with, and a CT of one's own with its bones, with the real worker."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import SimpleITK

from bonedensity.errors import BoneDensityError, UnreadableFileError
from bonedensity.imaging import LabelMap
from bonedensity.imaging.sitk_bridge import to_sitk

pytest.importorskip("torch", reason="the counterfactual needs PyTorch")

SPINE = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("spine_sessions.py"))))
DRAWN, PERSON, weights, client, rest = SPINE.DRAWN, SPINE.PERSON, SPINE.weights, SPINE.client, SPINE.rest


@pytest.fixture
def session(client, weights):
    """A drawn person, abducted."""
    session = SPINE.listening(client)
    session.choose_model(str(weights))
    session.use_dxa(SPINE.dxa_of(), attributes=PERSON)
    rest(session)
    return session


def test_a_saved_session_is_gone_on_with_where_it_was_left(session, client, tmp_path):
    session.set_do("age", 75.0)
    session.move_corners(session.state.outline + 2.0)
    rest(session)
    session.sweep("weight", [60.0, 80.0])
    rest(session)
    session.keep("Age = 75 years")
    before, found = session.state, session.state.found.copy()
    session.save(tmp_path / "saved.zip")

    other = SPINE.listening(client)
    other.open_saved(tmp_path / "saved.zip")
    state = rest(other, lambda state: state.sweep is not None)
    assert other.said == []
    assert other.noticed == []
    assert state.do == {"age": 75.0}
    assert state.attributes == PERSON
    assert np.array_equal(state.answer.difference, before.answer.difference)
    assert np.allclose(state.answer.outline, before.answer.outline)
    assert state.answer.rows == before.answer.rows
    assert (state.sweep.name, state.sweep.values, dict(state.sweep.also)) == ("weight", (60.0, 80.0), {"age": 75.0})
    for frame, known in zip(state.sweep.frames, before.sweep.frames, strict=True):
        assert np.array_equal(frame.difference, known.difference)
    assert [each.title for each in state.kept] == ["Age = 75 years"]
    assert state.marked
    other.restore_corners()
    assert np.allclose(other.state.outline, found)
    assert not other.state.marked


def test_another_session_takes_the_place_of_all_that_was_there_and_a_bad_file_of_nothing(session, tmp_path):
    session.save(tmp_path / "bare.zip")
    session.set_do("age", 75.0)
    session.keep("a")
    session.use_ct(*DRAWN["block_ct"]())
    (tmp_path / "bad.zip").write_bytes(b"no session")
    dxa = session.state.dxa
    with pytest.raises(UnreadableFileError, match=r"bad\.zip"):
        session.open_saved(tmp_path / "bad.zip")
    assert session.state.dxa is dxa
    session.open_saved(tmp_path / "bare.zip")
    state = rest(session)
    assert (state.do, state.kept, state.ct, state.sweep, state.answer.do) == ({}, [], None, None, {})


def test_weights_that_are_gone_are_said_and_others_are_named_as_such(session, weights, tmp_path, client):
    session.save(tmp_path / "saved.zip")
    saved = (tmp_path / "saved.zip").read_bytes()
    gone = SPINE.listening(client)
    path = tmp_path / "gone.zip"
    session.state.folder = str(tmp_path / "nowhere")
    session.save(path)
    gone.open_saved(path)
    assert gone.state.dxa is not None
    assert "nowhere" in gone.what_is_missing("abduct")
    SPINE.write_weights(tmp_path / "larger", size="tiny", seed=3)
    card = tmp_path / "larger" / "card.json"
    card.write_text(card.read_text().replace('"revision": ""', '"revision": "abc"'))
    session.state.folder = str(tmp_path / "larger")
    session.save(path)
    assert path.read_bytes() != saved
    gone.open_saved(path)
    assert any("other weights" in sentence for sentence in gone.noticed)


def test_found_corners_come_back_and_there_is_nothing_to_bring_back_before_any_was_moved(session):
    found = session.state.outline.copy()
    session.restore_corners()
    assert session.state.outline is session.state.found
    session.move_corners(found + 5)
    assert session.state.marked
    session.restore_corners()
    state = rest(session)
    assert np.array_equal(state.outline, found)


def written(labels, ct, folder):
    SimpleITK.WriteImage(to_sitk(ct), str(folder / "ct.nii.gz"))
    SimpleITK.WriteImage(to_sitk(labels.volume), str(folder / "bones.nii.gz"))
    return folder / "ct.nii.gz", folder / "bones.nii.gz"


def totalsegmentator(labels):
    """The labels under the values of TotalSegmentator."""
    from bonedensity.anatomy.labels import BY_NAME

    table = np.zeros(int(labels.volume.array.max()) + 1, np.uint8)
    for value, name in labels.names.items():
        table[value] = BY_NAME[name].value
    return LabelMap(labels.volume.with_array(table[labels.volume.array]), {})


def test_a_ct_of_ones_own_is_read_with_its_bones_and_carries_the_change(session, tmp_path):
    ct, labels = DRAWN["block_ct"]()
    ct_file, label_file = written(totalsegmentator(labels), ct, tmp_path)
    session.set_do("l1_l4_height", 12.0)
    rest(session)
    assert session.what_is_missing("ct labels") == "Load the person's CT first."
    session.load_ct(ct_file)
    session.wait(30)
    assert np.array_equal(session.state.ct.array, ct.array)
    assert session.what_is_missing("volume")
    session.load_ct_labels(label_file)
    session.wait(30)
    session.show_volume()
    session.wait(30)
    own = session.state.volume
    session.use_ct(ct, labels)
    session.show_volume()
    session.wait(30)
    assert np.allclose(own["counterfactual"], session.state.volume["counterfactual"], atol=1e-4)
    assert own["counterfactual"].any()
    assert not np.allclose(own["counterfactual"], own["factual"], atol=0.01)


def test_bad_files_of_ct_and_bones_are_said_in_one_sentence_and_change_nothing(session, tmp_path):
    ct, labels = DRAWN["block_ct"]()
    (tmp_path / "ct.nii.gz").write_bytes(b"no image")
    session.load_ct(tmp_path / "ct.nii.gz")
    with pytest.raises(BoneDensityError, match=r"ct\.nii\.gz"):
        session.wait(30)
    assert session.state.ct is None
    whole = totalsegmentator(labels)
    three = np.where(labels.volume.array == 3, 0, whole.volume.array)
    ct_file, label_file = written(LabelMap(whole.volume.with_array(three), {}), ct, tmp_path)
    session.load_ct(ct_file)
    session.wait(30)
    held = session.state.ct
    session.load_ct_labels(label_file)
    with pytest.raises(BoneDensityError, match="lacks L2"):
        session.wait(30)
    assert session.state.ct is held
    assert session.state.labels is None
    session.load_ct_labels(tmp_path / "none.nii.gz")
    with pytest.raises(BoneDensityError, match=r"none\.nii\.gz"):
        session.wait(30)


def test_a_ct_that_is_read_for_one_person_is_not_taken_for_the_next(session, tmp_path):
    ct, labels = DRAWN["block_ct"]()
    ct_file, _ = written(labels, ct, tmp_path)
    session.load_ct(ct_file)
    session.use_dxa(SPINE.dxa_of(SPINE.drawn(2)))
    rest(session)
    assert session.state.ct is None


def test_the_counterfactuals_outline_moves_along_with_a_dragged_corner_before_the_worker_says_so(session):
    session.set_do("age", 75.0)
    rest(session)
    start, after = session.state.outline.copy(), session.state.answer.outline.copy()
    for step in range(1, 6):
        moved = start.copy()
        moved[1, 2] += (step, -2 * step)
        session.move_corners(moved)
        assert np.allclose(session.state.answer.outline - after, moved - start)
    assert session.state.answer.do == {"age": 75.0}
    rest(session)
    assert np.allclose(session.state.answer.outline - after, moved - start, atol=1e-3)
