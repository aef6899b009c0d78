"""Point pairs, a second view, 3D, and a person's verdict: in the window and in the saved scene."""

from __future__ import annotations

import csv
import json

import bmd_window
import numpy as np
import pytest
import slicer
from bmd_window import TIMEOUT, idle, register, wait_idle
from standins.harness import wait_until

from bonedensity.scene.attributes import fact
from bonedensity.scene.frames import flipped_points
from bonedensity.scene.radiographs import node_to_radiograph

widget = bmd_window.case


def place_pairs(widget, count):
    """As a person marks the same points on both images, exactly."""
    ui, parameters, state = widget.ui, widget._parameterNode, widget.window.session.state
    ui.ctPlaceButton.click()
    ui.xrayPlaceButton.click()
    bones = [bone for bone in state.bones if bone.name in ("hip_left", "hip_right", "femur_left", "sacrum")]
    points = [bone.points[index] for index in (3, 80) for bone in bones][:count]
    camera = node_to_radiograph(parameters.xray)[1]
    for point in points:
        parameters.ctPoints.AddControlPoint(flipped_points(point).tolist())
        world = state.truth.apply(point)
        ray = world - camera.source
        depth = camera.camera_from_world.apply(world)[2]
        on_detector = camera.source + ray * camera.sdd_mm / depth
        parameters.xrayPoints.AddControlPoint(flipped_points(on_detector).tolist())


def test_point_pairs_bring_the_bones_to_their_place_and_say_how_well_each_fits(widget):
    ui, session = widget.ui, widget.window.session
    assert "at least three points" in ui.pairsButton.toolTip
    place_pairs(widget, 6)
    widget.window.refresh()
    before = session.state.pose().matrix
    assert ui.pairsButton.enabled
    ui.pairsButton.click()
    wait_until(lambda: session.fitted is not None, TIMEOUT)
    assert np.allclose(session.state.pose().matrix, session.state.truth.matrix, atol=1e-3)
    assert ui.pairsLabel.visible or "Mean distance at the bone: 0.0 mm" in ui.pairsLabel.text
    assert ui.pairsLabel.text.count("0.0 mm") == 7
    ui.undoButton.click()
    assert np.allclose(session.state.pose().matrix, before)


def test_too_few_points_are_refused_in_a_sentence(widget):
    place_pairs(widget, 2)
    widget.window.refresh()
    assert "there are 2 and 2" in widget.ui.pairsButton.toolTip


def test_a_second_xray_is_seen_beside_the_first_and_registered_with_it(widget):
    ui, session = widget.ui, widget.window.session
    assert not ui.secondPictureLabel.visible
    ui.simulateSecondButton.click()
    wait_until(lambda: idle(widget) and session.state.second is not None, TIMEOUT)
    wait_until(lambda: session.state.second.preview is not None, TIMEOUT)
    node = widget._parameterNode.secondXray
    assert fact(node, "Synthetic")
    assert not ui.secondPictureLabel.pixmap.isNull()
    yellow = slicer.app.layoutManager().sliceWidget("Yellow").mrmlSliceCompositeNode()
    assert yellow.GetBackgroundVolumeID() == node.GetID()
    first, second = session.state.camera, session.state.second.camera
    axes = [camera.camera_from_world.rotation[2] for camera in (first, second)]
    assert axes[0] @ axes[1] == pytest.approx(0.0, abs=1e-9)
    assert second.source[0] > 500
    session.levels = ()
    register(widget)
    assert session.state.outcome.error.in_plane_mm < 2.0
    assert session.state.outcome.error.depth_mm < 4.0
    assert len(session.state.outcome.deviations) == 6
    assert "Standard deviations: right" in ui.resultLabel.text
    ui.secondSelector.setCurrentNode(None)
    assert session.state.second is None
    ui.secondSelector.setCurrentNode(node)
    assert np.allclose(session.state.second.camera.source, second.source)


