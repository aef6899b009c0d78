"""The Estimate section: estimators by registry, their forms, cards and results; random weights made on the spot."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import numpy as np
import pytest
import slicer
from bmd_window import TIMEOUT, idle, quick, wait_idle
from standins.harness import wait_until

pytest.importorskip("torch")

WEIGHTS = runpy.run_path(str(Path(__file__).parents[1] / "science" / "bmdgan_weights.py"))["random_bmdgan"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(WEIGHTS(tmp_path_factory.mktemp("weights")))


@pytest.fixture
def widget(module_factory):
    return quick(module_factory("BMDEstimator"))


def add_xray(widget, spacing=0.3):
    array = np.random.default_rng(1).uniform(0, 1000, (1, 128, 64)).astype(np.float32)
    widget.ui.xraySelector.setCurrentNode(slicer.util.addVolumeFromArray(array, name="DX"))
    widget.ui.spacingBox.value = spacing


def estimate(widget):
    widget.ui.estimateButton.click()
    wait_until(lambda: idle(widget) and widget.window.session.state.estimated is not None, TIMEOUT)


def test_the_section_says_one_thing_that_it_needs_at_a_time(widget, folder):
    ui = widget.ui
    assert ui.estimateNeedLabel.text == "Load an X-ray, or simulate one from the CT."
    assert ui.estimateButton.toolTip == ui.estimateNeedLabel.text
    add_xray(widget)
    assert ui.estimateNeedLabel.text.startswith("The X-ray is there")  # the weights come with the extension
    assert "random weights" not in ui.cardLabel.text
    ui.estimatorFolderEdit.text = folder
    assert ui.estimateNeedLabel.text.startswith("The X-ray is there")
    assert ui.estimateButton.enabled
    assert "random weights" in ui.cardLabel.text
    assert "not for diagnosis" in ui.cardLabel.text


def test_a_folder_that_holds_no_model_is_said_and_nothing_starts(widget, file_dialogs, tmp_path):
    add_xray(widget)
    file_dialogs.answers.append(str(tmp_path))
    widget.ui.estimatorFolderButton.click()
    assert widget.ui.estimatorFolderEdit.text == str(tmp_path)
    assert "card" in widget.ui.estimateNeedLabel.text
    assert not widget.ui.estimateButton.enabled


def test_the_form_follows_the_schema_and_is_kept_in_the_scene(widget):
    form = widget.window.estimate._form
    side = form.widget("side")
    assert [side.itemText(n) for n in range(side.count)] == ["As the X-ray says", "Right", "Left"]
    side.currentText = "Left"
    assert json.loads(widget._parameterNode.estimatorMetadata) == {"side": "L"}
    widget.refresh = widget.window.refresh()
    assert side.currentText == "Left"


def test_an_estimate_gives_numbers_with_intervals_and_an_overlay_on_the_xray(widget, folder):
    add_xray(widget)
    ui = widget.ui
    ui.estimatorFolderEdit.text = folder
    widget.window.estimate._form.widget("side").currentText = "Right"
    estimate(widget)
    assert "aBMD of the total hip" in ui.estimatedLabel.text
    assert "90% of such intervals" in ui.estimatedLabel.text
    assert "T-score" in ui.estimatedLabel.text
    assert "processor is used" in ui.estimatedLabel.text or "card" in ui.estimatedLabel.text
    assert not ui.estimatePictureLabel.pixmap.isNull()
    node = widget._parameterNode.estimate
    assert node.GetNodeReference("BoneDensity.Radiograph") is widget._parameterNode.xray
    assert node.GetVoxelValueUnits().GetCodeValue() == "g/cm2"
    assert ui.resultTable.rowCount == 3


def test_a_model_that_abstains_gives_its_reasons_and_no_number(widget, tmp_path):
    add_xray(widget)
    widget.ui.estimatorFolderEdit.text = str(WEIGHTS(tmp_path, limit=1e-6))
    widget.window.estimate._form.widget("side").currentText = "Right"
    estimate(widget)
    assert "No number is given:" in widget.ui.estimatedLabel.text
    assert widget.ui.estimatedLabel.text.count("•") >= 1
    assert widget.ui.resultTable.rowCount == 0


def test_another_xray_takes_the_estimate_of_the_last_one_away(widget, folder):
    add_xray(widget)
    widget.ui.estimatorFolderEdit.text = folder
    widget.window.estimate._form.widget("side").currentText = "Right"
    estimate(widget)
    add_xray(widget, spacing=0.5)
    assert widget.window.session.state.estimated is None
    assert widget.ui.estimatedLabel.text == ""
    assert widget._parameterNode.estimate is None


def test_without_pytorch_estimating_says_where_to_get_it(widget, folder, monkeypatch):
    from bonedensity.desktop import model_installer

    monkeypatch.setattr(model_installer, "torch_is_there", lambda: False)
    add_xray(widget)
    widget.ui.estimatorFolderEdit.text = folder
    widget.ui.estimateButton.click()
    assert "install the extension “PyTorch”" in widget.ui.estimateMessageLabel.text
    assert idle(widget)


def test_an_estimate_can_be_cancelled(widget, folder):
    add_xray(widget)
    widget.ui.estimatorFolderEdit.text = folder
    widget.ui.estimateButton.click()
    widget.ui.estimateCancelButton.click()
    wait_idle(widget)
    assert widget.ui.estimateMessageLabel.text == "Cancelled: nothing was changed."
    assert widget.window.session.state.estimated is None


def test_a_saved_scene_keeps_estimator_weights_form_and_overlay(widget, folder, tmp_path):
    add_xray(widget)
    widget.ui.estimatorFolderEdit.text = folder
    widget.window.estimate._form.widget("side").currentText = "Right"
    estimate(widget)
    values = np.array(slicer.util.arrayFromVolume(widget._parameterNode.estimate))
    assert slicer.util.saveScene(str(tmp_path / "case.mrb"))
    slicer.mrmlScene.Clear(False)
    slicer.util.loadScene(str(tmp_path / "case.mrb"))
    wait_idle(widget)
    assert widget.ui.estimatorFolderEdit.text == folder
    assert widget.window.estimate._form.widget("side").currentText == "Right"
    assert np.allclose(slicer.util.arrayFromVolume(widget._parameterNode.estimate), values)
    assert widget.ui.estimateButton.enabled
