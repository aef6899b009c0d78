"""Section 3: calibration, region, and the numbers."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import qt
from slicer.i18n import tr as _

from BMDEstimatorLib.choices import Region
from BMDEstimatorLib.feedback import Feedback
from BMDEstimatorLib.load_panel import enable
from bonedensity.measurement import Measurement
from bonedensity.workflows.session import Session
from bonedensity.workflows.session_landmarks import Landmarks

TALLEST_TABLE_PX = 360
"""More rows are scrolled."""


class MeasurePanel:
    """The third section.

    Args:
        ui: The window's widgets.
        session: The case.
        feedback: Where messages are said.
        parameters: Gives the parameter node.
    """

    def __init__(self, ui: Any, session: Session, feedback: Feedback, parameters: Callable[[], Any]) -> None:
        self._ui, self._session, self._feedback, self._parameters = ui, session, feedback, parameters
        ui.measureButton.connect("clicked()", self._measure)
        ui.landmarksButton.connect("clicked()", self._find_landmarks)
        table = ui.resultTable
        table.setHorizontalHeaderLabels([_("Quantity"), _("Value"), _("± 1 SD"), _("Unit")])
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setSectionResizeMode(0, qt.QHeaderView.Stretch)
        for column in (1, 2, 3):
            header.setSectionResizeMode(column, qt.QHeaderView.ResizeToContents)
        table.verticalHeader().setSectionResizeMode(qt.QHeaderView.ResizeToContents)

    def refresh(self) -> None:
        """Enable what can be done; show calibration and numbers."""
        parameters, state = self._parameters(), self._session.state
        enable(
            self._ui.measureButton,
            self._session.what_is_missing("measure"),
            _("Measure the region on the CT; after a registration also as the X-ray shows it."),
        )
        if parameters is not None:
            self._ui.sideBox.enabled = parameters.region is not Region.LUMBAR_SPINE
        enable(
            self._ui.landmarksButton,
            self._session.what_is_missing("landmarks") or self._spine_has_none(),
            _("Find head, neck, trochanters and shaft of the femur as points that can be dragged."),
        )
        self._ui.landmarksLabel.text = said_of(state.landmarks)
        calibration = state.calibration
        doubts = " ".join(calibration.doubts)
        sound = _("Plausible: {material}, {source}.").format(material=calibration.material, source=calibration.source)
        self._ui.calibrationLabel.text = escape(doubts or sound, quote=False)
        self._fill()

    def _fill(self) -> None:
        table, measurements = self._ui.resultTable, self._session.state.measurements
        table.rowCount = len(measurements)
        for row, measurement in enumerate(measurements):
            for column, text in enumerate(cells(measurement)):
                item = qt.QTableWidgetItem(text)
                if column in (1, 2):
                    item.setTextAlignment(qt.Qt.AlignRight | qt.Qt.AlignVCenter)
                item.setToolTip(measurement.name)
                table.setItem(row, column, item)
        table.resizeRowsToContents()
        rows = table.verticalHeader().length() + table.horizontalHeader().height + 4
        table.minimumHeight = min(rows, TALLEST_TABLE_PX)
        table.setVisible(bool(measurements))

    def _spine_has_none(self) -> str:
        parameters = self._parameters()
        spine = parameters is not None and parameters.region is Region.LUMBAR_SPINE
        return _("The spine's region needs no points: choose a region of the femur.") if spine else ""

    def _find_landmarks(self) -> None:
        self._feedback.begin("measure")
        self._session.find_landmarks(self._parameters().side.value)

    def _measure(self) -> None:
        parameters = self._parameters()
        self._feedback.begin("measure")
        self._session.measure(parameters.region.value, parameters.side.value)


def said_of(landmarks: Landmarks | None) -> str:
    """How many points there are, which were moved, and which are missing, as a line beside the button."""
    if landmarks is None:
        return _("Optional: look at the femur's points, drag what is wrong, then measure.")
    side = _("left") if landmarks.side == "L" else _("right")
    said = _("{count} points, {side}.").format(count=len(landmarks.points), side=side)
    if landmarks.moved:
        said += " " + _("Moved by hand: {names}.").format(names=", ".join(words(name) for name in landmarks.moved))
    if landmarks.missing:
        said += " " + _("Not found: {names}.").format(names=", ".join(words(name) for name in landmarks.missing))
    return said


def words(name: str) -> str:
    """A landmark's name as shown to people."""
    return name.replace("_", " ")


def cells(measurement: Measurement) -> tuple[str, str, str, str]:
    """Name, value, uncertainty and unit as printed."""
    uncertainty = "" if measurement.uncertainty is None else f"{measurement.uncertainty:.2g}"
    digits = 3 if measurement.unit == "g/cm²" else 2 if abs(measurement.value) < 100 else 1
    return measurement.name, f"{measurement.value:.{digits}f}", uncertainty, measurement.unit