def test_3d_shows_source_detector_and_bones_that_follow_and_nothing_of_it_is_saved(widget, tmp_path):
    session = widget.window.session
    widget.ui.show3DButton.click()
    live = [node for node in slicer.util.getNodesByClass("vtkMRMLModelNode") if node.GetName().startswith("Live")]
    assert len(live) == len(session.state.chosen) + 1
    before = np.zeros(6)
    live[0].GetRASBounds(before)
    session.nudge((0, 0, 0, 20.0, 0, 0))
    after = np.zeros(6)
    live[0].GetRASBounds(after)
    assert np.abs(after - before).max() == pytest.approx(20.0, abs=1e-3)
    assert not any(node.GetSaveWithScene() for node in live)
    assert widget._parameterNode.segmentation.GetParentTransformNode() is None


def test_a_verdict_with_rating_and_note_is_kept_with_the_registration_and_in_a_saved_scene(widget, tmp_path):
    ui = widget.ui
    register(widget)
    ui.readerEdit.text = "R1"
    ui.acceptButton.click()
    ui.ratingBox.currentIndex = 4
    ui.noteEdit.text = "left femur a little off"
    ui.noteEdit.editingFinished.emit()
    review = fact(widget._parameterNode.transform, "Review")
    assert (review["verdict"], review["rating"], review["reader"]) == ("accepted", 4, "R1")
    assert review["note"] == "left femur a little off"
    ui.rejectButton.click()
    assert not ui.acceptButton.checked
    path = str(tmp_path / "case.mrb")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(0)
    slicer.util.loadScene(path)
    wait_idle(widget)
    assert widget.window.session.review.verdict == "rejected"
    assert widget.ui.noteEdit.text == "left femur a little off"


def write_case(folder, widget):
    """A case as files, from the window's own virtual patient."""
    from bonedensity.geometry import camera_to_json
    from bonedensity.imaging.write import write_label_map, write_radiograph_png, write_volume

    state = widget.window.session.state
    folder.mkdir(parents=True)
    write_volume(state.ct, folder / "ct.nii.gz")
    write_label_map(state.labels, folder / "labels.nii.gz")
    write_radiograph_png(state.radiograph, folder / "xray.png")
    (folder / "camera.json").write_text(json.dumps(camera_to_json(state.camera)))
    (folder / "pose.json").write_text(json.dumps({"world_from_ct": state.truth.matrix.ravel().tolist()}))


def test_cases_are_judged_one_after_another_blinded_and_exported(widget, tmp_path, file_dialogs):
    ui, session = widget.ui, widget.window.session
    register(widget)
    truth = session.state.truth.matrix
    for name in ("first case", "other case"):
        write_case(tmp_path / "cases" / name, widget)
    ui.blindedBox.click()
    assert not ui.resultLabel.visible
    assert not ui.plotLabel.visible
    file_dialogs.answers.append(str(tmp_path / "cases"))
    ui.casesButton.click()
    wait_until(lambda: idle(widget) and session.state.preview is not None and session.cases.at == 0, TIMEOUT)
    assert np.allclose(session.state.pose().matrix, truth)
    assert session.cases.current.name not in ui.casesLabel.text
    assert not ui.previousCaseButton.enabled
    first = session.cases.current
    ui.acceptButton.click()
    ui.ratingBox.currentIndex = 5
    assert json.loads(first.results.read_text())["review"]["blinded"]
    ui.nextCaseButton.click()
    wait_until(lambda: idle(widget) and session.cases.at == 1, TIMEOUT)
    assert not ui.acceptButton.checked
    assert ui.ratingBox.currentIndex == 0
    ui.rejectButton.click()
    ui.previousCaseButton.click()
    wait_until(lambda: idle(widget) and session.cases.at == 0, TIMEOUT)
    assert ui.acceptButton.checked
    file_dialogs.answers.append(str(tmp_path / "ratings.csv"))
    ui.exportRatingsButton.click()
    with (tmp_path / "ratings.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["verdict"], row["rating"]) for row in rows] == [("accepted", "5"), ("rejected", "")]
    assert {row["case"] for row in rows} == {"first case", "other case"}
