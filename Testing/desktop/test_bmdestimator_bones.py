"""Bones with poses of their own in the window: chosen, moved, searched, measured, kept with the scene."""

from __future__ import annotations

import bmd_window
import numpy as np
import pytest
import slicer
from bmd_window import TIMEOUT, idle, register, wait_idle
from standins.harness import wait_until

widget = bmd_window.case

FEMUR = "femur_left"


def choose(widget, title):
    box = widget.ui.movingBox
    titles = [box.itemText(index) for index in range(box.count)]
    box.currentIndex = next(index for index, each in enumerate(titles) if each.startswith(title))


def pose_of(session, bone):
    state = session.state
    if bone in state.members(state.moving):
        return state.pose().matrix
    return next(pose.matrix for names, pose in state.others() if bone in names)


def test_a_chosen_bone_moves_alone_in_the_picture_and_the_fields_are_its_own(widget):
    ui, session = widget.ui, widget.window.session
    before, drawn = pose_of(session, "sacrum"), session.state.preview
    choose(widget, "Left femur")
    assert ui.resetButton.toolTip == "Put the bone back to the others."
    ui.rightSlider.value = 12.0
    wait_until(lambda: session.state.preview is not drawn and not session.desk.picturing, TIMEOUT)
    assert np.allclose(pose_of(session, "sacrum"), before)
    assert np.linalg.norm((pose_of(session, FEMUR) - before)[:3, 3]) == pytest.approx(12.0)
    assert not np.allclose(session.state.preview, drawn)
    assert ui.movingBox.currentText == "Left femur (own pose)"
    choose(widget, "The other ticked bones")
    assert ui.rightSlider.value == 0.0
    choose(widget, "Left femur")
    assert ui.rightSlider.value == pytest.approx(12.0)
    ui.undoButton.click()
    assert np.allclose(pose_of(session, FEMUR), before)


def test_a_femur_is_registered_beside_the_pelvis_and_its_numbers_use_its_pose(widget):
    ui, session = widget.ui, widget.window.session
    register(widget)
    together = widget._parameterNode.transform
    base = session.state.outcome
    choose(widget, "Left femur")
    assert widget._parameterNode.transform is None
    assert not ui.resultLabel.visible
    ui.spinSlider.value = 4.0
    register(widget)
    own = widget._parameterNode.transform
    assert "left femur" in own.GetName()
    assert "Left femur" in ui.resultLabel.text
    assert session.state.outcome.bones == (FEMUR,)
    assert session.state.outcome.error.in_plane_mm < session.state.outcome.start_error.in_plane_mm
    ui.regionBox.currentText, ui.sideBox.currentText = "Femoral neck", "Left"
    ui.measureButton.click()
    wait_until(lambda: idle(widget) and session.state.measurements, TIMEOUT)
    assert any("X-ray's view" in each.name for each in session.state.measurements)
    choose(widget, "The other")
    assert widget._parameterNode.transform is together
    assert session.state.outcome is base
    ui.rightSlider.value = 30.0
    assert "moved since" in ui.resultLabel.text


def test_poses_of_single_bones_are_kept_with_the_scene(widget, tmp_path):
    session = widget.window.session
    choose(widget, "Right femur")
    widget.ui.twistSlider.value = 7.0
    choose(widget, "Left femur")
    widget.ui.spinSlider.value = -5.0
    bones = ("sacrum", "femur_right", FEMUR)
    kept = {bone: pose_of(session, bone) for bone in bones}
    assert slicer.util.saveScene(str(tmp_path / "case.mrb"))
    slicer.mrmlScene.Clear(False)
    assert session.state.moving == ""
    slicer.util.loadScene(str(tmp_path / "case.mrb"))
    wait_until(lambda: session.state.preview is not None, TIMEOUT)
    assert session.state.moving == FEMUR
    assert widget.ui.movingBox.currentText == "Left femur (own pose)"
    assert all(np.allclose(pose_of(session, bone), kept[bone], atol=0.1) for bone in bones)


def test_3d_shows_each_bone_at_its_own_pose(widget):
    session = widget.window.session
    widget.ui.show3DButton.click()
    choose(widget, "Left femur")
    session.nudge((0, 0, 0, 25.0, 0, 0))
    live = {node.GetName(): node for node in slicer.util.getNodesByClass("vtkMRMLModelNode")}
    shifts = {}
    for name in ("Live Left femur", "Live Sacrum"):
        matrix = slicer.util.arrayFromTransformMatrix(live[name].GetParentTransformNode())
        shifts[name] = matrix[:3, 3]
    assert np.linalg.norm(shifts["Live Left femur"] - shifts["Live Sacrum"]) == pytest.approx(25.0)


def test_one_bone_alone_and_a_running_job_offer_no_choice(widget):
    session, ui = widget.window.session, widget.ui
    session.choose_bones(["sacrum"])
    assert not ui.movingBox.enabled
    assert "two bones" in ui.movingBox.toolTip
    session.choose_bones(["sacrum", FEMUR])
    assert ui.movingBox.enabled
    ui.measureButton.click()
    assert not ui.movingBox.enabled
    wait_idle(widget)
