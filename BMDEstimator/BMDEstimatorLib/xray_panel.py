"""Section 2: the X-ray, and the room in which it was taken."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from BMDEstimatorLib.panel import Panel, Shared
from bonedensity.desktop.buttons import enable, say
from bonedensity.desktop.drawings import show_drawing
from bonedensity.workflows.readiness import sentence_of
from bonedensity.workflows.session_state import SessionState
from bonedensity.workflows.session_xray import MIRRORED
from bonedensity.workflows.setup_drawing import setup_drawing

XRAY_FILES = "X-ray (*.dcm *.dic *.ima *.png *.tif *.tiff *.jpg *.nii *.nii.gz *.nrrd *.mha *.mhd);;All files (*)"


class XrayPanel(Panel):
    """The second section."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        ui = shared.ui
        self._drawn: Any = None
        ui.xrayFileButton.connect("clicked()", self._open)
        ui.simulateButton.connect("clicked()", self._simulate)
        ui.mirroredBox.connect("clicked()", self._mirror)

    def refresh(self) -> None:
        """Enable what can be done, and say of the rest what it lacks."""
        session, ui = self._session, self._ui
        enable(ui.xrayFileButton, session.waiting(), _("Read an X-ray image (DICOM, PNG, TIFF, NIfTI)."))
        enable(
            ui.simulateButton,
            session.what_is_missing("simulate"),
            _("Make an X-ray of this CT at a hidden pose, to try a registration whose truth is known."),
        )
        ui.xrayNeedLabel.text = sentence_of(session.state, "xray")
        ui.mirroredBox.enabled = session.state.radiograph is not None
        ui.mirroredBox.checked = is_mirrored(session.state)
        ui.spacingSourceLabel.text = self._spacing_source()
        self._draw()
        self._say_what_is_loaded()

    def _spacing_source(self) -> str:
        state = self._session.state
        geometry, radiograph = state.geometry, state.radiograph
        if radiograph is None:
            return ""
        if geometry.in_patient_mm is not None and geometry.spacing_mm is not None:
            text = _("Times the magnification of {factor}: {size} mm on the detector.")
            return text.format(factor=f"{geometry.magnification:.3f}", size=f"{geometry.spacing_mm[0]:.4f}")
        if geometry.spacing_mm is None:
            return self._why_unknown()
        said = {
            "imager": _("From the file (imager)."),
            "user": _("Typed here (user)."),
            "camera": _("From the camera."),
        }
        return said.get(geometry.spacing_source, geometry.spacing_source)

    def _why_unknown(self) -> str:
        radiograph = self._session.state.radiograph
        spacing = None if radiograph is None else radiograph.spacing
        if spacing is None:
            return _("Please give it: the file does not say it.")
        text = _("The file gives {size} mm in the patient ({source}): choose that plane, or type the detector's.")
        return text.format(size=f"{spacing.row:.4g}", source=spacing.source)

    def _draw(self) -> None:
        """The set-up to scale, made anew when a number changed."""
        state = self._session.state
        shown = state.geometry, None if state.radiograph is None else state.radiograph.array.shape
        if shown != self._drawn:
            self._drawn = shown
            show_drawing(self._ui.setupLabel, setup_drawing(state.geometry, state.radiograph))

    def _say_what_is_loaded(self) -> None:
        radiograph, line, notes = self._session.state.radiograph, "", []
        if radiograph is not None:
            text = _("X-ray: {columns} × {rows} pixels.")
            line = text.format(columns=radiograph.columns, rows=radiograph.rows)
            notes = list(radiograph.notes)
        say(self._ui.xrayLoadedLabel, line, notes, _("What is loaded, and what the readers did or doubted."))

    def _open(self) -> None:
        if path := qt.QFileDialog.getOpenFileName(self._ui.xraySection, _("Open an X-ray"), "", XRAY_FILES):
            self._feedback.begin("xray")
            self._session.load_radiograph(path)

    def _mirror(self) -> None:
        self._feedback.begin("xray")
        self._session.set_mirrored(not is_mirrored(self._session.state))

    def _simulate(self) -> None:
        self._feedback.begin("xray")
        if refusal := self._ensure():  # it works without the packages, slower
            self._feedback.say(refusal)
        self._session.simulate_xray(self._parameters().seed)


def is_mirrored(state: SessionState) -> bool:
    """Whether the X-ray's columns were reversed by hand."""
    return state.radiograph is not None and bool(state.radiograph.tags.get(MIRRORED))
