"""The SpineDXAGen window, button by button, on untrained weights and the real worker."""

from __future__ import annotations

import os

import numpy as np
import pytest
import qt
import slicer
import spine_window
from spine_window import (
    PERSON,
    TIMEOUT,
    greys,
    idle,
    load,
    page,
    rest,
    settled,
    sweep,
    tab,
    type_person,
    write_drawing,
)
from standins.harness import wait_until

weights, bare, widget, person = spine_window.weights, spine_window.bare, spine_window.widget, spine_window.person


def test_without_weights_the_window_says_so_in_one_sentence_and_takes_those_that_appear(bare, weights, tmp_path):
    ui = page(bare)
    assert "No weights of the model “chvae” come with this version" in ui.modelLabel.text
    assert not ui.cardButton.enabled
    assert not ui.sweepButton.enabled
    os.symlink(weights, tmp_path / "shipped")
    (tmp_path / "chvae").symlink_to(weights)
    os.unlink(tmp_path / "shipped")
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped" / "chvae").symlink_to(weights)
    bare.exit()
    bare.enter()
    assert "chvae tiny" in ui.modelLabel.text
    assert "shipped" in ui.modelLabel.text


def test_a_folder_of_ones_own_is_taken_and_a_wrong_one_named(bare, weights, file_dialogs, tmp_path):
    ui = page(bare)
    file_dialogs.answers.append(str(tmp_path))
    ui.modelButton.click()
    assert "cannot be read: a model needs its card" in ui.modelLabel.text
    file_dialogs.answers.append(str(weights))
    ui.modelButton.click()
    assert weights.name in ui.modelLabel.text
    assert ui.modelLabel.toolTip == str(weights)
    ui.shippedButton.click()
    assert "No weights" in ui.modelLabel.text


def test_the_model_card_is_one_click_away(widget):
    ui = page(widget)
    assert not ui.cardBrowser.visible
    ui.cardButton.click()
    text = ui.cardBrowser.toPlainText()
    assert "untrained, for tests" in text
    assert "no forecast for a patient" in text
    ui.cardButton.click()
    assert ui.cardBrowser.isHidden()


def test_a_file_and_a_typed_form_give_the_factual_and_nothing_is_changed(person):
    ui, state = page(person), tab(person).session.state
    node = person._parameterNode.dxa
    assert node is not None
    assert np.array_equal(greys(node), state.dxa.array)
    assert np.array_equal(greys(person._parameterNode.result), state.dxa.array)
    assert person._parameterNode.corners.GetNumberOfControlPoints() == 16
    assert ui.resultTable.rowCount >= 3
    assert not ui.warningLabel.visible or "found in order" in ui.warningLabel.text or "identity" in ui.warningLabel.text


def test_moving_a_slider_sets_an_attribute_and_moves_what_is_downstream(person):
    rows, state = tab(person).what_if.rows, tab(person).session.state
    rows.sliders["age"].value = 75.0
    rest(person)
    assert state.do == {"age": 75.0}
    assert rows.sliders["l1_l4_width"].value == pytest.approx(state.answer.attributes["l1_l4_width"], abs=0.01)
    assert rows.sliders["l1_l4_width"].value != pytest.approx(PERSON["l1_l4_width"], abs=0.005)
    assert rows.sliders["weight"].value == 70.0
    assert "75 years" in tab(person).what_if.graph.nodes["age"].text
    moved = greys(person._parameterNode.result) - greys(person._parameterNode.dxa)
    assert np.allclose(moved, state.image() - state.dxa.array)
    assert moved.any()


def test_a_node_of_the_graph_sets_and_releases_its_attribute(person):
    graph, state = tab(person).what_if.graph, tab(person).session.state
    graph.nodes["l1_l4_width"].click()
    assert state.do == {"l1_l4_width": PERSON["l1_l4_width"]}
    tab(person).what_if.rows.sliders["age"].value = 80.0
    rest(person)
    assert state.answer.attributes["l1_l4_width"] == PERSON["l1_l4_width"]  # cut off from its causes
    graph.nodes["l1_l4_width"].click()
    rest(person)
    assert state.answer.attributes["l1_l4_width"] > PERSON["l1_l4_width"]
    tab(person).what_if.rows.marks["age"][2].click()
    rest(person)
    assert state.do == {}
    assert not page(person).resetButton.enabled


