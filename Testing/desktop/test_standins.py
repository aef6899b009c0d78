"""The stand-ins refuse what Slicer does not have, and behave as PythonQt does where Slicer has it."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import ctk
import numpy as np
import pytest
import qt
import slicer
import vtk
from standins import allowlist, harness, standin, uiloader
from vtk.util import numpy_support

BUTTON = '<widget class="QPushButton" name="go"/>'


def load_text(tmp_path: Path, body: str, connections: str = "") -> object:
    """Loads a one-window .ui file with this body."""
    path = tmp_path / "window.ui"
    layout = f'<layout class="QVBoxLayout" name="box"><item>{body}</item></layout>'
    window = f'<widget class="qMRMLWidget" name="Window">{layout}</widget>'
    path.write_text(f'<ui version="4.0"><class>W</class>{window}<connections>{connections}</connections></ui>')
    return slicer.util.loadUI(str(path))


# --- names ---


@pytest.mark.parametrize(
    ("widget", "name"),
    [
        (lambda: qt.QPushButton(), "caption"),
        (lambda: qt.QTimer(), "delay"),
        (lambda: qt.QMessageBox(), "message"),
        (lambda: ctk.ctkSliderWidget(), "setMinimum"),  # a property only, no slot
        (lambda: ctk.ctkPathLineEdit(), "path"),
        (lambda: ctk.ctkCollapsibleButton(), "expanded"),
        (lambda: slicer.qMRMLNodeComboBox(), "nodeType"),
        (lambda: slicer.qMRMLNodeComboBox(), "currentIndex"),  # of the inner combo box, not of this one
    ],
)
def test_a_name_the_class_does_not_have_is_refused_for_reading_and_writing(slicer_app, widget, name):
    made = widget()
    with pytest.raises(AttributeError):
        getattr(made, name)
    with pytest.raises(AttributeError):
        setattr(made, name, 1)


def test_a_name_that_qt_itself_made_objects_lack_is_refused_too(slicer_app):
    table = qt.QTableWidget()
    header = table.horizontalHeader()
    with pytest.raises(AttributeError):
        header.stretch = True
    header.visible = False
    assert not header.isVisible()


@pytest.mark.parametrize(
    ("widget", "name", "value"),
    [
        (lambda: qt.QPushButton(), "width", 3),
        (lambda: ctk.ctkDoubleSpinBox(), "cleanText", "3"),
        (lambda: slicer.qMRMLSegmentsTableView(), "segmentCount", 2),
    ],
)
def test_a_read_only_property_cannot_be_written(slicer_app, widget, name, value):
    with pytest.raises(AttributeError, match="read-only"):
        setattr(widget(), name, value)


@pytest.mark.parametrize("sender", [lambda: qt.QPushButton(), lambda: slicer.qMRMLNodeComboBox()])
def test_an_unknown_signal_is_refused(slicer_app, sender):
    with pytest.raises(AttributeError, match="no signal"):
        sender().connect("pushed(bool)", print)


def test_a_signal_with_other_types_is_refused(slicer_app):
    with pytest.raises(AttributeError):
        slicer.qMRMLNodeComboBox().connect("currentNodeChanged(QString)", print)


def test_a_property_of_another_type_is_refused(slicer_app):
    with pytest.raises(TypeError, match="is a double"):
        ctk.ctkSliderWidget().value = "high"


def test_methods_that_exist_but_are_not_emulated_say_so(slicer_app):
    with pytest.raises(NotImplementedError, match="resetUnactiveSliders"):
        slicer.qMRMLTransformSliders().resetUnactiveSliders()


def test_qt_offers_no_names_of_pyside_alone(slicer_app):
    for name in ("Signal", "Slot", "QNoSuchWidget"):
        with pytest.raises(AttributeError):
            getattr(qt, name)


def test_a_class_outside_the_list_is_refused(slicer_app):
    with pytest.raises(AttributeError, match=r"widgets\.json"):
        _ = ctk.ctkFantasyWidget


def test_a_stand_in_with_a_name_slicer_lacks_cannot_be_written():
    with pytest.raises(TypeError, match="does not exist in Slicer"):
        type(qt.QWidget)("ctkPathLineEdit", (standin.Standin, qt.QWidget), {"fly": 1, "__module__": "standins.x"})


def test_every_class_of_the_list_can_be_made(slicer_app):
    widgets = [n for n in json.loads(allowlist.WIDGETS_JSON.read_text()) if not n.startswith("qSlicerAbstract")]
    for name in widgets:
        if allowlist.interface(name).qt_base not in ("QApplication", "QObject", "QAbstractButton"):
            standin.standin_class(name)()


# --- PythonQt's manners ---


def test_properties_are_attributes_and_setters_remain(slicer_app):
    button = qt.QPushButton("Go")
    button.text, button.enabled, button.name = "Stop", False, "stopButton"
    assert (button.text, button.enabled, button.objectName, button.isEnabled()) == ("Stop", False, "stopButton", False)
    button.setText("On")
    assert button.text == "On"
    assert button.className() == "QPushButton"


def test_slots_get_as_many_arguments_as_they_take(slicer_app):
    seen = []
    button = qt.QPushButton()
    button.connect("clicked()", lambda: seen.append("none"))
    button.connect("clicked(bool)", lambda: seen.append("trimmed"))
    button.connect("clicked(bool)", lambda checked: seen.append(checked))
    button.clicked.connect(lambda *all_of_them: seen.append(all_of_them))
    button.clicked.connect(lambda index=7: seen.append(index))  # PythonQt's trap: the default is overwritten
    button.click()
    assert seen == ["none", "trimmed", False, (False,), False]


def test_slots_of_emulated_signals_are_trimmed_too(slicer_app):
    seen = []
    slider = ctk.ctkSliderWidget()
    slider.maximum = 10
    slider.connect("valueChanged(double)", lambda: seen.append("none"))
    slider.valueChanged.connect(seen.append)
    slider.value = 4.5
    assert seen == ["none", 4.5]


def test_a_disconnected_slot_is_not_called(slicer_app):
    seen = []
    button = qt.QPushButton()
    button.clicked.connect(seen.append)
    assert button.disconnect("clicked(bool)", seen.append)
    button.click()
    assert seen == []


def test_an_error_in_a_slot_is_noticed_and_the_others_run(slicer_app, slot_errors):
    seen = []
    button = qt.QPushButton()
    button.clicked.connect(lambda: 1 / 0)
    button.clicked.connect(lambda: seen.append("ran"))
    with slot_errors.expect(ZeroDivisionError):
        button.click()
    assert seen == ["ran"]


def test_an_error_in_an_observer_is_noticed(scene, slot_errors):
    tag = scene.AddObserver(scene.NodeAddedEvent, lambda caller, event: 1 / 0)
    with slot_errors.expect(ZeroDivisionError):
        scene.AddNewNodeByClass("vtkMRMLTextNode")
    scene.RemoveObserver(tag)


def test_a_python_subclass_may_have_attributes_of_its_own(slicer_app):
    class Panel(qt.QWidget):
        def __init__(self):
            super().__init__()
            self.extra = 1

    assert Panel().extra == 1


def test_timers_and_waiting(slicer_app):
    ticks = []
    timer = qt.QTimer()
    timer.interval = 1
    timer.connect("timeout()", functools.partial(ticks.append, 1))
    timer.start()
    harness.wait_until(lambda: len(ticks) > 2, timeout=5)
    assert timer.active
    timer.stop()
    with pytest.raises(TimeoutError):
        harness.wait_until(lambda: False, timeout=0.02)


def test_a_worker_process_is_read_through_its_signals(slicer_app):
    import sys

    lines = []
    process = qt.QProcess()
    process.connect("readyReadStandardOutput()", lambda: lines.append(bytes(process.readAllStandardOutput().data())))
    process.start(sys.executable, ["-c", "print('hello')"])
    harness.wait_until(lambda: process.state() == qt.QProcess.NotRunning and lines)
    assert b"".join(lines).strip() == b"hello"


def test_an_array_becomes_a_picture_in_a_label(slicer_app):
    data = vtk.vtkImageData()
    data.SetDimensions(6, 2, 1)
    data.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 4)
    pixels = numpy_support.vtk_to_numpy(data.GetPointData().GetScalars()).reshape(2, 6, 4)
    pixels[:] = 255
    pixels[0] = (9, 0, 0, 255)  # the lowest row
    image = qt.QImage()
    assert slicer.qMRMLUtils().vtkImageDataToQImage(data, image)
    assert image.pixelColor(0, 1).red() == 9
    label = qt.QLabel()
    label.setPixmap(qt.QPixmap.fromImage(image))
    assert (label.pixmap.width(), label.pixmap.height()) == (6, 2)
    label.alignment = qt.Qt.AlignCenter
    assert label.alignment == qt.Qt.AlignCenter
    assert ctk.ctkVTKWidgetsUtils.vtkImageDataToQImage(data) == image


def test_a_picture_cannot_be_made_of_bytes_as_in_pythonqt(slicer_app):
    with pytest.raises(TypeError, match="none takes bytes"):
        qt.QImage(bytes(64), 8, 8, qt.QImage.Format_Grayscale8)


# --- .ui files ---


def test_an_unknown_property_in_a_ui_file_is_refused(tmp_path, slicer_app):
    bad = '<widget class="ctkPathLineEdit" name="p"><property name="path"><string>x</string></property></widget>'
    with pytest.raises(uiloader.UiError, match="ctkPathLineEdit has no property 'path'"):
        load_text(tmp_path, bad)


def test_an_unknown_property_of_a_qt_widget_in_a_ui_file_is_refused(tmp_path, slicer_app):
    bad = '<widget class="QLabel" name="l"><property name="caption"><string>x</string></property></widget>'
    with pytest.raises(uiloader.UiError, match="QLabel has no property"):
        load_text(tmp_path, bad)


def test_a_read_only_property_in_a_ui_file_is_refused(tmp_path, slicer_app):
    bad = '<widget class="ctkDoubleSpinBox" name="b"><property name="cleanText"><string>x</string></property></widget>'
    with pytest.raises(uiloader.UiError, match="read-only"):
        load_text(tmp_path, bad)


def test_an_unknown_class_in_a_ui_file_is_refused(tmp_path, slicer_app):
    with pytest.raises(uiloader.UiError, match="ctkPathEdit"):
        load_text(tmp_path, '<widget class="ctkPathEdit" name="p"/>')


@pytest.mark.parametrize(
    ("signal", "slot"),
    [
        ("mrmlSceneChanges(vtkMRMLScene*)", "setMRMLScene(vtkMRMLScene*)"),
        ("mrmlSceneChanged(vtkMRMLScene*)", "setScene(vtkMRMLScene*)"),
        ("mrmlSceneChanged(vtkMRMLScene*)", "setEnabled(bool)"),
    ],
)
def test_an_unknown_signal_or_slot_in_a_ui_file_is_refused(tmp_path, slicer_app, signal, slot):
    ends = f"<sender>Window</sender><signal>{signal}</signal><receiver>s</receiver><slot>{slot}</slot>"
    with pytest.raises(uiloader.UiError):
        load_text(tmp_path, '<widget class="qMRMLNodeComboBox" name="s"/>', f"<connection>{ends}</connection>")


def test_a_connection_of_a_ui_file_to_a_qt_slot_works(tmp_path, slicer_app):
    both = f'<layout class="QVBoxLayout" name="in"><item>{BUTTON}</item></layout>'
    ends = "<sender>go</sender><signal>toggled(bool)</signal><receiver>part</receiver><slot>setChecked(bool)</slot>"
    body = f'<widget class="ctkCollapsibleButton" name="part">{both}</widget>'
    ui = slicer.util.childWidgetVariables(load_text(tmp_path, body, f"<connection>{ends}</connection>"))
    ui.go.checkable = True
    ui.go.checked = True
    ui.go.checked = False
    assert ui.part.collapsed


# --- what surrounds the window ---


def test_messages_are_recorded_and_questions_answered(slicer_app, recorder):
    slicer.util.errorDisplay("No CT", detailedText="why")
    slicer.util.showStatusMessage("Working")
    recorder.answers.extend([False, True])
    assert not slicer.util.confirmYesNoDisplay("Overwrite?")
    assert slicer.util.confirmOkCancelDisplay("Continue?")
    assert recorder.messages == [("error", "No CT"), ("question", "Overwrite?"), ("question", "Continue?")]
    assert (recorder.details, recorder.status) == (["why"], ["Working"])


def test_nothing_is_installed_and_requests_are_recorded(slicer_app, recorder, tmp_path):
    import slicer.packaging

    wanted = tmp_path / "requirements.txt"
    wanted.write_text("# comment\n--index-url x\nmonai>=1.5\n")
    slicer.packaging.pip_ensure(slicer.packaging.load_requirements(wanted), requester="BMDEstimator")
    assert recorder.pip_ensured[0]["requirements"] == ["monai>=1.5"]
    recorder.pip_declined = True
    with pytest.raises(RuntimeError, match="declined"):
        slicer.packaging.pip_ensure("torch")
    with pytest.raises(RuntimeError, match="nothing may be installed"):
        slicer.util.pip_install("torch")


def test_file_dialogs_give_the_answers_of_the_test(slicer_app, file_dialogs):
    file_dialogs.answers.append("/data/xray.dcm")
    assert qt.QFileDialog.getOpenFileName(None, "Radiograph") == "/data/xray.dcm"
    assert qt.QFileDialog.getOpenFileName(None, "Radiograph") == ""
    assert len(file_dialogs.asked) == 2


def test_message_boxes_do_not_wait(slicer_app, recorder):
    recorder.answers.append(False)
    assert qt.QMessageBox.question(None, "Title", "Delete?") == qt.QMessageBox.No
    box = qt.QMessageBox()
    box.text = "Done"
    assert box.exec_() == qt.QMessageBox.Ok
    assert recorder.messages == [("question", "Delete?"), ("info", "Done")]


def test_slice_views_show_layers(scene):
    volume = slicer.util.addVolumeFromArray(np.zeros((2, 3, 4)))
    slicer.util.setSliceViewerLayers(background=volume, foregroundOpacity=0.4, fit=True)
    composite = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode()
    assert composite.GetBackgroundVolumeID() == volume.GetID()
    assert composite.GetForegroundOpacity() == pytest.approx(0.4)


def test_settings_are_not_those_of_the_user(slicer_app):
    qt.QSettings().setValue("BoneDensity/Device", "cpu")
    assert slicer.util.settingsValue("BoneDensity/Device", "auto") == "cpu"
    assert "bonedensity-settings" in qt.QSettings().fileName()


@pytest.mark.parametrize(
    "said", [{"uris": None, "nodeNames": ["virtual"]}, {"uris": ["https://x/y"], "fileNames": [], "nodeNames": ["a"]}]
)
def test_a_sample_data_tile_that_slicer_could_not_make_is_refused(slicer_app, said):
    import SampleData

    before = list(SampleData.SampleDataLogic.registered)
    with pytest.raises((TypeError, ValueError)):
        SampleData.SampleDataLogic.registerCustomSampleDataSource(category="Toy", sampleName="Toy", **said)
    assert SampleData.SampleDataLogic.registered == before
