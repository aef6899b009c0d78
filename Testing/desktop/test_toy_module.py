"""A whole module, written as Slicer's template is, runs on the stand-ins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import qt
import slicer
from standins import harness

TOY = Path(__file__).parent / "toy_module" / "ToyDensity.py"


@pytest.fixture
def toy(module_factory):
    return module_factory(TOY)


def add_ct(value: float = 300.0, name: str = "CT"):
    return slicer.util.addVolumeFromArray(np.full((4, 5, 6), value), name=name)


def test_the_scene_is_handed_on_to_every_connected_widget(toy):
    add_ct()
    assert toy.ui.inputSelector.nodeCount() == 1
    assert toy.ui.segmentsTable.mrmlScene() is slicer.mrmlScene


def test_choosing_a_node_enables_the_button_and_pressing_it_measures(toy):
    assert not toy.ui.applyButton.enabled
    toy.ui.inputSelector.setCurrentNode(add_ct())
    assert toy.ui.applyButton.toolTip == "Measure"
    toy.ui.applyButton.click()
    assert toy.ui.resultTable.item(0, 0).text() == "300.0"
    assert toy.ui.progressBar.value == 100


def test_an_error_is_shown_to_the_user(toy, recorder, slot_errors):
    toy.ui.inputSelector.setCurrentNode(add_ct(0.0))
    with slot_errors.expect(ValueError, match="no voxel"):
        toy.ui.applyButton.click()
    assert recorder.texts("error") == ["Failed to measure.\n\nno voxel above the threshold"]


def test_widgets_write_parameters(toy):
    toy.ui.thresholdSlider.value = 42.5
    toy.ui.methodBox.currentText = "median"
    toy.ui.qualityBox.currentIndex = 1
    toy.ui.invertBox.checked = True
    toy.ui.radiographPath.currentPath = "/data/xray.dcm"
    node = toy._parameterNode
    assert (node.threshold, node.method, node.quality.name, node.invert) == (42.5, "median", "FINE", True)
    assert node.radiograph == Path("/data/xray.dcm")


def test_parameters_write_widgets(toy):
    ct = add_ct()
    node = toy._parameterNode
    node.threshold, node.method, node.inputVolume = -20.0, "median", ct
    assert toy.ui.thresholdSlider.value == -20.0
    assert toy.ui.methodBox.currentText == "median"
    assert toy.ui.inputSelector.currentNode() is ct


def test_a_value_outside_the_range_is_refused(toy):
    with pytest.raises(ValueError, match="within"):
        toy._parameterNode.threshold = 1000


@pytest.mark.parametrize("ending", [".mrb", ".mrml"])
def test_parameters_survive_saving_and_loading_the_scene(toy, tmp_path, ending):
    node = toy._parameterNode
    node.threshold, node.pose, node.inputVolume = 12.5, [1.0, 2.0, 3.0], add_ct()
    path = str(tmp_path / f"study{ending}")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(False)
    assert toy._parameterNode.threshold == 100
    slicer.util.loadScene(path)
    assert toy._parameterNode.threshold == 12.5
    assert toy._parameterNode.pose == [1.0, 2.0, 3.0]
    assert toy._parameterNode.inputVolume.GetName() == "CT"
    assert toy.ui.inputSelector.currentNode().GetName() == "CT"


def test_closing_the_scene_resets_the_window(toy):
    toy.ui.inputSelector.setCurrentNode(add_ct())
    toy.ui.thresholdSlider.value = 5
    slicer.mrmlScene.Clear(False)
    assert toy.ui.inputSelector.currentNode() is None
    assert toy.ui.thresholdSlider.value == 100
    assert not toy.ui.applyButton.enabled


def test_the_module_is_described_and_found(toy):
    module = slicer.modules.toydensity
    assert (module.title, module.categories) == ("Toy density", ["Quantification"])
    assert slicer.util.getModuleWidget("ToyDensity") is toy
    assert slicer.util.getModuleLogic("ToyDensity") is toy.logic
    with pytest.raises(AttributeError):
        module.caption = "x"
    with pytest.raises(AttributeError):
        _ = slicer.modules.nosuchmodule


def test_timers_of_the_module_run(toy):
    toy.timer.start()
    harness.wait_until(lambda: toy.ticks > 1, timeout=5)


def test_cleaning_up_removes_all_observers(module_factory, toy):
    toy.parent.exit()
    slicer.app.moduleManager().moduleAboutToBeUnloaded.emit("ToyDensity")
    assert toy.cleanedUp
    assert toy.Observations == []
    toy.enter()  # as the fixture will leave it once more


def test_the_window_can_be_pictured(toy, tmp_path):
    picture = harness.screenshot(toy, tmp_path / "toy.png", size=(400, 500))
    assert qt.QImage(str(picture)).size() == qt.QSize(400, 500)
