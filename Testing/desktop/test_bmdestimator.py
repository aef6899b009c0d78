"""The BMDEstimator window on a virtual patient, from the first click to the table."""

from __future__ import annotations

import numpy as np
import pytest
import qt
import slicer
from bmd_window import TIMEOUT, idle, make_case, make_patient, quick, register, wait_idle
from standins.harness import wait_until


@pytest.fixture
def widget(module_factory):
    return quick(module_factory("BMDEstimator"))


def test_an_empty_window_says_what_each_step_lacks(widget):
    ui = widget.ui
    tips = {button.toolTip for button in (ui.segmentationFileButton, ui.simulateButton, ui.registerButton)}
    assert tips == {"Load a CT first, or make a virtual patient."}
    assert not any(b.enabled for b in (ui.simulateButton, ui.registerButton, ui.measureButton, ui.resetButton))
    assert all(b.enabled for b in (ui.ctFileButton, ui.xrayFileButton, ui.virtualButton))
    assert ui.virtualButton.toolTip.startswith("Make a synthetic CT")
    assert not ui.rightSlider.enabled
    assert "Research use only" in ui.noticeLabel.text
    assert "Synthetic" not in ui.noticeLabel.text
    assert "not started yet" in ui.statusLabel.text


def test_every_widget_that_can_be_used_has_a_tooltip(widget):
    kinds = ("Button", "Selector", "Box", "Slider", "List", "Table")
    usable = {n: w for n, w in vars(widget.ui).items() if n.endswith(kinds)}
    assert len(usable) > 25
    assert [name for name, found in usable.items() if not found.toolTip] == []


def test_a_virtual_patient_comes_into_the_scene_and_is_called_synthetic(widget):
    make_patient(widget)
    ui = widget.ui
    assert ui.ctSelector.currentNode() is widget._parameterNode.ct
    assert ui.segmentationSelector.currentNode().GetSegmentation().GetNumberOfSegments() == 11
    assert "Synthetic:" in ui.noticeLabel.text
    assert ui.boneList.count == 11
    assert widget._parameterNode.bones == ["sacrum", "femur_left", "femur_right", "hip_left", "hip_right"]
    assert widget._parameterNode.slope == 0.8
    assert "virtual patient's own" in ui.calibrationLabel.text
    assert ui.registerButton.toolTip == "Load an X-ray, or simulate one from the CT."
    assert ui.measureButton.enabled


def test_from_the_first_click_to_the_table(widget):
    make_case(widget)
    ui, state = widget.ui, widget.window.session.state
    assert ui.spacingBox.value == 0.8
    assert "imager" in ui.spacingSourceLabel.text
    assert not ui.pictureLabel.pixmap.isNull()
    ct_before = np.array(slicer.util.arrayFromVolume(widget._parameterNode.ct))
    assert ui.registerButton.enabled
    register(widget)
    assert state.outcome.error.in_plane_mm < 2.0 < state.outcome.start_error.in_plane_mm
    assert "Against the hidden truth" in ui.resultLabel.text
    transform = widget._parameterNode.transform
    assert transform.GetNodeReference("BoneDensity.ct") is widget._parameterNode.ct
    assert transform.GetName() == "virtual CT: registration"
    overlay = transform.GetNodeReference("BoneDensity.overlays")
    assert slicer.util.arrayFromVolume(overlay).shape == slicer.util.arrayFromVolume(widget._parameterNode.xray).shape
    assert ui.rightSlider.value == pytest.approx(state.parameters[3], abs=0.051)

    ui.regionBox.currentText = "Femoral neck"
    ui.sideBox.currentText = "Left"
    ui.measureButton.click()
    wait_until(lambda: state.measurements, TIMEOUT)
    table = widget._parameterNode.results
    assert ui.resultTable.rowCount == table.GetNumberOfRows() == 6
    assert ui.resultTable.item(0, 0).text() == "aBMD, Femoral neck, left"
    assert ui.resultTable.item(1, 0).text() == "aBMD in the X-ray's view, Femoral neck, left"
    assert float(ui.resultTable.item(0, 1).text()) == pytest.approx(state.measurements[0].value, abs=1e-3)
    assert np.array_equal(slicer.util.arrayFromVolume(widget._parameterNode.ct), ct_before)


