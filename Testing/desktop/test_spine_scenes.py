"""The SpineDXAGen window in scenes that others changed: nodes without image, edited notes, foreign nodes, reloads."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import qt
import slicer
import spine_window
import vtk
from spine_window import (
    PERSON,
    TIMEOUT,
    block_ct,
    greys,
    idle,
    page,
    rest,
    settled,
    share_worker,
    tab,
    type_person,
    write_drawing,
)
from standins.harness import load_module, unload_module, wait_until

weights, person = spine_window.weights, spine_window.person

MODULE = Path(__file__).resolve().parents[2] / "SpineDXAGen" / "SpineDXAGen.py"


@pytest.fixture
def held(slicer_app, slot_errors, weights, monkeypatch, tmp_path):
    """The window, which can be another one after a reload."""
    share_worker(monkeypatch)
    monkeypatch.setattr("bonedensity.learning.weights.SHIPPED", tmp_path / "shipped")
    held = SimpleNamespace(widget=load_module(MODULE))
    tab(held.widget).session.choose_model(str(weights))
    yield held
    unload_module(held.widget)


@pytest.fixture
def widget(held):
    return held.widget


def reloaded(held):
    unload_module(held.widget)
    held.widget = load_module(MODULE)
    return held.widget


def rested(widget):
    """Until all is read off anew: corners that move leave the answer whole meanwhile."""
    wait_until(lambda: tab(widget).session._settled and settled(widget), TIMEOUT)


def image_taken_from(node):
    node.SetAndObserveImageData(None)


def note_broken_at(node):
    node.SetAttribute("BoneDensity.Dxa", "{")


def note_of_another_kind(node):
    node.SetAttribute("BoneDensity.Dxa", json.dumps({"pixel_mm": "wide", "attributes": 3}))


@pytest.mark.parametrize("spoil", [image_taken_from, note_broken_at, note_of_another_kind])
def test_a_reloaded_window_says_that_its_dxa_is_spoiled_and_works_on(held, widget, tmp_path, spoil):
    from bonedensity.scene.attributes import put_fact
    from bonedensity.scene.dxa_images import dxa_to_node

    node = dxa_to_node(slicer.mrmlScene, np.zeros((40, 30), np.float32), (1.0, 1.0), "given")
    put_fact(node, "Dxa", {"pixel_mm": [1, 1], "spacing_source": "", "name": "given", "notes": [], "seed": None})
    page(widget).dxaSelector.setCurrentNode(node)
    assert tab(widget).session.state.dxa.name == "given"
    spoil(node)
    again = reloaded(held)
    assert "given" in page(again).loadMessageLabel.text
    assert tab(again).session.state.dxa is None
    tab(again).session.load_dxa(write_drawing(tmp_path))
    wait_until(lambda: idle(again) and tab(again).session.state.dxa is not None, TIMEOUT)


@pytest.mark.parametrize(
    "kept",
    ["", "{not json", "[]", "3", '{"view": 5, "attributes": [], "do": {"age": "old"}, "marked": 1, "folder": 7}',
     '{"view": {"orientation": {}, "crop": [1, 2]}, "do": {"age": 1e9}, "attributes": {"age": null}}',
     '{"folder": "//elsewhere/weights"}'],
)  # fmt: skip
def test_a_window_opens_whatever_is_written_where_a_saved_scene_keeps_its_notes(held, widget, kept):
    slicer.util.addVolumeFromArray(np.zeros((1, 40, 30), np.float32), name="given")
    widget._parameterNode.dxa = slicer.util.getNode("given")
    widget._parameterNode.kept = kept
    again = reloaded(held)
    state = tab(again).session.state
    assert state.dxa is not None
    assert (state.do, state.attributes, state.folder) == ({}, {}, "")


def test_what_was_kept_and_lost_its_image_or_note_stays_in_the_scene_and_the_rest_is_compared(held, person):
    scene = slicer.mrmlScene
    for age in (70.0, 75.0, 80.0):
        tab(person).what_if.rows.sliders["age"].value = age
        rest(person)
        page(person).keepButton.click()
    nodes = [node for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if ": Age" in node.GetName()]
    nodes[0].SetAndObserveImageData(None)
    nodes[1].SetAttribute("BoneDensity.Kept", '{"person": []}')
    again = reloaded(held)
    assert [kept.title for kept in tab(again).session.state.kept] == ["Age = 80 years"]
    page(again).clearKeptButton.click()
    assert [bool(scene.IsNodePresent(node)) for node in nodes] == [True, True, False]


def test_nodes_of_others_are_never_written_over(person):
    parameters, scene = person._parameterNode, slicer.mrmlScene
    own = {name: getattr(parameters, name) for name in ("result", "corners", "outlineModel", "table")}
    points = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "points")
    for place in range(16):
        points.AddControlPoint([place, 0, 0])
    model, table = (scene.AddNewNodeByClass(kind, "theirs") for kind in ("vtkMRMLModelNode", "vtkMRMLTableNode"))
    table.AddColumn(vtk.vtkDoubleArray())
    picture = slicer.util.addVolumeFromArray(np.zeros((1, 4, 5), np.float32), name="theirs")
    parameters.result, parameters.corners, parameters.outlineModel, parameters.table = picture, points, model, table
    tab(person).session.set_pixel_mm(1.0)  # all is found and answered anew
    rest(person)
    tab(person).session.move_corners(tab(person).session.state.outline + 1.0)
    tab(person).session.restore_corners()
    rested(person)
    assert greys(picture).shape == (4, 5)
    assert points.GetNthControlPointPosition(15) == (15.0, 0.0, 0.0)
    assert model.GetPolyData() is None
    assert table.GetNumberOfColumns() == 1
    assert not any(getattr(parameters, name) in (picture, points, model, table) for name in own)
    assert np.array_equal(greys(parameters.result), tab(person).session.state.image())


def test_another_dxa_that_comes_before_a_saved_scene_is_taken_up_gets_nothing_of_it(person, tmp_path):
    ui, session = page(person), tab(person).session
    ui.fromBox.value, ui.toBox.value, ui.framesBox.value = 50.0, 80.0, 3
    ui.sweepButton.click()
    wait_until(lambda: session.state.sweep is not None and idle(person), TIMEOUT)
    tab(person).what_if.rows.sliders["age"].value = 77.0
    rest(person)
    slicer.util.saveScene(str(tmp_path / "case.mrb"))
    slicer.mrmlScene.Clear(False)
    slicer.util.loadScene(str(tmp_path / "case.mrb"))
    session.cancel()
    wait_until(lambda: idle(person), TIMEOUT)
    assert session.state.abduction is None
    session.load_dxa(write_drawing(tmp_path, 2))
    wait_until(lambda: session.state.dxa is not None and session.state.dxa.name == "dxa2", TIMEOUT)
    type_person(person)
    rest(person)
    assert session.state.attributes == PERSON
    assert (session.state.do, session.state.sweep) == ({}, None)


def test_layers_and_corners_stand_where_the_dxa_was_moved_to(person):
    scene, parameters = slicer.mrmlScene, person._parameterNode
    moved = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    parameters.dxa.SetAndObserveTransformNodeID(moved.GetID())
    tab(person).what_if.rows.sliders["age"].value = 72.0
    rest(person)
    tab(person).session.move_corners(tab(person).session.state.outline + 1.0)
    tab(person).session.restore_corners()
    rested(person)
    for node in (parameters.result, parameters.corners, parameters.outlineModel):
        assert node.GetTransformNodeID() == moved.GetID()


def test_the_ct_shows_one_counterfactual_at_a_time_and_says_which(person):
    session, ui = tab(person).session, page(person)
    session.use_ct(*block_ct())
    for age in (70.0, 85.0):
        tab(person).what_if.rows.sliders["age"].value = age
        rest(person)
        before = session.state.volume
        ui.volumeButton.click()
        wait_until(lambda: session.state.volume is not before and idle(person), TIMEOUT)  # noqa: B023
    models = [node for node in slicer.util.getNodesByClass("vtkMRMLModelNode") if "Age = " in node.GetName()]
    seen = {node.GetName() for node in models if node.GetDisplayNode().GetVisibility()}
    assert len(models) == 8
    assert len(seen) == 4
    assert all("Age = 85 years" in name for name in seen)
    assert ui.ctHintLabel.text.endswith("In the CT: Age = 85 years.")
    tab(person).what_if.rows.sliders["age"].value = 60.0
    rest(person)
    assert "The sliders have moved since" in ui.ctHintLabel.text


def test_a_sweep_leaves_one_volume_in_the_scene_and_the_next_one_takes_its_place(person):
    session, ui = tab(person).session, page(person)
    before = len(slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode"))
    for count in (3, 4):
        ui.fromBox.value, ui.toBox.value, ui.framesBox.value = 50.0, 80.0, count
        ui.sweepButton.click()
        wait_until(lambda: session.state.sweep is not None and len(session.state.sweep.frames) == count, TIMEOUT)  # noqa: B023
        assert len(slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")) == before + 1


def test_an_abduction_that_was_interrupted_begins_again_by_itself(person):
    """Another pixel size, given while the abduction of the last one still runs."""
    session = tab(person).session
    session.set_pixel_mm(1.1)
    assert session.desk.title == "the abduction"
    session.set_pixel_mm(1.2)
    rest(person)
    assert session.state.abduction is not None
    assert session.state.dxa.pixel_mm == (1.2, 1.2)


def test_dragged_corners_are_those_that_the_next_counterfactual_is_made_with(person, weights):
    from bonedensity.generators.chvae.counterfactual.engine import Abducted
    from bonedensity.generators.chvae.reading.dxa_image import DxaImage
    from bonedensity.generators.chvae.storage import load_chvae

    tab(person).what_if.rows.sliders["l1_l4_width"].value = 5.0
    rest(person)
    state, corners = tab(person).session.state, person._parameterNode.corners
    unmoved, spacing = state.answer.difference, person._parameterNode.dxa.GetSpacing()
    for place in range(16):  # onto the drawn vertebrae
        level, corner = divmod(place, 4)
        column, row = (94, 49)[corner in (1, 2)], 36 + 21 * level + (0, 17)[corner > 1]
        x, y, z = corners.GetNthControlPointPosition(place)
        found = state.outline[level, corner]
        shift = (column - found[0]) * spacing[0], (row - found[1]) * spacing[1]
        corners.SetNthControlPointPosition(place, x - shift[0], y, z - shift[1])
    rested(person)
    assert state.marked
    assert state.outline[2, 1].tolist() == pytest.approx([49, 78], abs=0.01)
    image = DxaImage(state.dxa.array, state.view.crop, state.dxa.pixel_mm)
    truth = Abducted(load_chvae(weights), image, PERSON, outline=state.outline).predict(dict(state.do))
    assert np.allclose(state.answer.difference, truth.difference, atol=1e-2)
    assert not np.allclose(state.answer.difference, unmoved, atol=1.0)
    assert not any("not found in order" in note for note in state.answer.notes)
    tab(person).session.restore_corners()
    rested(person)
    assert np.allclose(state.answer.difference, unmoved, atol=1e-3)


def test_what_was_observed_is_marked_at_every_attribute(person):
    from SpineDXAGenLib.slider_rows import MARK

    from bonedensity.workflows.spine.model import graph_for

    rows = tab(person).what_if.rows
    assert [rows.sliders["sex"].itemText(place) for place in (0, 1)] == ["female (observed)", "male"]
    green = qt.QColor(MARK).name()
    for name in ("age", "standing_height", "weight", "l1_l4_width", "l1_l4_height", "l1_l4_area"):
        node = graph_for(tab(person).session.state.model).node(name)
        picture = rows.marks[name][1].pixmap.toImage()
        found = [x for x in range(picture.width()) if picture.pixelColor(x, 0).name() == green]
        share = (PERSON[name] - node.low) / (node.high - node.low)
        assert np.mean(found) / (picture.width() - 1) == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize("pixel_mm", [(1.25, 1.25), (0.5, 1.0), (1.0, 0.4)])
def test_pictures_have_the_shape_of_what_they_show_though_pixels_are_not_square(person, pixel_mm):
    session = tab(person).session
    dxa = session.state.dxa
    session.use_dxa(replace(dxa, pixel_mm=pixel_mm), attributes=PERSON)
    rest(person)
    rows, columns = dxa.array.shape
    for name in ("factualPicture", "counterfactualPicture", "differencePicture"):
        picture = getattr(page(person), name).pixmap
        assert picture.height() / picture.width() == pytest.approx(
            rows * pixel_mm[0] / (columns * pixel_mm[1]), rel=0.02
        )
