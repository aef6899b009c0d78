"""Section 4: bone density from the X-ray alone, by any estimator that registered itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import qt
from slicer.i18n import tr as _

from BMDEstimatorLib.metadata_form import MetadataForm
from BMDEstimatorLib.panel import Panel, Shared
from bonedensity.desktop.buttons import enable
from bonedensity.desktop.pictures import show_in
from bonedensity.errors import BoneDensityError
from bonedensity.estimators.registry import Estimator, estimators
from bonedensity.workflows.estimate_facts import Estimated, card_facts, card_of, why_no_estimate
from bonedensity.workflows.readiness import sentence_of


class EstimatePanel(Panel):
    """Estimator, weights, form, result."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        ui = shared.ui
        self._form = MetadataForm(ui.metadataFrame, self._metadata_changed)
        self._drawn: Estimated | None = None
        self._carded: tuple[str, str] | None = None
        self._known: list[Estimator] = list(estimators().values())
        for estimator in self._known:
            ui.estimatorBox.addItem(estimator.title)
        ui.estimatorBox.connect("currentIndexChanged(int)", self._chosen)
        ui.estimatorFolderButton.connect("clicked()", self._choose_folder)
        ui.estimateButton.connect("clicked()", self._estimate)

    def refresh(self) -> None:
        """Show the chosen estimator, its card, what it lacks, and what it said."""
        parameters, ui = self._parameters(), self._ui
        if parameters is None:
            return
        estimator = self._estimator()
        ui.estimatorBox.currentIndex = self._known.index(estimator)
        ui.estimatorBox.toolTip = estimator.summary
        shipped = _("weights that are shipped") if estimator.shipped() else _("folder of the model's weights")
        ui.estimatorFolderEdit.placeholderText = shipped
        self._form.show(estimator.fields, self._metadata())
        folder, has_xray = parameters.estimatorFolder, self._session.state.radiograph is not None
        why = why_no_estimate(has_xray, estimator.name, folder)
        enable(ui.estimateButton, self._session.waiting() or why, estimator.summary)
        ui.estimateNeedLabel.text = why or sentence_of(self._session.state, "estimate")
        self._say_card(estimator, folder)
        self._say_estimate()

    def _estimator(self) -> Estimator:
        name = self._parameters().estimator
        return next((one for one in self._known if one.name == name), self._known[0])

    def _metadata(self) -> dict[str, Any]:
        try:
            values = json.loads(self._parameters().estimatorMetadata or "{}")
        except ValueError:  # a script wrote something else there
            return {}
        return values if isinstance(values, dict) else {}

    def _say_card(self, estimator: Estimator, folder: str) -> None:
        label = self._ui.cardLabel
        if self._carded == (estimator.name, folder):
            return
        self._carded = None
        try:
            facts = card_facts(card_of(estimator.name, folder))
        except BoneDensityError:
            label.text = escape(estimator.summary, quote=False)
            return
        label.text = facts_html(facts)
        self._carded = (estimator.name, folder)

    def _say_estimate(self) -> None:
        said, ui = self._session.state.estimated, self._ui
        if said is self._drawn:
            return
        self._drawn = said
        ui.estimatedLabel.text = "" if said is None else estimate_html(said)
        ui.estimatedLabel.setVisible(said is not None)
        picture = None if said is None else said.picture
        ui.estimatePictureLabel.setVisible(picture is not None)
        if picture is None:
            ui.estimatePictureLabel.clear()
        else:
            show_in(ui.estimatePictureLabel, picture.astype(np.float64) / 255)

    def _chosen(self, index: int) -> None:
        parameters = self._parameters()
        if parameters is not None and 0 <= index < len(self._known):
            parameters.estimator = self._known[index].name

    def _metadata_changed(self, name: str, value: Any) -> None:
        parameters = self._parameters()
        if parameters is not None:
            parameters.estimatorMetadata = json.dumps({**self._metadata(), name: value}, sort_keys=True)

    def _choose_folder(self) -> None:
        title = _("Open the folder of the model's weights")
        if path := qt.QFileDialog.getExistingDirectory(self._ui.estimateSection, title, ""):
            self._parameters().estimatorFolder = path

    def _estimate(self) -> None:
        self._feedback.begin("estimate")
        if refusal := self._ensure_models():
            self._feedback.fail(refusal)
            return
        folder = self._parameters().estimatorFolder
        self._session.estimate(self._estimator().name, folder=folder, metadata=self._metadata())


def facts_html(facts: Sequence[tuple[str, str]]) -> str:
    """Facts of a card, a line each, what it is about in bold."""
    escaped = [(escape(about, quote=False), escape(text, quote=False)) for about, text in facts]
    return "<br>".join(f"<b>{about}:</b> {text}" if about else text for about, text in escaped)


def estimate_html(said: Estimated) -> str:
    """Numbers with their intervals, or the reasons why there are none; then what was done."""
    if said.reasons:
        lines = [f"<b>{_('No number is given:')}</b>", *(f"• {escape(why, quote=False)}" for why in said.reasons)]
    else:
        lines = [
            f"<b>{escape(m.name)}</b>: {escape(str(m))}{_interval(m.provenance, m.unit)}" for m in said.measurements
        ]
    return "<br>".join([*lines, *(f"<i>{escape(note, quote=False)}</i>" for note in said.notes)])


def _interval(provenance: dict[str, Any], unit: str) -> str:
    interval, coverage = provenance.get("interval"), provenance.get("coverage")
    if not interval or coverage is None:
        return ""
    low, high = interval
    return escape(f"; {coverage:.0%} of such intervals hold the truth: {low:.3g} to {high:.3g} {unit}")
