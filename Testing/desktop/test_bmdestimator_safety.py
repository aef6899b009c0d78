"""What the BMDEstimator window does when something goes wrong, and when scenes are closed, saved and opened."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
import slicer
from bmd_window import (
    TIMEOUT,
    endless_levels,
    idle,
    make_case,
    make_patient,
    nodes_of_scene,
    quick,
    quick_levels,
    register,
    same_nodes,
    wait_idle,
)
from standins.harness import wait_until

HERE = Path(__file__).resolve().parent

NUMBERS = ("spacingMm", "sddMm", "slope", "seed", "bones", "start", "shiftRight", "turnDepth", "mode", "opacity")


@pytest.fixture
def widget(module_factory):
    return quick(module_factory("BMDEstimator"))


def parameters_of(widget):
    return {name: getattr(widget._parameterNode, name) for name in NUMBERS}


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_worker_killed_in_mid_registration_costs_nothing_but_that_registration(widget):
    make_case(widget)
    ui, session, client = widget.ui, widget.window.session, widget.window.worker.client
    wait_until(lambda: client.state == "ready", TIMEOUT)
    session.levels = endless_levels()
    before, parameters = nodes_of_scene(), parameters_of(widget)
    ui.registerButton.click()
    wait_until(lambda: "similarity" in ui.registerProgressBar.format, TIMEOUT)
    killed = client.pid
    os.kill(killed, signal.SIGKILL)
    wait_idle(widget)
    assert "in the middle of the registration; it was started again" in ui.registerMessageLabel.text
    assert same_nodes(nodes_of_scene(), before)
    assert parameters_of(widget) == parameters
    assert session.state.outcome is None
    assert ui.registerButton.enabled
    session.levels = quick_levels()
    register(widget)
    assert client.pid != killed
    assert session.state.outcome.error.in_plane_mm < 2.0
    assert widget._parameterNode.transform is not None


@pytest.mark.parametrize("button", ["ctFileButton", "segmentationFileButton", "xrayFileButton"])
def test_a_bad_file_gives_one_sentence_and_loses_nothing(widget, file_dialogs, tmp_path, button):
    make_case(widget)
    wait_until(lambda: widget.window.worker.client.state == "ready", TIMEOUT)
    before, parameters = nodes_of_scene(), parameters_of(widget)
    bad = tmp_path / "broken.nii.gz"
    bad.write_bytes(b"this is no image")
    file_dialogs.answers.append(str(bad))
    getattr(widget.ui, button).click()
    said = widget.ui.xrayMessageLabel if button == "xrayFileButton" else widget.ui.ctMessageLabel
    wait_until(lambda: idle(widget) and said.text, TIMEOUT)
    assert "broken.nii.gz" in said.text
    assert "Traceback" not in said.text
    assert same_nodes(nodes_of_scene(), before)
    assert parameters_of(widget) == parameters
    assert widget.ui.registerButton.enabled


def test_a_dismissed_file_dialog_changes_nothing(widget, file_dialogs):
    file_dialogs.answers.append("")
    widget.ui.ctFileButton.click()
    assert idle(widget)
    assert widget.ui.ctMessageLabel.text == ""


def test_files_are_loaded_into_the_scene(widget, file_dialogs, tmp_path):
    from bonedensity.imaging.write import write_label_map, write_radiograph_png, write_volume

    make_case(widget)
    state = widget.window.session.state
    write_volume(state.ct, tmp_path / "ct.nii.gz")
    write_label_map(state.labels, tmp_path / "bones.seg.nrrd")
    write_radiograph_png(state.radiograph, tmp_path / "xray.png")
    voxels = np.array(state.ct.array)
    slicer.mrmlScene.Clear(False)
    assert widget.window.session.state.ct is None
    for button, name in (("ctFileButton", "ct.nii.gz"), ("segmentationFileButton", "bones.seg.nrrd")):
        file_dialogs.answers.append(str(tmp_path / name))
        getattr(widget.ui, button).click()
        wait_idle(widget)
    file_dialogs.answers.append(str(tmp_path / "xray.png"))
    widget.ui.xrayFileButton.click()
    wait_idle(widget)
    assert np.array_equal(slicer.util.arrayFromVolume(widget._parameterNode.ct), voxels)
    assert widget.ui.boneList.count == 11
    assert "Synthetic" not in widget.ui.noticeLabel.text
    assert widget._parameterNode.xray is not None
    if widget.window.session.state.camera is None:
        assert "Give the X-ray's pixel size" in widget.ui.registerButton.toolTip
        widget.ui.spacingBox.value = 0.8
    wait_until(lambda: widget.window.session.state.preview is not None, TIMEOUT)
    assert widget.ui.registerButton.enabled


def test_nodes_of_the_scene_can_be_chosen_instead_of_files(widget):
    make_case(widget)
    chosen = widget._parameterNode.ct, widget._parameterNode.segmentation, widget._parameterNode.xray
    widget.ui.xraySelector.setCurrentNode(None)
    widget.ui.ctSelector.setCurrentNode(None)
    assert widget.window.session.state.ct is None
    assert not widget.ui.registerButton.enabled
    widget.ui.ctSelector.setCurrentNode(chosen[0])
    wait_until(lambda: widget.window.session.state.bones, TIMEOUT)
    widget.ui.xraySelector.setCurrentNode(chosen[2])
    wait_until(lambda: widget.window.session.state.preview is not None, TIMEOUT)
    assert widget.window.session.state.truth is not None
    assert widget.ui.registerButton.enabled


def test_a_volume_with_many_slices_is_no_xray(widget):
    make_patient(widget)
    widget.ui.xraySelector.setCurrentNode(widget._parameterNode.ct)
    assert "so it is no plain X-ray: choose a single image" in widget.ui.xrayMessageLabel.text
    assert widget.window.session.state.radiograph is None


def test_an_xray_that_slicer_loaded_needs_its_pixel_size_and_is_not_changed(widget):
    make_case(widget)
    array = np.array(slicer.util.arrayFromVolume(widget._parameterNode.xray))
    plain = slicer.util.addVolumeFromArray(array, name="DX")
    plain.SetSpacing(0.3, 0.3, 1.0)
    widget.ui.xraySelector.setCurrentNode(plain)
    assert widget.ui.spacingBox.text == "not known"
    assert widget.ui.registerButton.toolTip.startswith("Give the X-ray's pixel size")
    for typed in (0.7, 0.75, 0.8):
        widget.ui.spacingBox.value = typed
    wait_until(lambda: widget.window.session.state.preview is not None, TIMEOUT)
    ours = widget._parameterNode.xray
    assert ours is not plain
    assert len([n for n in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if n.GetName().startswith("DX")]) == 2
    assert plain.GetSpacing() == (0.3, 0.3, 1.0)
    assert ours.GetSpacing()[0] == pytest.approx(0.8)
    assert widget.ui.registerButton.enabled


def test_an_xray_that_lost_its_image_is_said_and_breaks_nothing(widget):
    make_case(widget)
    widget._parameterNode.xray.SetAndObserveImageData(None)
    widget.window.parametersChanged()
    assert "holds no image" in widget.ui.xrayMessageLabel.text
    assert widget.window.session.state.radiograph is None


def test_bones_under_another_transform_than_their_ct_are_refused(widget):
    make_patient(widget)
    moved = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    bones = widget._parameterNode.segmentation
    widget.ui.segmentationSelector.setCurrentNode(None)
    bones.SetAndObserveTransformNodeID(moved.GetID())
    widget.ui.segmentationSelector.setCurrentNode(bones)
    assert "stand under different transforms" in widget.ui.ctMessageLabel.text
    assert widget.window.session.state.labels is None


def test_a_segment_edited_in_the_scene_is_looked_at_again(widget):
    make_patient(widget)
    session, node = widget.window.session, widget._parameterNode.segmentation
    node.GetSegmentation().RemoveSegment("sacrum")
    widget._parameterNode.seed = 7  # any change makes the window look
    wait_until(lambda: idle(widget) and len(session.state.bones) == 10, TIMEOUT)
    assert widget.ui.boneList.count == 10


def test_closing_the_scene_empties_the_window(widget):
    make_case(widget)
    slicer.mrmlScene.Clear(False)
    state = widget.window.session.state
    assert (state.ct, state.labels, state.radiograph, state.outcome) == (None, None, None, None)
    assert widget.ui.registerButton.toolTip == "Load a CT first, or make a virtual patient."
    assert widget.ui.resultTable.rowCount == 0
    assert widget.ui.resultLabel.text == ""
    assert widget._parameterNode.spacingMm == 0.0


def test_closing_the_scene_in_mid_registration_ends_it(widget):
    make_case(widget)
    widget.window.session.levels = endless_levels()
    widget.ui.registerButton.click()
    wait_until(lambda: "similarity" in widget.ui.registerProgressBar.format, TIMEOUT)
    slicer.mrmlScene.Clear(False)
    wait_idle(widget)
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 0
    make_patient(widget)
    assert widget.ui.simulateButton.enabled


def test_a_saved_scene_opens_where_it_was_left(widget, tmp_path):
    make_case(widget)
    register(widget)
    widget.ui.measureButton.click()
    wait_until(lambda: widget.window.session.state.measurements, TIMEOUT)
    widget.ui.rightSlider.value = 7.5
    widget.ui.modeBox.currentText = "Edges"
    widget.ui.seedBox.value = 42
    session = widget.window.session
    pose, parameters = session.state.pose().matrix, parameters_of(widget)
    card, rows = widget.ui.resultLabel.text, widget.ui.resultTable.rowCount
    assert slicer.util.saveScene(str(tmp_path / "case.mrb"))
    slicer.mrmlScene.Clear(False)
    assert parameters_of(widget) != parameters
    slicer.util.loadScene(str(tmp_path / "case.mrb"))
    wait_until(lambda: session.state.preview is not None, TIMEOUT)
    assert parameters_of(widget) == parameters
    assert np.allclose(session.state.pose().matrix, pose, atol=0.1)
    assert widget.ui.resultLabel.text == card
    assert widget.ui.resultTable.rowCount == rows
    assert widget.ui.ctSelector.currentNode().GetName() == "virtual CT"
    assert "Synthetic:" in widget.ui.noticeLabel.text
    names = [node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")]
    kept = [name for name in names if not name.startswith("Live")]
    assert len(kept) == len(set(kept)) == 4  # CT, X-ray, its DRR, and the map of areal density


def test_the_logic_works_without_the_window_and_the_self_test_passes(module_factory, scene):
    module_factory("BMDEstimator")
    slicer.util.getModuleLogic("BMDEstimator")
    slicer.modules.BMDEstimatorInstance.runTest()
    assert scene.GetNumberOfNodesByClass("vtkMRMLTableNode") == 1


def test_a_killed_window_leaves_no_worker(module_factory):
    widget = quick(module_factory("BMDEstimator"))
    make_patient(widget)
    pid = widget.window.worker.client.pid
    widget.cleanup()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    widget.initializeParameterNode()  # as the fixture will leave it once more