def test_every_edge_of_the_graph_is_drawn_with_its_effect(person):
    graph = tab(person).what_if.graph
    abduction = tab(person).session.state.abduction
    assert len(abduction.effects) == 12 - 1
    pixels = graph._arrows.pixmap.toImage()
    places = ((x, y) for x in range(0, pixels.width(), 2) for y in range(0, pixels.height(), 2))
    colours = {pixels.pixelColor(x, y).name() for x, y in places}
    assert {"#b2182b", "#2166ac"} <= colours


def test_beyond_the_training_data_the_window_warns(person):
    tab(person).what_if.rows.sliders["age"].value = 100.0
    rest(person)
    assert "outside the training data" in page(person).warningLabel.text


@pytest.mark.parametrize("layer", ["Difference", "Uncertainty", "Counterfactual"])
def test_the_layer_over_the_dxa_is_the_one_that_was_chosen(person, layer):
    tab(person).what_if.rows.sliders["age"].value = 75.0
    rest(person)
    page(person).layerBox.currentText = layer
    page(person).opacitySlider.value = 0.5
    composite = slicer.mrmlScene.GetSingletonNode("Red", "vtkMRMLSliceCompositeNode")
    shown = slicer.mrmlScene.GetNodeByID(composite.GetForegroundVolumeID())
    answer = tab(person).session.state.answer
    truth = {
        "Difference": answer.difference,
        "Uncertainty": answer.uncertainty,
        "Counterfactual": tab(person).session.state.image(),
    }
    assert np.allclose(greys(shown), truth[layer])
    assert composite.GetBackgroundVolumeID() == person._parameterNode.dxa.GetID()
    assert composite.GetForegroundOpacity() == 0.5


def test_the_curtain_shows_the_counterfactual_on_its_left_only(person):
    tab(person).what_if.rows.sliders["age"].value = 75.0
    rest(person)
    page(person).curtainSlider.value = 0.5
    composite = slicer.mrmlScene.GetSingletonNode("Red", "vtkMRMLSliceCompositeNode")
    shown = greys(slicer.mrmlScene.GetNodeByID(composite.GetForegroundVolumeID()))
    state = tab(person).session.state
    middle = round(0.5 * shown.shape[1])
    assert np.allclose(shown[:, :middle], state.image()[:, :middle])
    assert np.allclose(shown[:, middle:], state.dxa.array[:, middle:])


def test_flicker_exchanges_both_pictures_and_ends_with_the_layer(person):
    composite = slicer.mrmlScene.GetSingletonNode("Red", "vtkMRMLSliceCompositeNode")
    page(person).flickerButton.click()
    seen = set()
    wait_until(lambda: seen.add(composite.GetForegroundOpacity()) or len(seen) == 2, 5)
    page(person).flickerButton.click()
    assert composite.GetForegroundOpacity() == 1.0


def test_dragging_a_corner_mends_the_outline_of_the_factual_and_of_the_counterfactual(person):
    tab(person).what_if.rows.sliders["age"].value = 75.0
    rest(person)
    state, corners = tab(person).session.state, person._parameterNode.corners
    before, after = state.outline.copy(), state.answer.outline.copy()
    x, y, z = corners.GetNthControlPointPosition(0)
    spacing = person._parameterNode.dxa.GetSpacing()
    corners.SetNthControlPointPosition(0, x, y, z + 4 * spacing[1])
    rest(person)
    assert state.marked
    assert state.outline[0, 0, 1] == pytest.approx(before[0, 0, 1] - 4, abs=1e-3)
    assert state.answer.outline[0, 0, 1] == pytest.approx(after[0, 0, 1] - 4, abs=1e-2)
    assert np.allclose(state.outline.reshape(-1, 2)[1:], before.reshape(-1, 2)[1:])