def test_a_dragged_slider_moves_the_bones_and_the_latest_position_wins_exactly_drawn(widget):
    make_case(widget)
    state = widget.window.session.state
    drawn = []
    widget.window.session.changed.connect(lambda what: what == "preview" and drawn.append(state.preview))
    for step in range(1, 21):
        widget.ui.rightSlider.value = 3.0 * step
    wait_until(lambda: drawn, TIMEOUT)
    worker = widget.window.worker.client
    answer = worker.run("render", last_projection(widget))
    exact = worker.exchange.take(answer["image"], np.ndarray)
    wait_until(lambda: np.array_equal(drawn[-1], exact), TIMEOUT)
    assert len(drawn) < 10
    assert state.parameters[3] == 60.0
    live = slicer.util.getNode("Live projection (not saved)")
    assert np.array_equal(slicer.util.arrayFromVolume(live)[0], drawn[-1])


def last_projection(widget):
    session = widget.window.session
    camera = session.state.camera.resampled(session.state.preview_factor())
    return session._projection(camera, session.state.pose(), "", None).parameters


def test_modes_and_opacity_redraw_the_picture_at_once(widget):
    make_case(widget)
    seen = []
    for mode in ("Blend", "Checkerboard", "Edges", "Difference"):
        widget.ui.modeBox.currentText = mode
        image = widget.ui.pictureLabel.pixmap.toImage()
        seen.append(bytes(image.constBits()))
    widget.ui.opacitySlider.value = 0.0
    seen.append(bytes(widget.ui.pictureLabel.pixmap.toImage().constBits()))
    assert len(set(seen)) == 5


def test_unticked_bones_are_left_out_and_ticked_ones_stay_where_they_are(widget):
    make_case(widget)
    session = widget.window.session
    widget.ui.rightSlider.value = 12.0
    pose = session.state.pose().matrix
    row = [bone.name for bone in session.state.bones].index("sacrum")
    widget.ui.boneList.item(row).setCheckState(qt.Qt.Unchecked)
    assert widget._parameterNode.bones == ["femur_left", "femur_right", "hip_left", "hip_right"]
    assert np.allclose(session.state.pose().matrix, pose)
    for index in range(widget.ui.boneList.count):
        widget.ui.boneList.item(index).setCheckState(qt.Qt.Unchecked)
    assert widget.ui.registerButton.toolTip == "Tick at least one bone."


def test_register_turns_into_cancel_and_cancelling_changes_nothing(widget):
    from bmd_window import endless_levels

    make_case(widget)
    session, ui = widget.window.session, widget.ui
    session.levels = endless_levels()
    before = np.array(session.state.parameters)
    ui.registerButton.click()
    wait_until(lambda: ui.registerProgressBar.value > 0 or "similarity" in ui.registerProgressBar.format, TIMEOUT)
    assert ui.registerButton.text == "Cancel"
    assert ui.measureButton.toolTip == "Wait until the registration has ended, or cancel it."
    assert not ui.rightSlider.enabled
    ui.registerButton.click()
    wait_idle(widget)
    assert ui.registerMessageLabel.text.startswith("Cancelled: nothing was changed.")
    assert ui.registerButton.text == "Register"
    assert np.array_equal(session.state.parameters, before)
    assert widget._parameterNode.transform is None


def test_typed_geometry_becomes_the_users_and_ends_what_was_registered(widget):
    make_case(widget)
    register(widget)
    used = widget._parameterNode.xray
    widget.ui.spacingBox.value = 0.75
    assert "user" in widget.ui.spacingSourceLabel.text
    assert widget._parameterNode.transform is None
    assert widget._parameterNode.xray is not used
    widget.ui.sddBox.value = 900.0
    assert "The isocentre is 1000.0 mm from the source" in widget.ui.xrayMessageLabel.text
    assert widget.window.session.state.geometry.sdd_mm == 1150.0


