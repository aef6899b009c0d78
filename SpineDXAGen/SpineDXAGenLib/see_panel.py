"""Section 3: factual, counterfactual and difference, sizes, and the person's path through age."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from bonedensity.desktop.pictures import to_image
from bonedensity.workflows.spine import pictures
from bonedensity.workflows.spine.model import graph_for, said_do
from bonedensity.workflows.spine.session import SpineSession
from SpineDXAGenLib.age_plot import plot_pixmap

COLUMNS = ("", "Baseline", "Would be", "Change", "Unit", "95 % interval")

ROW_PX = 20


class SeePanel:
    """The third section.

    Args:
        ui: The tab's widgets.
        session: Whose answer.
        parameters: Gives the parameter node.
    """

    def __init__(self, ui: Any, session: SpineSession, parameters: Callable[[], Any]) -> None:
        self._ui, self._session, self._parameters = ui, session, parameters
        self._factual: tuple[Any, Any] = (None, None)
        table = ui.resultTable
        table.setColumnCount(len(COLUMNS))
        table.setHorizontalHeaderLabels([_(text) for text in COLUMNS])
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(ROW_PX)
        table.setStyleSheet("QTableWidget { font-size: 8pt; } QHeaderView { font-size: 8pt; }")
        table.horizontalHeader().setSectionResizeMode(qt.QHeaderView.ResizeToContents)

    def draw(self) -> None:
        """The three pictures as things stand; called at every answer, so it is quick."""
        state, ui, parameters = self._session.state, self._ui, self._parameters()
        labels = (ui.factualPicture, ui.counterfactualPicture, ui.differencePicture)
        if state.dxa is None or parameters is None:
            for label in labels:
                label.clear()
            ui.factualPicture.text = _("Load a DXA, or make a virtual person.")
            return
        outlined = bool(parameters.outlines)
        factual, factor = pictures.small(state.dxa.array)
        before = state.outline if outlined else None
        self._put(labels[0], self._factual_picture(factual, factor, before))
        if state.answer is None:
            labels[1].clear()
            labels[2].clear()
            return
        change, _factor = pictures.small(state.answer.difference)
        after = state.answer.outline if outlined else None
        made = pictures.with_outline(
            pictures.grey_picture(factual + change), after, pictures.COUNTERFACTUAL_LINE, factor
        )
        self._put(labels[1], made)
        spread = state.answer.uncertainty
        if parameters.layer.value == "uncertainty" and spread is not None:
            third = pictures.uncertainty_picture(pictures.small(spread)[0])
        else:
            third = pictures.difference_picture(change)
        self._put(labels[2], third)

    def refresh(self) -> None:
        """Texts, table and plot; not while a slider moves."""
        state, ui = self._session.state, self._ui
        answer = state.answer
        graph = graph_for(state.model)
        ui.counterfactualTitle.text = _("counterfactual")
        spread = self._parameters() is not None and self._parameters().layer.value == "uncertainty"
        ui.differenceTitle.text = _("uncertainty") if spread else _("difference")
        rows = () if answer is None or not answer.full else answer.rows
        self._fill(rows, None if answer is None else answer.density)
        ui.resultTable.setVisible(bool(rows))
        ui.resultLabel.setVisible(answer is not None and answer.identity is not None)
        if answer is not None and answer.identity is not None:
            text = _(
                "<b>Synthetic: {what}.</b> Identity {identity:.2f} (1 is the same person). Sizes of L1–L4 are the "
                "causal model's, those of single vertebrae as the measuring network sees them."
            )
            ui.resultLabel.text = text.format(what=said_do(answer.do, graph), identity=answer.identity)
        self._plot()

    def _factual_picture(self, factual: Any, factor: int, outline: Any) -> Any:
        key = (id(self._session.state.dxa), id(outline))
        if self._factual[0] != key:
            picture = pictures.with_outline(pictures.grey_picture(factual), outline, pictures.FACTUAL_LINE, factor)
            self._factual = (key, picture)
        return self._factual[1]

    def _put(self, label: Any, picture: Any) -> None:
        pixmap = qt.QPixmap.fromImage(to_image(picture))
        width = max(int(label.parent().width) // 3 - 18, 120)
        label.setPixmap(pixmap.scaledToWidth(min(width, 320), qt.Qt.SmoothTransformation))

    def _fill(self, rows: Any, density: Any) -> None:
        table = self._ui.resultTable
        cells = [
            (
                row["name"], f"{row['baseline']:.3g}", f"{row['counterfactual']:.3g}",
                f"{row['counterfactual'] - row['baseline']:+.2g}", row["unit"],
                "" if row["low"] is None else f"{row['low']:.3g}–{row['high']:.3g}",
            )
            for row in rows
        ]  # fmt: skip
        if density is not None:
            before, after = density
            numbers = f"{before:.3f}", f"{after:.3f}", f"{after - before:+.3f}"
            cells.append((_("BMD by grey (synthetic)"), *numbers, "g/cm²", ""))
        table.setRowCount(len(cells))
        for row, texts in enumerate(cells):
            for column, text in enumerate(texts):
                table.setItem(row, column, qt.QTableWidgetItem(text))

    def _plot(self) -> None:
        state, label = self._session.state, self._ui.plotLabel
        band = None if state.abduction is None else state.abduction.band
        label.setVisible(band is not None)
        if band is not None:
            label.setPixmap(plot_pixmap(state, band, max(int(label.parent().width) - 30, 380)))
