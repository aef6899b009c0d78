"""The CT section: calibration by every method, segmentation by any engine, densitometry of all regions."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
import slicer
from bmd_window import TIMEOUT, idle, make_patient, quick, wait_idle
from standins.harness import wait_until

SCANS = runpy.run_path(str(Path(__file__).parents[1] / "science" / "phantom_scans.py"))


@pytest.fixture
def widget(module_factory):
    return quick(module_factory("BMDEstimator"))


def load_phantom_scan(widget, name="QRM-BDC/3"):
    from bonedensity.densitometry.phantoms import phantom_named

    scan = SCANS["Scan"](slope=0.81, intercept=-5.0)
    widget.window.session.use_ct(SCANS["phantom_scan"](np.random.default_rng(3), phantom_named(name), scan))
    return scan


def test_every_known_phantom_is_offered(widget):
    from bonedensity.densitometry.phantoms import phantoms

    offered = [widget.ui.calibrationBox.itemText(n) for n in range(widget.ui.calibrationBox.count)]
    assert [name for name in phantoms() if f"Phantom {name}" not in offered] == []


def test_every_engine_is_offered(widget):
    from BMDEstimatorLib.ct_choices import Engine

    from bonedensity.segmentation import ENGINES

    assert {engine.value for engine in Engine} == set(ENGINES)


def test_a_phantom_gives_line_residual_and_a_picture_of_its_rods(widget):
    ui = widget.ui
    scan = load_phantom_scan(widget)
    ui.calibrationBox.currentText = "Phantom QRM-BDC/3"
    assert "rods" in ui.calibrateButton.toolTip
    ui.calibrateButton.click()
    wait_until(lambda: idle(widget) and widget.window.session.state.evidence is not None, TIMEOUT)
    assert ui.slopeBox.value == pytest.approx(scan.slope, abs=0.02)
    assert "QRM-BDC/3" in ui.calibrationLabel.text
    assert "residual" in ui.calibrationLabel.text
    assert "Plausible." in ui.calibrationLabel.text
    assert ui.calibrationLabel.text.count("Rod ") == 3
    assert not ui.calibrationPictureLabel.pixmap.isNull()
    assert widget._parameterNode.calibrationSource == "QRM-BDC/3"


def test_a_typed_line_takes_the_phantoms_evidence_away(widget):
    load_phantom_scan(widget)
    widget.ui.calibrationBox.currentText = "Phantom QRM-BDC/3"
    widget.ui.calibrateButton.click()
    wait_until(lambda: idle(widget) and widget.window.session.state.evidence is not None, TIMEOUT)
    widget.ui.slopeBox.value = 0.7
    assert widget.window.session.state.evidence is None
    assert "given" in widget.ui.calibrationLabel.text
    assert widget.ui.calibrationPictureLabel.pixmap.isNull()


def test_a_phantom_that_is_not_there_leaves_the_line_as_it_was(widget):
    make_patient(widget)
    before = widget.ui.slopeBox.value
    widget.ui.calibrationBox.currentText = "Phantom QRM-BDC/6"
    widget.ui.calibrateButton.click()
    wait_idle(widget)
    assert "QRM-BDC" in widget.ui.ctMessageLabel.text
    assert widget.ui.slopeBox.value == before


def test_the_table_wants_a_tube_voltage_and_the_assumed_line_needs_no_ct(widget):
    ui = widget.ui
    ui.slopeBox.value = 0.9
    ui.calibrateButton.click()
    assert "assumed" in ui.calibrationLabel.text
    assert not ui.kvpBox.enabled
    ui.calibrationBox.currentText = "Table by tube voltage"
    assert ui.calibrateButton.toolTip.startswith("Load a CT first")
    make_patient(widget)
    assert ui.kvpBox.enabled
    ui.kvpBox.value = 110
    ui.calibrateButton.click()
    wait_until(lambda: idle(widget) and widget.window.session.state.evidence is not None, TIMEOUT)
    assert "110 kV" in ui.calibrationLabel.text


def test_an_engine_that_needs_a_folder_or_file_asks_for_it(widget, file_dialogs, tmp_path):
    from bonedensity.imaging.write import write_label_map

    ui = widget.ui
    make_patient(widget)
    write_label_map(widget.window.session.state.labels, tmp_path / "bones.seg.nrrd")
    ui.engineBox.currentText = "MONAI bundle"
    assert ui.segmentButton.toolTip == "Choose the bundle's folder."
    ui.engineBox.currentText = "Labels made by others"
    assert ui.segmentButton.toolTip == "Choose the label file."
    file_dialogs.answers.append(str(tmp_path / "bones.seg.nrrd"))
    ui.modelPathButton.click()
    assert ui.modelPathEdit.text.endswith("bones.seg.nrrd")
    assert widget._parameterNode.modelPath == ui.modelPathEdit.text
    ui.segmentButton.click()
    wait_until(lambda: idle(widget) and widget.window.session.state.bones_found is not None, TIMEOUT)
    assert ui.boneList.count == 11


def test_dense_bone_needs_nothing_and_says_what_it_took(widget):
    ui = widget.ui
    make_patient(widget)
    ui.engineBox.currentText = "Dense bone, undivided"
    assert not ui.modelPathEdit.enabled
    assert "GiB" in ui.segmentButton.toolTip
    ui.segmentButton.click()
    wait_until(lambda: idle(widget) and widget.window.session.state.bones_found is not None, TIMEOUT)
    assert ui.boneList.count == 1
    assert "GiB of memory" in ui.bonesFoundLabel.toolTip


def test_the_network_leaves_its_doubt_in_the_scene_and_a_saved_scene_keeps_it(widget, tmp_path):
    ui, session = widget.ui, widget.window.session
    make_patient(widget)
    session.segment("bayesian-unet", samples=1)
    wait_until(lambda: idle(widget) and widget._parameterNode.uncertainty is not None, TIMEOUT)
    node = widget._parameterNode.uncertainty
    values = slicer.util.arrayFromVolume(node)
    assert 0 <= values.min() < values.max() <= 1
    assert "uncertainty" in node.GetName()
    assert "Confidence" in ui.bonesFoundLabel.text
    assert node.GetNodeReference("BoneDensity.ct") is widget._parameterNode.ct
    assert slicer.util.saveScene(str(tmp_path / "case.mrb"))
    slicer.mrmlScene.Clear(False)
    slicer.util.loadScene(str(tmp_path / "case.mrb"))
    wait_until(lambda: idle(widget) and session.state.bones, TIMEOUT)
    assert np.allclose(slicer.util.arrayFromVolume(widget._parameterNode.uncertainty), values, atol=1e-6)


def test_a_segmentation_can_be_cancelled_and_leaves_the_bones_as_they_were(widget):
    ui, session = widget.ui, widget.window.session
    make_patient(widget)
    before = session.state.labels
    ui.engineBox.currentText = "Bayesian U-Net (built in)"
    ui.segmentButton.click()
    assert ui.ctCancelButton.visible or not ui.ctSection.visible
    wait_until(lambda: "Memory" in ui.ctProgressBar.format or ui.ctProgressBar.value > 0, TIMEOUT)
    ui.ctCancelButton.click()
    wait_idle(widget)
    assert ui.ctMessageLabel.text == "Cancelled: nothing was changed."
    assert session.state.labels is before
    assert session.state.bones_found is None


def test_without_pytorch_the_network_says_where_to_get_it_and_the_rest_works(widget, monkeypatch):
    from bonedensity.desktop import model_installer

    monkeypatch.setattr(model_installer, "torch_is_there", lambda: False)
    make_patient(widget)
    widget.ui.segmentButton.click()
    assert "install the extension “PyTorch”" in widget.ui.ctMessageLabel.text
    assert idle(widget)
    assert widget.ui.measureButton.enabled


def test_all_regions_are_measured_at_once_with_their_doubts(widget):
    ui, session = widget.ui, widget.window.session
    make_patient(widget)
    ui.measureAllButton.click()
    wait_until(lambda: idle(widget) and session.state.doubts is not None, TIMEOUT)
    names = [ui.resultTable.item(row, 0).text() for row in range(ui.resultTable.rowCount)]
    assert len(names) == len(set(names)) > 20
    for part in ("Femoral neck, left", "Total hip, right", "L1-L4", "Trabecular"):
        assert any(part in name for name in names), part
    assert widget._parameterNode.results.GetNumberOfRows() == len(names)
    assert "doubt" in ui.doubtsLabel.text.lower()
    assert f"{len(names)} results" in ui.resultsNeedLabel.text


def test_metal_is_named_where_the_numbers_stand(widget):
    session = widget.window.session
    make_patient(widget)
    ct, labels = session.state.ct, session.state.labels
    hu = np.array(ct.array)
    k, j, i = np.argwhere(labels.mask(["femur_left"])).mean(axis=0).round().astype(int)
    hu[k - 3 : k + 4, j - 3 : j + 4, i - 3 : i + 4] = 3000
    session.use_ct(ct.with_array(hu))
    session.use_labels(labels)
    wait_until(lambda: idle(widget) and session.state.bones, TIMEOUT)
    widget.ui.measureAllButton.click()
    wait_until(lambda: idle(widget) and session.state.doubts is not None, TIMEOUT)
    assert "Metal" in widget.ui.doubtsLabel.text
    assert "cm³ of metal" in widget.ui.doubtsLabel.text


def test_the_section_says_what_it_needs_next(widget):
    ui = widget.ui
    assert ui.ctNeedLabel.text == "Load a CT first, or make a virtual patient."
    load_phantom_scan(widget)
    assert ui.ctNeedLabel.text.startswith("Load a segmentation")
    make_patient(widget)
    assert ui.ctNeedLabel.text.startswith("CT and bones are there")
