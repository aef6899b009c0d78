"""The SpineDXAGen window: scenes closed, saved and opened, a worker that dies, and a monkey that plays with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import slicer
import spine_window
from spine_window import (
    TIMEOUT,
    block_ct,
    greys,
    idle,
    load,
    page,
    rest,
    settled,
    sweep,
    tab,
    write_drawing,
)
from standins.harness import wait_until

weights, bare, widget, person = spine_window.weights, spine_window.bare, spine_window.widget, spine_window.person


def test_closing_the_scene_empties_the_window(person):
    sweep(person)
    slicer.mrmlScene.Clear(False)
    state = tab(person).session.state
    assert (state.dxa, state.answer, state.sweep, state.outline) == (None, None, None, None)
    assert "Load an AP spine DXA first" in page(person).sweepButton.toolTip
    assert not tab(person).link.player.playing


def test_closing_the_scene_in_the_middle_of_a_sweep_ends_it(person, file_dialogs, tmp_path):
    ui = page(person)
    ui.fromBox.value, ui.toBox.value, ui.framesBox.value = 40.0, 90.0, 60
    ui.sweepButton.click()
    wait_until(lambda: "Age" in ui.sweepProgressBar.format, TIMEOUT)
    slicer.mrmlScene.Clear(False)
    wait_until(lambda: idle(person), TIMEOUT)
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSequenceNode") == 0
    load(person, file_dialogs, write_drawing(tmp_path, 2))
    assert settled(person)


def test_a_saved_scene_opens_where_it_was_left(person, tmp_path):
    session = tab(person).session
    tab(person).what_if.rows.sliders["weight"].value = 85.0
    rest(person)
    page(person).keepButton.click()
    sweep(person, 4, last=80.0)
    page(person).playButton.click()
    tab(person).what_if.rows.sliders["age"].value = 71.0
    page(person).layerBox.currentText = "Difference"
    page(person).opacitySlider.value = 0.4
    rest(person)
    corners = person._parameterNode.corners
    x, y, z = corners.GetNthControlPointPosition(5)
    corners.SetNthControlPointPosition(5, x + 1.0, y, z)
    rest(person)
    state = session.state
    image, outline, attributes = state.image(), state.outline.copy(), dict(state.attributes)
    frames = [frame.difference for frame in state.sweep.frames]
    assert slicer.util.saveScene(str(tmp_path / "case.mrb"))
    slicer.mrmlScene.Clear(False)
    assert session.state.dxa is None
    slicer.util.loadScene(str(tmp_path / "case.mrb"))
    rest(person)
    state = session.state
    assert state.attributes == attributes
    assert state.do == {"weight": 85.0, "age": 71.0}
    assert np.allclose(state.image(), image, atol=1e-3)
    assert np.allclose(state.outline, outline, atol=1e-3)
    assert state.marked
    assert state.sweep is not None
    assert state.sweep.values == (50.0, 60.0, 70.0, 80.0)
    assert all(np.allclose(a.difference, b, atol=1e-3) for a, b in zip(state.sweep.frames, frames, strict=True))
    assert [kept.title for kept in state.kept] == ["Weight = 85 kg"]
    assert page(person).opacitySlider.value == 0.4
    assert page(person).layerBox.currentText == "Difference"
    tab(person).what_if.rows.sliders["age"].value = 79.0
    assert person._parameterNode.browser.GetSelectedItemNumber() == 3
    names = [node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")]
    assert len(names) == len(set(names))


def test_a_scene_saved_half_way_opens_half_way(widget, file_dialogs, tmp_path):
    file_dialogs.answers.append(str(write_drawing(tmp_path)))
    page(widget).dxaFileButton.click()
    wait_until(lambda: idle(widget) and tab(widget).session.state.dxa is not None, TIMEOUT)
    tab(widget).person.form.fields["age"].setValue(61.0)
    assert slicer.util.saveScene(str(tmp_path / "half.mrb"))
    slicer.mrmlScene.Clear(False)
    slicer.util.loadScene(str(tmp_path / "half.mrb"))
    state = tab(widget).session.state
    assert state.dxa is not None
    assert state.attributes == {"age": 61.0}
    assert page(widget).sweepButton.toolTip == "Give the person's sex."


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_worker_killed_in_the_middle_costs_nothing_but_that_sweep(person):
    ui, client = page(person), person.window.worker.client
    ui.fromBox.value, ui.toBox.value, ui.framesBox.value = 40.0, 90.0, 60
    ui.sweepButton.click()
    wait_until(lambda: "Age" in ui.sweepProgressBar.format, TIMEOUT)
    os.kill(client.pid, signal.SIGKILL)
    wait_until(lambda: idle(person), TIMEOUT)
    assert "was started again" in ui.sweepMessageLabel.text
    tab(person).what_if.rows.sliders["age"].value = 75.0
    rest(person)
    assert tab(person).session.state.answer.do == {"age": 75.0}


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("spacing", [(1.0, 1.0), (0.3, 0.9)])
def test_a_node_of_any_grid_keeps_its_pixels_under_the_counterfactual(widget, file_dialogs, tmp_path, spacing, flip):
    """Spacing, aspect and a turned, mirrored grid: each pixel of the overlay lies where the original's does."""
    import vtk
    from spine_window import DRAWN, PERSON, type_person

    drawing = DRAWN["draw_spine"](PERSON, 1).astype(np.float32)
    node = slicer.util.addVolumeFromArray(drawing[np.newaxis], name="given")
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    turn[:, 0] *= -1 if flip else 1
    matrix = np.eye(4)
    matrix[:3, :3] = turn @ np.diag([spacing[1], spacing[0], 1.0])
    matrix[:3, 3] = (11.0, -7.0, 3.0)
    ijk = vtk.vtkMatrix4x4()
    ijk.DeepCopy(matrix.ravel().tolist())
    node.SetIJKToRASMatrix(ijk)
    page(widget).dxaSelector.setCurrentNode(node)
    wait_until(lambda: idle(widget) and tab(widget).session.state.dxa is not None, TIMEOUT)
    type_person(widget)
    rest(widget)
    tab(widget).what_if.rows.sliders["age"].value = 76.0
    rest(widget)
    result = widget._parameterNode.result
    other = vtk.vtkMatrix4x4()
    result.GetIJKToRASMatrix(other)
    found = np.array([[other.GetElement(r, c) for c in range(4)] for r in range(4)])
    corners = np.array([[0, 0, 0, 1], [142, 0, 0, 1], [0, 155, 0, 1], [142, 155, 0, 1]]).T
    pixel = min(spacing)
    assert np.abs((found - matrix) @ corners).max() < 0.01 * pixel
    assert greys(result).shape == drawing.shape
    assert np.array_equal(greys(node), drawing)
    points = widget._parameterNode.corners
    first = np.linalg.solve(matrix, [*points.GetNthControlPointPosition(0), 1.0])[:2]
    assert np.allclose(first, tab(widget).session.state.outline[0, 0], atol=1e-3)


