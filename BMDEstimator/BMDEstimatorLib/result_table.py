"""Results: the table of all that was measured or estimated."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from bonedensity.measurement import Measurement
from bonedensity.workflows.readiness import sentence_of
from bonedensity.workflows.session import Session

TALLEST_TABLE_PX = 360
"""More rows are scrolled."""


class ResultTable:
    """The table of the last section.

    Args:
        ui: The window's widgets.
        session: The case.
    """

    def __init__(self, ui: Any, session: Session) -> None:
        self._ui, self._session = ui, session
        table = ui.resultTable
        table.setHorizontalHeaderLabels([_("Quantity"), _("Value"), _("± 1 SD"), _("Unit")])
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setSectionResizeMode(0, qt.QHeaderView.Stretch)
        for column in (1, 2, 3):
            header.setSectionResizeMode(column, qt.QHeaderView.ResizeToContents)
        table.verticalHeader().setSectionResizeMode(qt.QHeaderView.ResizeToContents)

    def refresh(self) -> None:
        """Show the numbers."""
        table, measurements = self._ui.resultTable, self._session.state.measurements
        self._ui.resultsNeedLabel.text = sentence_of(self._session.state, "results")
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


def cells(measurement: Measurement) -> tuple[str, str, str, str]:
    """Name, value, uncertainty and unit as printed."""
    digits = 3 if measurement.unit == "g/cm²" else 2 if abs(measurement.value) < 100 else 1
    uncertainty = "" if measurement.uncertainty is None else f"{measurement.uncertainty:.{digits}f}"
    return measurement.name, f"{measurement.value:.{digits}f}", uncertainty, measurement.unit
