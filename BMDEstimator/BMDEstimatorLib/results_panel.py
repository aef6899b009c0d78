"""Results: plots, maps, report and exports of what was measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import qt
import slicer
from numpy.typing import NDArray
from slicer.i18n import tr as _

from BMDEstimatorLib.panel import Panel, Shared
from bonedensity.densitometry.agreement.cohort import numeric_columns
from bonedensity.desktop.buttons import enable
from bonedensity.desktop.pictures import show_in
from bonedensity.errors import BoneDensityError
from bonedensity.scene.dicom_source import files_of_node
from bonedensity.workflows.session_plots import AGREEMENT, why_no_age_plot
from bonedensity.workflows.session_report import report_content

TABLE_FILES = "Table (*.csv *.tsv *.txt);;All files (*)"

LONGEST_PX = 420


class ResultsPanel(Panel):
    """What is done with the numbers."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        ui = shared.ui
        self._shown: dict[str, Any] = {}
        self._listed = ""
        ui.plotAgeButton.connect("clicked()", self._plot_age)
        ui.cohortButton.connect("clicked()", self._choose_cohort)
        ui.agreementButton.connect("clicked()", self._plot_agreement)
        ui.reportHtmlButton.connect("clicked()", lambda: self._report("html"))
        ui.reportPdfButton.connect("clicked()", lambda: self._report("pdf"))
        ui.segmentationExportButton.connect("clicked()", self._export_segmentation)
        ui.captureExportButton.connect("clicked()", self._export_capture)

    def refresh(self) -> None:
        """Enable what can be done; show map and plot."""
        session, ui, parameters = self._session, self._ui, self._parameters()
        if parameters is None:
            return
        free, state = session.waiting(), session.state
        no_age = "" if parameters.ageYears else _("Give the person's age.")
        enable(
            ui.plotAgeButton,
            free or why_no_age_plot(state.measurements, parameters.sex.value) or no_age,
            _("Show the areal density on the band of people of the same sex, with the Z-score."),
        )
        self._list_columns(parameters.cohortPath)
        no_table = "" if ui.referenceColumnBox.count else _("Choose a table with two columns of numbers.")
        enable(ui.agreementButton, free or no_table, _("Compare two methods' columns by Bland and Altman."))
        nothing = "" if state.ct is not None or state.radiograph is not None else _("Load a CT or an X-ray first.")
        enable(ui.reportHtmlButton, free or nothing, _("Write all results, pictures and doubts as one HTML file."))
        enable(ui.reportPdfButton, free or nothing, _("Write all results, pictures and doubts as PDF."))
        enable(
            ui.segmentationExportButton,
            session.what_is_missing("measure"),
            _("Write the bones as a DICOM segmentation that belongs to the CT."),
        )
        no_picture = "" if self._has_picture() else _("Register, measure or estimate first: there is no picture yet.")
        enable(ui.captureExportButton, free or no_picture, _("Write the result's picture as DICOM secondary capture."))
        self._show(ui.mapLabel, next(reversed(state.maps.values()), None))
        self._show(ui.resultPlotLabel, state.plots.get(state.plotted))
        ui.plotLinesLabel.text = "\n".join(state.plot_lines) if state.plotted == AGREEMENT else ""
        ui.plotLinesLabel.setVisible(bool(ui.plotLinesLabel.text))

    def _has_picture(self) -> bool:
        state = self._session.state
        registered = state.outcome is not None and state.outcome.drr is not None
        return bool(state.maps or state.plots) or registered

    def _show(self, label: Any, picture: NDArray[np.uint8] | None) -> None:
        if self._shown.get(label.objectName) is picture:
            return
        self._shown[label.objectName] = picture
        label.setVisible(picture is not None)
        if picture is None:
            label.clear()
        else:
            show_in(label, picture.astype(np.float64) / 255, longest_px=LONGEST_PX)

    def _list_columns(self, path: str) -> None:
        """The table's numeric columns, read when another table was chosen."""
        if path == self._listed:
            return
        self._listed = path
        names: list[str] = []
        if path:
            from pathlib import Path

            try:
                names = numeric_columns(Path(path))
            except BoneDensityError as error:
                with self._feedback.at("results"):
                    self._feedback.fail(str(error))
        for number, box in enumerate((self._ui.referenceColumnBox, self._ui.estimateColumnBox)):
            box.clear()
            for name in names:
                box.addItem(name)
            if len(names) > number:
                box.currentIndex = number

    def _plot_age(self) -> None:
        parameters = self._parameters()
        if self._ready():
            self._session.plot_age(sex=parameters.sex.value, age=parameters.ageYears)

    def _choose_cohort(self) -> None:
        path = qt.QFileDialog.getOpenFileName(self._ui.resultsSection, _("Open a cohort's table"), "", TABLE_FILES)
        if path:
            self._feedback.begin("results")
            self._parameters().cohortPath = path

    def _plot_agreement(self) -> None:
        names = self._ui.referenceColumnBox.currentText, self._ui.estimateColumnBox.currentText
        if self._ready():
            self._session.plot_agreement(self._parameters().cohortPath, *names, unit=self._parameters().cohortUnit)

    def _report(self, kind: str) -> None:
        asked = {"html": (_("Save the report"), "HTML (*.html)"), "pdf": (_("Save the report"), "PDF (*.pdf)")}
        path = self._save_as(*asked[kind], f"bone-density.{kind}")
        if not path or not self._ready():
            return
        try:
            self._session.write_report(path if path.lower().endswith(f".{kind}") else f"{path}.{kind}")
        except BoneDensityError as error:
            self._feedback.fail(str(error))
        else:
            self._feedback.say(_("Written: {path}.").format(path=path))

    def _export_segmentation(self) -> None:
        path = self._save_as(_("Save the bones as DICOM"), "DICOM (*.dcm)", "bones.dcm")
        if path:
            self._feedback.begin("results")
            self._session.export_segmentation(path, self._files())

    def _export_capture(self) -> None:
        path = self._save_as(_("Save the picture as DICOM"), "DICOM (*.dcm)", "bone-density.dcm")
        if path and self._ready():
            pixels = report_content(self._session.state).pictures[0].pixels
            self._session.export_capture(path, np.round(pixels.clip(0, 1) * 255).astype(np.uint8), self._files())

    def _files(self) -> list[str]:
        """The DICOM files of the CT, where Slicer loaded it from some."""
        ct = self._parameters().ct
        return [] if ct is None else files_of_node(ct, getattr(slicer, "dicomDatabase", None))

    def _save_as(self, title: str, kinds: str, name: str) -> str:
        return str(qt.QFileDialog.getSaveFileName(self._ui.resultsSection, title, name, kinds) or "")

    def _ready(self) -> bool:
        """Begin in this section, with what it takes to draw."""
        self._feedback.begin("results")
        if refusal := self._ensure():
            self._feedback.fail(refusal)
            return False
        return True
