"""The X-ray section: geometry form, drawing, views, and X-rays that Slicer's DICOM module loaded."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
from bmd_window import TIMEOUT, idle, make_case, make_patient, quick, wait_idle
from standins.harness import wait_until


@pytest.fixture
def widget(module_factory):
    return quick(module_factory("BMDEstimator"))


def picture(widget):
    return bytes(widget.ui.setupLabel.pixmap.toImage().constBits())


def add_plain_xray(widget, shape=(60, 40)):
    """An X-ray node that came from elsewhere, with a bright mark at its right border."""
    array = np.random.default_rng(1).uniform(100, 200, (1, *shape)).astype(np.float32)
    array[0, :, -1] = 1000
    node = slicer.util.addVolumeFromArray(array, name="DX")
    widget.ui.xraySelector.setCurrentNode(node)
    return node


def test_the_section_says_what_it_needs_next(widget):
    assert widget.ui.xrayNeedLabel.text == "Load an X-ray, or simulate one from the CT."
    add_plain_xray(widget)
    assert widget.ui.xrayNeedLabel.text.startswith("Give the X-ray's pixel size")
    widget.ui.spacingBox.value = 0.4
    assert widget.ui.xrayNeedLabel.text.startswith("The X-ray is there")


def test_the_drawing_follows_every_number(widget):
    add_plain_xray(widget)
    ui, seen = widget.ui, [picture(widget)]
    steps = (
        lambda: setattr(ui.spacingBox, "value", 5.0),
        lambda: setattr(ui.sddBox, "value", 1500.0),
        lambda: setattr(ui.sourceToPatientBox, "value", 1200.0),
        lambda: setattr(ui.viewBox, "currentText", "PA: source behind"),
        lambda: setattr(ui.viewBox, "currentText", "Lateral: source at the left"),
        lambda: setattr(ui.primaryBox, "value", 20.0),
        lambda: setattr(ui.secondaryBox, "value", 10.0),
        lambda: setattr(ui.spacingPlaneBox, "currentText", "in the patient (calibrated)"),
    )
    for step in steps:
        step()
        seen.append(picture(widget))
    assert len(set(seen)) == len(seen)
    assert ui.xrayMessageLabel.text == ""


def test_view_and_angles_turn_the_camera_about_the_patient(widget):
    make_case(widget)
    state, ui = widget.window.session.state, widget.ui
    assert state.camera.source[1] == pytest.approx(-1000)  # in front: LPS y points to the back
    ui.viewBox.currentText = "PA: source behind"
    assert widget.window.session.state.camera.source[1] == pytest.approx(1000)
    ui.viewBox.currentText = "Lateral: source at the left"
    assert widget.window.session.state.camera.source[0] == pytest.approx(1000)
    ui.viewBox.currentText = "AP: source in front"
    ui.primaryBox.value = 30.0
    assert widget.window.session.state.camera.source[0] == pytest.approx(500)
    ui.secondaryBox.value = 90.0
    assert widget.window.session.state.camera.source[2] == pytest.approx(1000)
    wait_until(lambda: widget.window.session.state.preview is not None, TIMEOUT)


def test_a_pixel_size_in_the_patient_is_magnified_to_the_detector(widget):
    add_plain_xray(widget)
    ui, session = widget.ui, widget.window.session
    ui.spacingPlaneBox.currentText = "in the patient (calibrated)"
    ui.spacingBox.value = 0.2
    magnification = ui.sddBox.value / ui.sourceToPatientBox.value
    assert session.state.geometry.spacing_mm[0] == pytest.approx(0.2 * magnification)
    assert "magnification" in ui.spacingSourceLabel.text
    ui.sddBox.value = 2 * ui.sourceToPatientBox.value
    assert session.state.geometry.spacing_mm[0] == pytest.approx(0.4)
    assert ui.spacingBox.value == 0.2
    ui.spacingPlaneBox.currentText = "on the detector"
    assert session.state.geometry.spacing_mm[0] == pytest.approx(0.2)


def test_mirroring_makes_a_new_image_and_can_be_taken_back(widget):
    node = add_plain_xray(widget)
    widget.ui.spacingBox.value = 0.4
    before = np.array(widget.window.session.state.radiograph.array)
    assert not widget.ui.mirroredBox.checked
    widget.ui.mirroredBox.click()
    assert np.array_equal(widget.window.session.state.radiograph.array, before[:, ::-1])
    assert widget.ui.mirroredBox.checked
    assert "reversed by request" in widget.ui.xrayLoadedLabel.text
    assert np.array_equal(slicer.util.arrayFromVolume(node)[0], before)
    widget.ui.mirroredBox.click()
    assert np.array_equal(widget.window.session.state.radiograph.array, before)
    assert "reversed" not in widget.ui.xrayLoadedLabel.text


def write_dicom(path, view="PA"):
    """A DX file of 60 x 40 pixels, bone dark, with the detector's spacing and the distance."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1.1"
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    data.Modality, data.PhotometricInterpretation, data.ViewPosition = "DX", "MONOCHROME1", view
    data.ImageLaterality, data.PatientOrientation = "L", ["L", "F"]
    data.ImagerPixelSpacing, data.DistanceSourceToDetector = [0.15, 0.15], 1800
    data.Rows, data.Columns, data.SamplesPerPixel = 60, 40, 1
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation = 15, 0
    pixels = np.arange(2400, dtype=np.uint16).reshape(60, 40)
    data.PixelData = pixels.tobytes()
    data.save_as(path, enforce_file_format=True)
    return data.SOPInstanceUID, pixels