def test_what_was_kept_of_another_dxa_stays_in_the_scene_until_the_grid_is_cleared(person):
    from SpineDXAGenLib.scene_results import kept_nodes, put_kept

    from bonedensity.workflows.spine.results import Kept

    scene = slicer.mrmlScene
    nodes, kept = [], []
    for name, shape in (("one", (40, 30)), ("other", (50, 30))):
        nodes.append(slicer.util.addVolumeFromArray(np.zeros((1, *shape), np.float32), name=name))
        kept.append(Kept(name, "Age = 80 years", np.full(shape, 0.5, np.float32)))
        put_kept(scene, nodes[-1], kept)
    first = [node for node, _ in kept_nodes(scene)]
    assert [greys(node).shape for node in first] == [(40, 30), (50, 30)]
    put_kept(scene, None, kept)
    assert [node for node, _ in kept_nodes(scene)] == first
    put_kept(scene, nodes[0], kept[1:])
    assert [node for node, _ in kept_nodes(scene)] == first[1:]


def test_a_node_with_many_slices_or_none_is_refused_in_a_sentence(person):
    volume = slicer.util.addVolumeFromArray(np.zeros((3, 4, 5), np.float32), name="CT")
    page(person).dxaSelector.setCurrentNode(volume)
    assert "has 3 slices" in page(person).loadMessageLabel.text
    assert tab(person).session.state.dxa is None
    page(person).dxaSelector.setCurrentNode(None)
    assert tab(person).session.state.dxa is None


