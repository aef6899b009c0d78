"""The first section's calibration: the line from HU to density, and a picture of what it rests on."""

from __future__ import annotations

from html import escape

import numpy as np
from slicer.i18n import tr as _

from BMDEstimatorLib.ct_choices import CalibrationMethod
from BMDEstimatorLib.panel import Panel, Shared
from bonedensity.densitometry import Calibration
from bonedensity.desktop.buttons import enable
from bonedensity.desktop.pictures import show_in
from bonedensity.workflows.ct_facts import Evidence, calibration_line

TIPS = {
    CalibrationMethod.NOMINAL: _("Take the line of a 120 kVp scan of a body; densities are then HU-based, ±10 %."),
    CalibrationMethod.INTERNAL: _("Calibrate by air, fat, muscle and compact bone: it needs a femoral shaft."),
    CalibrationMethod.SCANNER: _("Take the line of a table for this tube voltage."),
}


class CalibrationPanel(Panel):
    """Method, line, evidence."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        ui = shared.ui
        self._shown: Evidence | None = None
        ui.calibrateButton.connect("clicked()", self._calibrate)

    def refresh(self) -> None:
        """Enable what can be done; show line, plausibility and evidence."""
        parameters, ui = self._parameters(), self._ui
        method = CalibrationMethod.NOMINAL if parameters is None else parameters.calibrationMethod
        missing = "" if method is CalibrationMethod.NOMINAL else self._session.what_is_missing("calibrate")
        tip = TIPS.get(method) or _("Find the phantom's rods in the CT and fit their line.")
        enable(ui.calibrateButton, missing, tip)
        ui.kvpBox.enabled = method is CalibrationMethod.SCANNER
        ui.calibrationLabel.text = self._said()
        self._draw()

    def _said(self) -> str:
        state = self._session.state
        calibration, evidence = state.calibration, state.evidence
        verdict = _("Plausible.") if calibration.plausible else _("Not plausible.")
        lines = [calibration_line(calibration), " ".join(calibration.doubts) or verdict]
        if evidence is not None:
            lines += [*evidence.lines[1:], *evidence.notes]
        return "<br>".join(escape(line, quote=False) for line in lines)

    def _draw(self) -> None:
        evidence, label = self._session.state.evidence, self._ui.calibrationPictureLabel
        if evidence is self._shown:
            return
        self._shown = evidence
        picture = None if evidence is None else evidence.picture
        label.setVisible(picture is not None)
        if picture is None:
            label.clear()
        else:
            show_in(label, picture.astype(np.float64) / 255)

    def _calibrate(self) -> None:
        parameters = self._parameters()
        self._feedback.begin("ct")
        if parameters.calibrationMethod is CalibrationMethod.NOMINAL:
            self._session.set_calibration(Calibration.nominal())
            return
        if refusal := self._ensure():
            self._feedback.fail(refusal)
            return
        self._session.calibrate(parameters.calibrationMethod.value, kvp=parameters.kvp)