def test_an_implausible_calibration_is_said(widget):
    make_patient(widget)
    widget.ui.slopeBox.value = 2.0
    assert "outside 0.55-0.95" in widget.ui.calibrationLabel.text
    assert widget.window.session.state.calibration.source == "given"
    assert widget._parameterNode.calibrationSource == "given"


def test_packages_are_asked_for_at_first_use_and_declining_leaves_the_rest(widget, recorder):
    recorder.pip_missing = recorder.pip_declined = True
    make_case(widget)
    assert "Registration is off without the Python packages" in widget.ui.xrayMessageLabel.text
    widget.ui.registerButton.click()
    assert "press the button again" in widget.ui.registerMessageLabel.text
    assert idle(widget)
    recorder.pip_declined = False
    register(widget)
    asked = recorder.pip_ensured[-1]
    assert asked["requester"] == "BMD Estimator"
    assert "cmaes>=0.11" in asked["requirements"]


def find_landmarks(widget):
    widget.ui.regionBox.currentText = "Femoral neck"
    widget.ui.landmarksButton.click()
    wait_until(lambda: idle(widget) and widget._parameterNode.landmarks is not None, TIMEOUT)
    return widget._parameterNode.landmarks


def drag(node, name, by):
    """As a person drags a point in a slice view, in the scene's own axes (RAS)."""
    index = [node.GetNthControlPointLabel(n) for n in range(node.GetNumberOfControlPoints())].index(name)
    node.SetNthControlPointPosition(index, *(np.array(node.GetNthControlPointPosition(index)) + by))


def test_the_femurs_landmarks_are_points_to_drag_and_the_measurement_follows(widget):
    make_patient(widget)
    ui, state = widget.ui, widget.window.session.state
    node = find_landmarks(widget)
    assert node.GetNumberOfControlPoints() == len(state.landmarks.points) >= 8
    assert not node.GetLocked()
    assert node.GetNthControlPointDescription(0).startswith("confidence 0.")
    assert "right" in ui.landmarksLabel.text
    assert "Moved by hand" not in ui.landmarksLabel.text

    ui.measureButton.click()
    wait_until(lambda: state.measurements, TIMEOUT)
    found = state.measurements[0]
    drag(node, "neck_centre", (0.0, 0.0, 4.0))
    assert state.landmarks.moved == ("neck_centre",)
    assert "Moved by hand: neck centre." in ui.landmarksLabel.text
    ui.measureButton.click()
    wait_until(lambda: state.measurements[0] is not found and idle(widget), TIMEOUT)
    mended = state.measurements[0]
    assert mended.name == found.name
    assert mended.value != found.value
    assert mended.provenance["regions"][0]["landmarks_set_by_hand"] == ["neck_centre"]


def test_a_saved_scene_keeps_moved_landmarks(widget, module_factory, tmp_path):
    make_patient(widget)
    drag(find_landmarks(widget), "head_centre", (0.0, 2.0, 0.0))
    path = str(tmp_path / "case.mrb")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(0)
    slicer.util.loadScene(path)
    wait_until(lambda: idle(widget) and widget.window.session.state.landmarks is not None, TIMEOUT)
    assert widget.window.session.state.landmarks.moved == ("head_centre",)
    drag(widget._parameterNode.landmarks, "neck_centre", (1.0, 0.0, 0.0))
    assert set(widget.window.session.state.landmarks.moved) == {"head_centre", "neck_centre"}


def test_the_spine_needs_no_landmarks(widget):
    make_patient(widget)
    widget.ui.regionBox.currentText = "Lumbar spine L1-L4"
    assert not widget.ui.landmarksButton.enabled
    assert "spine" in widget.ui.landmarksButton.toolTip
