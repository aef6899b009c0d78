"""Section 1: what is loaded, from where, and with which X-ray geometry."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import qt
from slicer.i18n import tr as _

from BMDEstimatorLib.feedback import Feedback
from bonedensity.workflows.session import Session

CT_FILES = "CT (*.nii *.nii.gz *.nrrd *.nhdr *.mha *.mhd *.dcm *.ima);;All files (*)"
LABEL_FILES = "Segmentation (*.seg.nrrd *.nii *.nii.gz *.nrrd *.mha *.mhd *.dcm);;All files (*)"
XRAY_FILES = "X-ray (*.dcm *.dic *.ima *.png *.tif *.tiff *.jpg *.nii *.nii.gz *.nrrd *.mha *.mhd);;All files (*)"

NOTES_SHOWN = 4
"""Sentences of the readers that fit; the tooltip has all."""


class LoadPanel:
    """The first section.

    Attributes:
        patient_spacing_mm: Voxel size of virtual patients; coarser ones are quicker.

    Args:
        ui: The window's widgets.
        session: The case.
        feedback: Where messages are said.
        parameters: Gives the parameter node.
        ensure: Installs what is missing; returns why that failed, or "".
    """

    def __init__(
        self,
        ui: Any,
        session: Session,
        feedback: Feedback,
        parameters: Callable[[], Any],
        ensure: Callable[[], str],
    ) -> None:
        self._ui, self._session, self._feedback = ui, session, feedback
        self._parameters, self._ensure = parameters, ensure
        self.patient_spacing_mm = 2.0
        ui.ctFileButton.connect("clicked()", self._open_ct)
        ui.ctFolderButton.connect("clicked()", self._open_ct_folder)
        ui.segmentationFileButton.connect("clicked()", self._open_labels)
        ui.thresholdButton.connect("clicked()", self._threshold)
        ui.xrayFileButton.connect("clicked()", self._open_xray)
        ui.virtualButton.connect("clicked()", self._virtual)
        ui.simulateButton.connect("clicked()", self._simulate)

    def refresh(self) -> None:
        """Enable what can be done, and say of the rest what it lacks."""
        session, ui = self._session, self._ui
        busy = _("Wait until {job} has ended, or cancel it.").format(job=session.desk.title)
        free = "" if not session.desk.title else busy
        bones = session.what_is_missing("labels")
        enable(ui.ctFileButton, free, _("Read a CT from one file (NIfTI, NRRD, MHA, DICOM)."))
        enable(ui.ctFolderButton, free, _("Read a CT from a folder of DICOM files."))
        enable(ui.segmentationFileButton, bones, _("Read a segmentation of this CT (NIfTI, NRRD, DICOM SEG)."))
        enable(ui.thresholdButton, bones, _("Take all that is dense as one bone: enough to register, not to measure."))
        enable(ui.xrayFileButton, free, _("Read an X-ray image (DICOM, PNG, TIFF, NIfTI)."))
        enable(ui.virtualButton, free, _("Make a synthetic CT with its bones, to try everything without data."))
        enable(
            ui.simulateButton,
            session.what_is_missing("simulate"),
            _("Make an X-ray of this CT at a hidden pose, to try a registration whose truth is known."),
        )
        ui.spacingSourceLabel.text = self._spacing_source()
        self._summary()

    def _spacing_source(self) -> str:
        geometry = self._session.state.geometry
        if self._session.state.radiograph is None:
            return ""
        if geometry.spacing_mm is None:
            return _("on the detector: please give it")
        said = {
            "imager": _("on the detector, from the file (imager)"),
            "user": _("on the detector, typed here (user)"),
            "camera": _("on the detector, from the camera"),
        }
        return said.get(geometry.spacing_source, geometry.spacing_source)

    def _summary(self) -> None:
        state = self._session.state
        lines, notes = [], []
        if state.ct is not None:
            size = " × ".join(str(n) for n in state.ct.array.shape[::-1])
            spacing = " × ".join(f"{s:.2g}" for s in state.ct.spacing)
            lines.append(_("CT: {size} voxels of {spacing} mm.").format(size=size, spacing=spacing))
            notes += state.ct.notes
        if state.labels is not None:
            lines.append(_("Bones: {count}.").format(count=len(state.bones)))
            notes += state.labels.volume.notes
        if state.radiograph is not None:
            text = _("X-ray: {columns} × {rows} pixels.")
            lines.append(text.format(columns=state.radiograph.columns, rows=state.radiograph.rows))
            notes += state.radiograph.notes
        label = self._ui.loadedLabel
        shown = "".join(f"<br>• {escape(note, quote=False)}" for note in notes[:NOTES_SHOWN])
        label.text = escape(" ".join(lines), quote=False) + shown
        label.toolTip = "\n".join(notes) or _("What is loaded, and what the readers did or doubted.")
        label.setVisible(bool(lines))

    def _open_ct(self) -> None:
        if path := qt.QFileDialog.getOpenFileName(self._ui.loadSection, _("Open a CT"), "", CT_FILES):
            self._feedback.begin("load")
            self._session.load_ct(path)

    def _open_ct_folder(self) -> None:
        if path := qt.QFileDialog.getExistingDirectory(self._ui.loadSection, _("Open a folder with a CT"), ""):
            self._feedback.begin("load")
            self._session.load_ct(path)

    def _open_labels(self) -> None:
        if path := qt.QFileDialog.getOpenFileName(self._ui.loadSection, _("Open the bones"), "", LABEL_FILES):
            self._feedback.begin("load")
            self._session.load_labels(path)

    def _threshold(self) -> None:
        self._feedback.begin("load")
        self._session.use_threshold()

    def _open_xray(self) -> None:
        if path := qt.QFileDialog.getOpenFileName(self._ui.loadSection, _("Open an X-ray"), "", XRAY_FILES):
            self._feedback.begin("load")
            self._session.load_radiograph(path)

    def _virtual(self) -> None:
        self._begin_computing()
        self._session.make_virtual_patient(self._parameters().seed, spacing_mm=self.patient_spacing_mm)

    def _simulate(self) -> None:
        self._begin_computing()
        self._session.simulate_xray(self._parameters().seed)

    def _begin_computing(self) -> None:
        """Ask for missing packages; this section works without them, slower."""
        self._feedback.begin("load")
        if refusal := self._ensure():
            self._feedback.say(refusal)


def enable(button: Any, missing: str, tip: str) -> None:
    """A button that can be pressed, or that says why not."""
    button.enabled = not missing
    button.toolTip = missing or tip
