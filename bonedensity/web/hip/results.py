"""Step 5: all numbers with their units, maps, plots, and the report."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from bonedensity.errors import BoneDensityError
from bonedensity.measurement import Measurement
from bonedensity.web.images import still
from bonedensity.web.part import Part, number
from bonedensity.workflows.readiness import sentence_of
from bonedensity.workflows.session import Session
from bonedensity.workflows.session_plots import why_no_age_plot
from bonedensity.workflows.session_report import report_content
from bonedensity.workflows.session_report_files import write_report_html, write_report_pdf


class ResultsPart(Part[Session]):
    """See the module."""

    name = "res"

    def view(self) -> dict[str, Any]:
        """What the template shows."""
        session, state = self._session, self._session.state
        age_missing = {sex: session.waiting() or why_no_age_plot(state.measurements, sex) for sex in ("F", "M")}
        return {
            "need": sentence_of(state, "results"),
            "rows": [row_of(one) for one in state.measurements],
            "age_missing": age_missing,
            "pictures": self._pictures(),
            "report_missing": self._why_no_report(),
        }

    def write(self, path: Path) -> None:
        """Write the report; the suffix (.html or .pdf) chooses the form.

        Raises:
            BoneDensityError: There is nothing to report, or it cannot be written.
        """
        if missing := self._why_no_report():
            raise BoneDensityError(missing)
        write = write_report_pdf if path.suffix == ".pdf" else write_report_html
        write(report_content(self._session.state), path)

    def _begin(self) -> None:
        self._drawn: dict[str, tuple[Any, str]] = {}
        self._on(age=self._plot_age)

    def _plot_age(self, sex: Any, age: Any) -> None:
        self._session.plot_age(sex="M" if sex == "M" else "F", age=number(age, 18, 110))

    def _why_no_report(self) -> str:
        state = self._session.state
        return "" if state.ct is not None or state.radiograph is not None else "Load a CT or an X-ray first."

    def _pictures(self) -> list[dict[str, str]]:
        """Maps and plots, each made into an address once."""
        state = self._session.state
        found = {**state.maps, **state.plots}
        for title, picture in found.items():
            if title not in self._drawn or self._drawn[title][0] is not picture:
                self._drawn[title] = (picture, still(picture))
        return [{"title": title, "src": self._drawn[title][1]} for title in found]


def row_of(one: Measurement) -> dict[str, str]:
    """A row of the table, with as many digits as the uncertainty bears: two of its own."""
    if not one.uncertainty:
        return {"name": one.name, "value": f"{one.value:.4g}", "uncertainty": "", "unit": one.unit}
    decimals = max(0, 1 - math.floor(math.log10(abs(one.uncertainty))))
    value, doubt = f"{one.value:.{decimals}f}", f"{one.uncertainty:.{decimals}f}"
    return {"name": one.name, "value": value, "uncertainty": doubt, "unit": one.unit}
