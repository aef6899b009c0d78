"""The Results section: table, map, plots, report, exports."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
from bmd_window import TIMEOUT, idle, make_case, make_patient, quick, register, wait_idle
from standins.harness import wait_until

from bonedensity.measurement import Measurement

HIP = Measurement("aBMD, Total hip, left", 0.85, "g/cm²", 0.03, {"side": "L"})
SPINE = Measurement("aBMD, L1-L4", 0.95, "g/cm²", 0.04)


@pytest.fixture
def widget(module_factory):
    return quick(module_factory("BMDEstimator"))


def test_an_empty_section_says_what_each_button_needs(widget):
    ui = widget.ui
    assert ui.resultsNeedLabel.text.startswith("Nothing is measured yet")
    assert ui.reportHtmlButton.toolTip == "Load a CT or an X-ray first."
    assert ui.plotAgeButton.toolTip.startswith("Measure L1-L4 first")
    assert ui.agreementButton.toolTip.startswith("Choose a table")
    assert ui.captureExportButton.toolTip.startswith("Register, measure or estimate")
    buttons = (ui.reportHtmlButton, ui.reportPdfButton, ui.segmentationExportButton, ui.captureExportButton)
    assert not any(button.enabled for button in (*buttons, ui.plotAgeButton, ui.agreementButton))


def test_a_density_is_shown_on_the_band_of_its_age_and_sex_with_a_z_score(widget):
    ui, session = widget.ui, widget.window.session
    session.use_measurements([SPINE, HIP])
    assert ui.plotAgeButton.toolTip == "Give the person's age."
    ui.ageBox.value = 62
    ui.sexBox.currentText = "Female"
    ui.plotAgeButton.click()
    wait_until(lambda: idle(widget) and session.state.plots, TIMEOUT)
    assert not ui.resultPlotLabel.pixmap.isNull()
    first = bytes(ui.resultPlotLabel.pixmap.toImage().constBits())
    scores = [m for m in session.state.measurements if m.name.startswith("Z-score")]
    assert [m.name for m in scores] == ["Z-score, L1-L4"]  # no band of the hip is known for women
    ui.ageBox.value = 75
    before = session.state.plots["Density against age"]
    ui.plotAgeButton.click()
    wait_until(lambda: idle(widget) and session.state.plots["Density against age"] is not before, TIMEOUT)
    assert bytes(ui.resultPlotLabel.pixmap.toImage().constBits()) != first
    again = [m for m in session.state.measurements if m.name.startswith("Z-score")]
    assert len(again) == 1
    assert again[0].value > scores[0].value  # the same density is better at a greater age


def test_an_age_that_the_reference_does_not_hold_is_said(widget):
    widget.window.session.use_measurements([SPINE])
    widget.ui.ageBox.value = 10
    widget.ui.plotAgeButton.click()
    wait_idle(widget)
    assert "no values for 10 years" in widget.ui.resultsMessageLabel.text


def test_a_mans_hip_has_a_band_and_a_womans_has_none(widget):
    widget.window.session.use_measurements([HIP])
    widget.ui.ageBox.value = 62
    widget.ui.sexBox.currentText = "Male"
    assert widget.ui.plotAgeButton.enabled
    widget.ui.sexBox.currentText = "Female"
    assert widget.ui.plotAgeButton.toolTip.startswith("Measure L1-L4 first")


def write_cohort(path, count=40):
    rng = np.random.default_rng(4)
    true = rng.normal(0.9, 0.12, count)
    rows = [f"P{n},{a:.3f},{a + 0.02 + rng.normal(0, 0.03):.3f},text" for n, a in enumerate(true)]
    path.write_text("person,dxa,estimate,remark\n" + "\n".join(rows) + "\n")
    return str(path)


def test_two_columns_of_a_cohort_are_compared(widget, file_dialogs, tmp_path):
    ui, session = widget.ui, widget.window.session
    file_dialogs.answers.append(write_cohort(tmp_path / "cohort.csv"))
    ui.cohortButton.click()
    assert [ui.referenceColumnBox.itemText(n) for n in range(ui.referenceColumnBox.count)] == ["dxa", "estimate"]
    assert (ui.referenceColumnBox.currentText, ui.estimateColumnBox.currentText) == ("dxa", "estimate")
    ui.agreementButton.click()
    wait_until(lambda: idle(widget) and session.state.plot_lines, TIMEOUT)
    assert "n 40" in ui.plotLinesLabel.text
    assert "Bias 0.0" in ui.plotLinesLabel.text
    assert "g/cm²" in ui.plotLinesLabel.text
    assert not ui.resultPlotLabel.pixmap.isNull()


def test_a_table_that_cannot_be_read_is_said(widget, tmp_path):
    widget.ui.cohortEdit.text = str(tmp_path / "gone.csv")
    assert "cannot be read" in widget.ui.resultsMessageLabel.text
    assert not widget.ui.agreementButton.enabled


def test_from_registration_to_map_report_and_exports(widget, file_dialogs, tmp_path):
    make_case(widget)
    register(widget)
    ui, session = widget.ui, widget.window.session
    ui.regionBox.currentText = "Total hip"
    ui.sideBox.currentText = "Left"
    ui.measureButton.click()
    wait_until(lambda: idle(widget) and session.state.maps, TIMEOUT)
    assert not ui.mapLabel.pixmap.isNull()
    node = widget._parameterNode.densityMap
    values = slicer.util.arrayFromVolume(node)[0]
    assert np.array_equal(values, session.state.in_view)
    assert node.GetVoxelValueUnits().GetCodeValue() == "g/cm2"
    legends = [node.GetNthDisplayNode(n) for n in range(node.GetNumberOfDisplayNodes())]
    assert any(one.IsA("vtkMRMLColorLegendDisplayNode") and one.GetTitleText() == "g/cm²" for one in legends)
    ui.sideBox.currentText = "Right"
    ui.measureButton.click()
    wait_until(lambda: idle(widget) and len(session.state.maps) == 2, TIMEOUT)
    maps = [n for n in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if "areal density" in n.GetName()]
    assert maps == [widget._parameterNode.densityMap]

    file_dialogs.answers += [str(tmp_path / "report.html"), str(tmp_path / "report.pdf")]
    ui.reportHtmlButton.click()
    html = (tmp_path / "report.html").read_text()
    assert "Synthetic" in html
    assert "aBMD, Total hip, left" in html
    assert html.count("data:image/png") == 3  # registration and two maps
    ui.reportPdfButton.click()
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    assert "Written" in ui.resultsMessageLabel.text

    file_dialogs.answers += [str(tmp_path / "bones.dcm"), str(tmp_path / "picture.dcm")]
    ui.segmentationExportButton.click()
    wait_idle(widget)
    import pydicom

    bones = pydicom.dcmread(tmp_path / "bones.dcm")
    assert bones.Modality == "SEG"
    assert len(bones.SegmentSequence) == 11
    assert len(list((tmp_path / "bones_ct").glob("*.dcm"))) == session.state.ct.array.shape[0]
    assert "came from no DICOM" in ui.resultsMessageLabel.text
    ui.captureExportButton.click()
    wait_idle(widget)
    assert pydicom.dcmread(tmp_path / "picture.dcm").pixel_array.shape[2] == 3


def test_a_report_that_cannot_be_written_is_said(widget, file_dialogs, tmp_path):
    make_patient(widget)
    file_dialogs.answers.append(str(tmp_path / "no" / "such" / "folder.html"))
    widget.ui.reportHtmlButton.click()
    assert "was not written" in widget.ui.resultsMessageLabel.text
    widget.ui.reportPdfButton.click()  # the dialog is dismissed
    assert idle(widget)


def test_results_without_a_ct_stand_next_to_the_xray(widget):
    array = np.random.default_rng(1).uniform(0, 1000, (1, 40, 30)).astype(np.float32)
    widget.ui.xraySelector.setCurrentNode(slicer.util.addVolumeFromArray(array, name="DX"))
    widget.ui.spacingBox.value = 0.3
    widget.window.session.use_measurements([HIP])
    table = widget._parameterNode.results
    assert table.GetNumberOfRows() == 1
    assert table.GetNodeReference("BoneDensity.ct") is widget._parameterNode.xray


def test_a_saved_scene_keeps_person_cohort_and_map(widget, tmp_path):
    make_case(widget)
    register(widget)
    ui, session = widget.ui, widget.window.session
    ui.ageBox.value, ui.sexBox.currentText = 71, "Male"
    ui.cohortEdit.text = write_cohort(tmp_path / "cohort.csv")
    ui.measureButton.click()
    wait_until(lambda: idle(widget) and session.state.maps, TIMEOUT)
    values = np.array(slicer.util.arrayFromVolume(widget._parameterNode.densityMap))
    rows = ui.resultTable.rowCount
    assert slicer.util.saveScene(str(tmp_path / "case.mrb"))
    slicer.mrmlScene.Clear(False)
    assert (ui.ageBox.value, ui.cohortEdit.text, ui.resultTable.rowCount) == (0, "", 0)
    assert ui.mapLabel.pixmap.isNull()
    slicer.util.loadScene(str(tmp_path / "case.mrb"))
    wait_until(lambda: idle(widget) and session.state.preview is not None, TIMEOUT)
    assert (ui.ageBox.value, ui.sexBox.currentText) == (71, "Male")
    assert ui.referenceColumnBox.count == 2
    assert ui.resultTable.rowCount == rows
    assert np.allclose(slicer.util.arrayFromVolume(widget._parameterNode.densityMap), values)
