"""Section 3: factual, counterfactual and difference, sizes, and the person's path through age."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple
from typing import Any

import qt
from slicer.i18n import tr as _

from bonedensity.desktop.pictures import to_image
from bonedensity.workflows.spine import pictures
from bonedensity.workflows.spine.age_curves import age_curves
from bonedensity.workflows.spine.model import graph_for, said_do
from bonedensity.workflows.spine.session import SpineSession
from bonedensity.workflows.spine.size_table import size_texts
from SpineDXAGenLib.age_plot import plot_pixmap

COLUMNS = ("", "Baseline", "Would be", "Change", "Unit", "95 % interval")

ROW_PX = 20

TALLEST = 4.0
"""Height over width of a picture, at most."""


class SeePanel:
    """The third section.

    Args:
        ui: The tab's widgets.
        session: Whose answer.
        parameters: Gives the parameter node.
    """

    def __init__(self, ui: Any, session: SpineSession, parameters: Callable[[], Any]) -> None:
        self._ui, self._session, self._parameters = ui, session, parameters
        self._factual: tuple[Any, int] = (None, 1)
        self._drawn: tuple[Any, Any, int] = (None, None, 0)
        self._filled: Any = None
        table = ui.resultTable
        table.setColumnCount(len(COLUMNS))
        table.setHorizontalHeaderLabels([_(text) for text in COLUMNS])
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(ROW_PX)
        table.horizontalHeader().setStretchLastSection(True)
        table.setStyleSheet("QTableWidget { font-size: 8pt; } QHeaderView { font-size: 8pt; }")

    def draw(self) -> None:
        """The three pictures as things stand; called at every answer, so it is quick."""
        state, ui, parameters = self._session.state, self._ui, self._parameters()
        labels = (ui.factualPicture, ui.counterfactualPicture, ui.differencePicture)
        if state.dxa is None or parameters is None:
            for label in labels:
                label.clear()
            self._drawn = (None, None, 0)
            ui.factualPicture.text = _("Load a DXA, or make a virtual person.")
            return
        outlined = bool(parameters.outlines)
        self._put_factual(labels[0], state.outline if outlined else None)
        factual, factor = self._factual
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
        ui.resultTable.setVisible(self._fill())
        ui.resultLabel.setVisible(answer is not None and answer.identity is not None)
        if answer is not None and answer.identity is not None:
            text = _(
                "<b>Synthetic: {what}.</b> Identity {identity:.2f} (1 is the same person). Sizes of L1–L4 are the "
                "causal model's, those of single vertebrae as the measuring network sees them."
            )
            ui.resultLabel.text = text.format(what=said_do(answer.do, graph), identity=answer.identity)
        self._plot()

    def _put_factual(self, label: Any, outline: Any) -> None:
        """No slider changes this picture: it is drawn again only when it is another one, or of another size."""
        dxa, px = self._session.state.dxa, self._picture_px(label)
        assert dxa is not None
        drawn, along, across = self._drawn
        if drawn is dxa and along is outline and across == px:
            return
        if drawn is not dxa:
            self._factual = pictures.small(dxa.array)
        self._drawn = (dxa, outline, px)
        greys, factor = self._factual
        self._put(label, pictures.with_outline(pictures.grey_picture(greys), outline, pictures.FACTUAL_LINE, factor))

    def _put(self, label: Any, picture: Any) -> None:
        pixmap, width = qt.QPixmap.fromImage(to_image(picture)), self._picture_px(label)
        height = round(width * min(self._aspect(picture), TALLEST))
        label.setPixmap(pixmap.scaled(width, max(height, 1), qt.Qt.IgnoreAspectRatio, qt.Qt.SmoothTransformation))

    def _aspect(self, picture: Any) -> float:
        """Height over width in space: pixels need not be square."""
        dxa = self._session.state.dxa
        row_mm, column_mm = (1.0, 1.0) if dxa is None or dxa.pixel_mm is None else dxa.pixel_mm
        return float(picture.shape[0] * row_mm / (picture.shape[1] * column_mm))

    def _picture_px(self, label: Any) -> int:
        return min(max(int(label.parent().width) // 3 - 18, 120), 320)

    def _fill(self) -> bool:
        """Whether there is anything in the table."""
        table = self._ui.resultTable
        cells = [astuple(line) for line in size_texts(self._session.state.answer)]
        if cells == self._filled:
            return bool(cells)
        self._filled = cells
        table.setRowCount(len(cells))
        for row, texts in enumerate(cells):
            for column, text in enumerate(texts):
                table.setItem(row, column, qt.QTableWidgetItem(text))
        table.resizeColumnsToContents()  # once: a header that does it by itself does it at every cell
        return bool(cells)

    def _plot(self) -> None:
        curves, label = age_curves(self._session.state), self._ui.plotLabel
        label.setVisible(bool(curves))
        if curves:
            label.setPixmap(plot_pixmap(curves, max(int(label.parent().width) - 30, 380)))