def test_an_xray_of_slicers_dicom_module_is_read_again_with_its_tags(widget, monkeypatch, tmp_path):
    uid, pixels = write_dicom(tmp_path / "dx.dcm")
    files = {str(uid): str(tmp_path / "dx.dcm")}
    database = type("Database", (), {"fileForInstance": lambda self, key: files.get(key, "")})()
    monkeypatch.setattr(slicer, "dicomDatabase", database, raising=False)
    node = slicer.util.addVolumeFromArray(pixels[None].astype(np.float32), name="DX")
    node.SetAttribute("DICOM.instanceUIDs", str(uid))
    widget.ui.xraySelector.setCurrentNode(node)
    wait_until(lambda: idle(widget) and widget.window.session.state.radiograph is not None, TIMEOUT)
    state, ui = widget.window.session.state, widget.ui
    assert ui.spacingBox.value == 0.15
    assert "imager" in ui.spacingSourceLabel.text
    assert ui.sddBox.value == 1800
    assert ui.viewBox.currentText == "PA: source behind"
    assert ui.xraySideBox.currentText == "Left"
    assert state.radiograph.array[0, 0] > state.radiograph.array[-1, -1]  # MONOCHROME1: turned once
    assert widget._parameterNode.xray is not node
    assert np.array_equal(slicer.util.arrayFromVolume(node)[0], pixels)


def test_a_dicom_file_that_is_gone_leaves_the_voxels_that_slicer_has(widget, monkeypatch):
    database = type("Database", (), {"fileForInstance": lambda self, key: "/nowhere/gone.dcm"})()
    monkeypatch.setattr(slicer, "dicomDatabase", database, raising=False)
    node = slicer.util.addVolumeFromArray(np.random.default_rng(2).uniform(0, 9, (1, 30, 20)).astype(np.float32))
    node.SetAttribute("DICOM.instanceUIDs", "1.2.3")
    widget.ui.xraySelector.setCurrentNode(node)
    wait_idle(widget)
    assert widget.window.session.state.radiograph.rows == 30
    assert "Loaded by Slicer" in widget.ui.xrayLoadedLabel.text


def test_a_saved_scene_keeps_view_angles_side_and_mirror(widget, tmp_path):
    make_patient(widget)
    add_plain_xray(widget)
    ui = widget.ui
    ui.spacingBox.value = 2.0
    ui.viewBox.currentText = "PA: source behind"
    ui.primaryBox.value, ui.secondaryBox.value = 12.0, -7.5
    ui.xraySideBox.currentText = "Right"
    ui.mirroredBox.click()
    source = np.array(widget.window.session.state.camera.source)
    assert slicer.util.saveScene(str(tmp_path / "case.mrb"))
    slicer.mrmlScene.Clear(False)
    assert ui.viewBox.currentText == "AP: source in front"
    slicer.util.loadScene(str(tmp_path / "case.mrb"))
    wait_until(lambda: idle(widget) and widget.window.session.state.bones, TIMEOUT)
    assert ui.viewBox.currentText == "PA: source behind"
    assert (ui.primaryBox.value, ui.secondaryBox.value) == (12.0, -7.5)
    assert ui.xraySideBox.currentText == "Right"
    assert ui.mirroredBox.checked
    assert np.allclose(widget.window.session.state.camera.source, source, atol=1e-3)