def test_at_most_four_clicks_lead_from_nothing_to_a_played_sweep(widget, monkeypatch, tmp_path):
    """The worker's virtual person is replaced by a drawn one, since building a body takes ten seconds."""
    session, clicks = tab(widget).session, []
    drawing = write_drawing(tmp_path)
    read = session.load_dxa
    monkeypatch.setattr(session, "make_virtual_person", lambda seed: (read(drawing), clicks.append("person")))
    session.changed.connect(lambda what: session.use_attributes(PERSON) if what == "dxa" else None)
    page(widget).virtualButton.click()
    rest(widget)
    page(widget).sweepButton.click()
    clicks.append("sweep")
    wait_until(lambda: tab(widget).link.player.playing, TIMEOUT)
    assert len(clicks) <= 4
    browser = person_browser = widget._parameterNode.browser
    assert browser.GetPlaybackActive()
    assert person_browser.GetMasterSequenceNode().GetNumberOfDataNodes() == len(session.state.sweep.frames)


def test_a_sweep_is_a_sequence_by_age_in_years_that_the_slider_scrubs_and_the_browser_moves(person):
    sweep(person)
    browser, state = person._parameterNode.browser, tab(person).session.state
    images = browser.GetMasterSequenceNode()
    assert (images.GetIndexName(), images.GetIndexUnit()) == ("age", "years")
    assert [images.GetNthIndexValue(place) for place in range(5)] == ["50", "55", "60", "65", "70"]
    page(person).playButton.click()
    assert not browser.GetPlaybackActive()
    tab(person).what_if.rows.sliders["age"].value = 64.0
    assert browser.GetSelectedItemNumber() == 3
    rest(person)
    browser.SetSelectedItemNumber(0)
    assert state.do == {"age": 50.0}
    assert tab(person).what_if.rows.sliders["age"].value == 50.0
    assert np.allclose(greys(person._parameterNode.result), state.image())
    slicer.modules.sequences.logic().UpdateAllProxyNodes()
    assert np.allclose(greys(browser.GetProxyNode(images)), state.image())


def test_a_sweep_cancelled_in_the_middle_changes_nothing(person):
    ui = page(person)
    nodes = slicer.mrmlScene.GetNumberOfNodes()
    ui.fromBox.value, ui.toBox.value, ui.framesBox.value = 40.0, 90.0, 60
    ui.sweepButton.click()
    wait_until(lambda: "Age" in ui.sweepProgressBar.format, TIMEOUT)
    assert ui.sweepCancelButton.isVisibleTo(ui.sweepSection)
    ui.sweepCancelButton.click()
    wait_until(lambda: idle(person), TIMEOUT)
    assert tab(person).session.state.sweep is None
    assert ui.sweepMessageLabel.text.startswith("Cancelled")
    assert slicer.mrmlScene.GetNumberOfNodes() == nodes
    assert ui.sweepButton.enabled


def test_files_are_written_and_a_dismissed_dialog_writes_none(person, file_dialogs, tmp_path):
    sweep(person, 3)
    file_dialogs.answers.append("")
    page(person).exportButton.click()
    assert idle(person)
    file_dialogs.answers.append(str(tmp_path / "out"))
    page(person).exportButton.click()
    wait_until(lambda: idle(person), TIMEOUT)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"sheet.pdf", "sweep_age.gif", "sweep_age.mp4", "counterfactual_synthetic.nrrd", "table.csv"} <= names
    assert "files were written" in page(person).sweepMessageLabel.text


def test_the_grid_has_a_row_a_person_and_a_column_an_intervention(person, file_dialogs, tmp_path):
    ui, session = page(person), tab(person).session
    for age in (60.0, 80.0):
        tab(person).what_if.rows.sliders["age"].value = age
        rest(person)
        ui.keepButton.click()
    load(person, file_dialogs, write_drawing(tmp_path, 2))
    tab(person).what_if.rows.sliders["age"].value = 80.0
    rest(person)
    ui.keepButton.click()
    assert "dxa1: " in ui.gridTextLabel.text
    assert "dxa2: – | Age = 80 years" in ui.gridTextLabel.text
    file_dialogs.answers.append(str(tmp_path / "grid.png"))
    ui.gridButton.click()
    assert (tmp_path / "grid.png").stat().st_size > 1000
    ui.clearKeptButton.click()
    assert not session.state.kept
    assert ui.gridLabel.isHidden()


