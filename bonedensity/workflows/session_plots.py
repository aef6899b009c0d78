"""A session's results beyond the numbers: plots, and exports for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.densitometry.zscore import DEFAULT_Z_REFERENCE, Sex, z_references
from bonedensity.errors import BoneDensityError
from bonedensity.measurement import Measurement
from bonedensity.workflows.session_base import SessionBase
from bonedensity.workflows.session_report import report_content
from bonedensity.workflows.session_results import merged
from bonedensity.workflows.worker import Order

AGAINST_AGE = "Density against age"
AGREEMENT = "Agreement of two methods"
"""Titles of plots."""

REGION_OF = {"total hip": "total-hip", "l1-l4": "L1-L4"}
"""A word of a measurement's name, and the reference's region."""


class SessionPlots(SessionBase):
    """Plots and exports of what was measured."""

    def plot_age(self, *, sex: Sex, age: float) -> None:
        """Show the areal density of the hip or spine on the band of people of the same sex, and add its Z-score."""
        found = plottable(self.state.measurements, sex)
        missing = self.waiting() or why_no_age_plot(self.state.measurements, sex)
        if missing or found is None:
            self.desk.fail(BoneDensityError(missing))
            return
        measured, region = found

        def done(value: dict[str, Any]) -> None:
            score = Measurement(**{**value["score"], "name": measured.name.replace("aBMD", "Z-score", 1)})
            self.state.measurements = merged(self.state.measurements, [score])
            self._keep_plot(AGAINST_AGE, value)
            self.changed.emit("measurements")

        parameters = {"measurement": measured.to_json(), "region": region, "sex": sex, "age": float(age)}
        self.desk.run(Order("plot_age", parameters, "the plot", done, ()))

    def plot_agreement(self, path: str, reference: str, estimate: str, *, unit: str = "g/cm²") -> None:
        """Show two columns of a cohort's table against each other, with Bland and Altman's limits."""
        if waiting := self.waiting():
            self.desk.fail(BoneDensityError(waiting))
            return

        def done(value: dict[str, Any]) -> None:
            self.state.plot_lines = tuple(value["lines"])
            self._keep_plot(AGREEMENT, value)

        parameters = {"path": path, "reference": reference, "estimate": estimate, "unit": unit}
        self.desk.run(Order("plot_agreement", parameters, "the plot", done, ()))

    def export_segmentation(self, path: str, files: Sequence[str] = ()) -> None:
        """Write the bones as DICOM SEG; `files` are the CT's DICOM files, where it has some."""
        if self._refused("measure"):
            return
        found = self.state.bones_found
        parameters = {
            "ct": self._put("ct"),
            "labels": self._put("labels"),
            "path": path,
            "files": list(files),
            "engine": "loaded" if found is None else found.engine,
        }
        self.desk.run(Order("export_segmentation", parameters, "the export", self._written, ()))

    def export_capture(self, path: str, picture: NDArray[np.uint8], files: Sequence[str] = ()) -> None:
        """Write a picture as DICOM secondary capture, in the study of `files` where there are some."""
        if waiting := self.waiting():
            self.desk.fail(BoneDensityError(waiting))
            return
        reference = self.desk.worker.exchange.put(np.ascontiguousarray(picture))
        parameters = {"picture": reference, "path": path, "files": list(files), "description": "Bone density"}
        self.desk.run(Order("export_capture", parameters, "the export", self._written, ()))

    def write_report(self, path: str | Path) -> None:
        """Write the report; the suffix (.html or .pdf) chooses the form.

        Raises:
            UnwritableFileError: It cannot be written there.
        """
        from bonedensity.workflows.session_report_files import write_report_html, write_report_pdf

        target = Path(path)
        write = write_report_pdf if target.suffix.lower() == ".pdf" else write_report_html
        write(report_content(self.state), target)

    def _keep_plot(self, title: str, value: dict[str, Any]) -> None:
        self.state.plots[title] = self.desk.worker.exchange.take(value["picture"], np.ndarray)
        self.state.plotted = title
        self.changed.emit("plot")

    def _written(self, value: dict[str, Any]) -> None:
        self.desk.noticed.emit(" ".join([f"Written: {value['path']}.", *value["notes"]]))


def plottable(measurements: Sequence[Measurement], sex: Sex) -> tuple[Measurement, str] | None:
    """The areal density that a band by age is known for, and its region; the one measured last."""
    known = z_references()[DEFAULT_Z_REFERENCE]["regions"]
    for measured in reversed(measurements):
        name = measured.name.lower()
        region = next((region for word, region in REGION_OF.items() if word in name), None)
        if name.startswith("abmd") and "x-ray's view" not in name and sex in known.get(region, {}):
            return measured, str(region)
    return None


def why_no_age_plot(measurements: Sequence[Measurement], sex: Sex) -> str:
    """What the plot against age lacks, as one sentence; "" when it can be drawn."""
    if plottable(measurements, sex) is not None:
        return ""
    known = z_references()[DEFAULT_Z_REFERENCE]["regions"]
    regions = " or ".join(
        region.replace("-", " ") if region != "L1-L4" else region for region in known if sex in known[region]
    )
    return f"Measure {regions} first: a band by age is known for people of this sex only there."