def test_a_change_is_shown_in_the_ct_with_its_bones(person):
    from bonedensity.scene.labelmaps import labelmap_to_node
    from bonedensity.scene.volumes import volume_to_node

    volume, labels = block_ct()
    ct = volume_to_node(slicer.mrmlScene, volume, "CT")
    bones = labelmap_to_node(slicer.mrmlScene, labels, "bones", source=ct)
    page(person).ctSelector.setCurrentNode(ct)
    page(person).segmentationSelector.setCurrentNode(bones)
    tab(person).what_if.rows.sliders["l1_l4_width"].value = 1.1 * 4.3
    rest(person)
    page(person).volumeButton.click()
    wait_until(lambda: tab(person).session.state.volume is not None, TIMEOUT)
    surfaces = [n for n in slicer.util.getNodesByClass("vtkMRMLModelNode") if "L3" in n.GetName()]
    assert len(surfaces) == 1
    bounds = surfaces[0].GetPolyData().GetBounds()
    plain = slicer.vtkSegment()
    assert plain is not None
    width, depth = bounds[1] - bounds[0], bounds[3] - bounds[2]
    height = bounds[5] - bounds[4]
    ratio = tab(person).session.state.do["l1_l4_width"] / 4.3
    assert width / depth == pytest.approx(ratio * 12 / 8, rel=0.06)
    assert height == pytest.approx(18, rel=0.12)
    volume = tab(person).session.state.volume
    columns = [(image > 0.05).any(axis=0).sum() for image in (volume["factual"], volume["counterfactual"])]
    assert columns[1] / columns[0] == pytest.approx(ratio, abs=0.03)
    rows = [(image > 0.05).any(axis=1).sum() for image in (volume["factual"], volume["counterfactual"])]
    assert rows[1] == pytest.approx(rows[0], abs=2)


def test_a_seeded_monkey_breaks_nothing(tmp_path):
    """Twelve seconds; `python Testing/desktop/monkey_spinedxagen.py` plays for an hour."""
    result, script = tmp_path / "result.json", Path(__file__).with_name("monkey_spinedxagen.py")
    command = [sys.executable, str(script), "--minutes", "0.2", "--seed", "7", "--json", str(result)]
    subprocess.run(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False, timeout=600)
    found = json.loads(result.read_text("utf-8"))
    assert found["failures_by_kind"] == {}
    assert found["actions"] > 10


def test_reloading_the_module_ends_its_worker(module_factory):
    widget = module_factory("SpineDXAGen")
    tab(widget).session.make_virtual_person(1)
    wait_until(lambda: widget.window.worker.client.pid is not None, TIMEOUT)
    pid = widget.window.worker.client.pid
    widget.cleanup()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    widget.initializeParameterNode()  # as the fixture will leave it once more


def test_the_logic_works_without_the_window_and_the_self_test_passes(module_factory, weights, monkeypatch, tmp_path):
    monkeypatch.setattr("bonedensity.learning.weights.SHIPPED", tmp_path / "shipped")
    module_factory("SpineDXAGen")
    slicer.modules.SpineDXAGenInstance.runTest()
    (dxa,) = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
    logic = slicer.util.getModuleLogic("SpineDXAGen")
    browser = logic.sweep(dxa, "age", (60, 70), weights=str(weights))
    assert browser.GetMasterSequenceNode().GetNumberOfDataNodes() == 2
    older = logic.counterfactual(dxa, {"age": 70.0}, weights=str(weights))
    shown = browser.GetMasterSequenceNode().GetNthDataNode(1)
    assert np.allclose(greys(older), greys(shown), atol=1e-3)