def test_a_form_row_that_is_taken_back_ends_the_counterfactuals_until_it_is_given(person):
    field = tab(person).person.form.fields["weight"]
    field.setValue(field.minimum)
    assert tab(person).session.state.answer is None
    assert page(person).sweepButton.toolTip == "Give the person's weight."
    field.setValue(71.0)
    rest(person)
    assert tab(person).session.state.attributes["weight"] == 71.0


def test_a_row_of_a_table_fills_the_form(widget, file_dialogs, tmp_path):
    table = tmp_path / "people.csv"
    table.write_text("identifier,sex,age,height\na,male,60,170\nb,female,71,160\n")
    page(widget).rowBox.value = 2
    file_dialogs.answers.append(str(table))
    page(widget).metadataButton.click()
    wait_until(lambda: idle(widget), TIMEOUT)
    fields = tab(widget).person.form.fields
    assert fields["age"].value == 71.0
    assert fields["sex"].currentText == "female"
    assert "lacks" in page(widget).loadMessageLabel.text


def test_a_proposal_is_offered_and_taken(widget, file_dialogs, tmp_path):
    from PIL import Image

    upright = np.asarray(Image.open(write_drawing(tmp_path)))
    Image.fromarray(np.rot90(upright).copy()).save(tmp_path / "turned.png")
    file_dialogs.answers.append(str(tmp_path / "turned.png"))
    page(widget).dxaFileButton.click()
    wait_until(lambda: idle(widget) and tab(widget).session.state.dxa is not None, TIMEOUT)
    ui = page(widget)
    assert "does not stand upright" in ui.proposalLabel.text
    ui.proposalButton.click()
    assert tab(widget).session.upright().shape == upright.shape
    assert ui.proposalButton.isHidden()
    ui.turnButton.click()
    ui.mirrorButton.click()
    ui.invertButton.click()
    assert tab(widget).session.state.view.orientation.inverted
    ui.cropTopBox.value = 10
    assert tab(widget).session.state.view.crop[0] == 10
    ui.cropTopBox.value = 150
    assert "crop" in ui.loadMessageLabel.text
    assert ui.cropTopBox.value == 10
    ui.pixelBox.value = 1.25
    assert tab(widget).session.state.dxa.pixel_mm == (1.25, 1.25)


def test_a_bad_file_gives_one_sentence_and_loses_nothing(person, file_dialogs, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no image")
    before = tab(person).session.state.dxa
    file_dialogs.answers.append(str(tmp_path / "bad.png"))
    page(person).dxaFileButton.click()
    wait_until(lambda: idle(person) and page(person).loadMessageLabel.text, TIMEOUT)
    assert "bad.png" in page(person).loadMessageLabel.text
    assert tab(person).session.state.dxa is before
    assert page(person).sweepButton.enabled


def test_a_second_generator_fits_as_a_second_tab(person):
    tabs = person.ui.generatorTabs
    assert tabs.count == 1
    tabs.addTab(qt.QWidget(), "Lateral")
    tabs.setCurrentIndex(1)
    tab(person).what_if.rows.sliders["age"].value = 75.0
    rest(person)
    assert settled(person)
    tabs.setCurrentIndex(0)


def test_typing_while_the_abduction_runs_ends_with_what_was_typed_last(widget, file_dialogs, tmp_path):
    load(widget, file_dialogs, write_drawing(tmp_path))
    for weight in (60.0, 70.0, 80.0, 90.0):
        type_person(widget, {"weight": weight})
    rest(widget)
    assert tab(widget).session.state.attributes["weight"] == 90.0
    assert tab(widget).session.state.answer.attributes["weight"] == pytest.approx(90.0)
