"""Section 1: whose DXA, how it lies, what is known of the person, and with which model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from bonedensity.desktop.buttons import enable
from bonedensity.desktop.feedback import Feedback
from bonedensity.workflows.spine.model import graph_for
from bonedensity.workflows.spine.session import SpineSession
from SpineDXAGenLib.model_card import card_html
from SpineDXAGenLib.person_form import PersonForm

DXA_FILES = "DXA (*.dcm *.dic *.ima *.png *.tif *.tiff *.jpg *.zip);;All files (*)"
TABLE_FILES = "Table (*.csv *.tsv *.json);;All files (*)"
CROP = ("cropTopBox", "cropBottomBox", "cropLeftBox", "cropRightBox")


class PersonPanel:
    """The first section.

    Args:
        ui: The tab's widgets.
        session: The person.
        feedback: Where messages are said.
        parameters: Gives the parameter node.
        ensure: Installs what is missing; returns why that failed, or "".
    """

    def __init__(
        self,
        ui: Any,
        session: SpineSession,
        feedback: Feedback,
        parameters: Callable[[], Any],
        ensure: Callable[[], str],
    ) -> None:
        self._ui, self._session, self._feedback = ui, session, feedback
        self._parameters, self._ensure = parameters, ensure
        self._filling = False
        self.form = PersonForm(ui.personForm, session, lambda: feedback.begin("load"))
        for name, slot in (
            ("dxaFileButton", self._open), ("virtualButton", self._virtual), ("proposalButton", self._accept),
            ("turnButton", lambda: self._change(session.turn)), ("mirrorButton", lambda: self._change(session.mirror)),
            ("invertButton", lambda: self._change(session.invert)), ("metadataButton", self._open_table),
            ("modelButton", self._open_model), ("shippedButton", self._shipped),
        ):  # fmt: skip
            getattr(ui, name).connect("clicked()", slot)
        ui.cardButton.connect("toggled(bool)", self._show_card)
        for name in CROP:
            getattr(ui, name).setKeyboardTracking(False)
            getattr(ui, name).connect("valueChanged(int)", self._cropped)
        ui.pixelBox.connect("valueChanged(double)", self._pixel_typed)
        ui.cardBrowser.hide()

    def refresh(self) -> None:
        """Show the session as it stands."""
        ui, state = self._ui, self._session.state
        self.form.show(graph_for(state.model))
        self._show_loaded()
        self._show_view()
        ui.proposalLabel.text = "" if state.proposal is None else " ".join(state.proposal.reasons)
        ui.proposalLabel.setVisible(state.proposal is not None)
        ui.proposalButton.setVisible(state.proposal is not None)
        no_dxa = "" if state.dxa is not None else _("Load a DXA first.")
        for name in ("turnButton", "mirrorButton", "invertButton"):
            getattr(ui, name).enabled = not no_dxa
        busy = self._busy()
        enable(ui.dxaFileButton, busy, _("Read an export: DICOM, PNG, or a UK Biobank archive (field 20158)."))
        enable(ui.virtualButton, busy, _("A synthetic person's DXA with all that is known of them; about ten seconds."))
        enable(ui.metadataButton, busy, _("Fill the form from a row of a CSV table, or a JSON object."))
        self._show_model()

    def _busy(self) -> str:
        desk = self._session.desk
        quiet = not desk.title or desk.cancelling
        return "" if quiet else _("Wait until {title} has ended, or cancel it.").format(title=desk.title)

    def _show_loaded(self) -> None:
        dxa, label = self._session.state.dxa, self._ui.loadedLabel
        label.setVisible(dxa is not None)
        if dxa is None:
            return
        rows, columns = dxa.array.shape
        size = _("pixel size not known: nothing is measured in mm")
        if dxa.pixel_mm is not None:
            size = _("pixels of {size:.3g} mm ({source})").format(size=dxa.pixel_mm[0], source=dxa.spacing_source)
        text = _("{name}: {columns} × {rows} pixels, {size}.")
        label.text = " ".join([text.format(name=dxa.name, columns=columns, rows=rows, size=size), *dxa.notes])

    def _show_view(self) -> None:
        ui, state = self._ui, self._session.state
        self._filling = True
        for name in CROP:
            getattr(ui, name).enabled = state.view is not None
        if state.view is not None:
            for name, edge in zip(CROP, state.view.crop, strict=True):
                getattr(ui, name).setValue(edge)
        ui.pixelBox.enabled = state.dxa is not None
        known = None if state.dxa is None else state.dxa.pixel_mm
        if known is None or abs(ui.pixelBox.value - known[0]) > 1e-4:
            ui.pixelBox.setValue(0.0 if known is None else known[0])
        self._filling = False

    def _show_model(self) -> None:
        ui, state = self._ui, self._session.state
        if state.model is None:
            ui.modelLabel.text = f"<b>{escape(state.problem, quote=False)}</b>"
        else:
            card, where = state.model.card, Path(state.model.folder).name or _("shipped")
            text = _("Model: {name} {size}, trained on {data} ({where}).")
            ui.modelLabel.toolTip = state.model.folder
            ui.modelLabel.text = escape(
                text.format(name=card.name, size=card.size, data=card.data, where=where), quote=False
            )
        enable(
            ui.cardButton, "" if state.model is not None else state.problem, _("What the model is, and is not, for.")
        )
        ui.shippedButton.setVisible(bool(state.folder))
        if state.model is None:
            ui.cardButton.checked = False
        elif ui.cardButton.checked:
            ui.cardBrowser.setHtml(card_html(state.model.card))

    def _show_card(self, on: bool) -> None:
        model = self._session.state.model
        self._ui.cardBrowser.setVisible(on and model is not None)
        if on and model is not None:
            self._ui.cardBrowser.setHtml(card_html(model.card))

    def _open(self) -> None:
        if path := qt.QFileDialog.getOpenFileName(self._ui.loadSection, _("Open a DXA"), "", DXA_FILES):
            self._computing()
            self._session.load_dxa(path)

    def _open_table(self) -> None:
        if path := qt.QFileDialog.getOpenFileName(self._ui.loadSection, _("Open a table"), "", TABLE_FILES):
            self._computing()
            self._session.load_attributes(path, int(self._ui.rowBox.value))

    def _open_model(self) -> None:
        title = _("Open a folder with a model")
        if path := qt.QFileDialog.getExistingDirectory(self._ui.loadSection, title, ""):
            self._computing()
            self._session.choose_model(path)

    def _shipped(self) -> None:
        self._computing()
        self._session.choose_model("")

    def _virtual(self) -> None:
        self._computing()
        self._session.make_virtual_person(int(self._parameters().seed))

    def _accept(self) -> None:
        self._change(self._session.accept_proposal)

    def _change(self, step: Callable[[], None]) -> None:
        self._feedback.begin("load")
        step()

    def _cropped(self, value: int) -> None:
        state = self._session.state
        if self._filling or state.view is None:
            return
        self._feedback.begin("load")
        top, bottom, left, right = (int(getattr(self._ui, name).value) for name in CROP)
        self._session.set_view(replace(state.view, crop=(top, bottom, left, right)))
        self._show_view()

    def _pixel_typed(self, value: float) -> None:
        if not self._filling:
            self._feedback.begin("load")
            self._session.set_pixel_mm(value or None)

    def _computing(self) -> None:
        """Ask for missing packages; what cannot be done without them says so itself."""
        self._feedback.begin("load")
        if refusal := self._ensure():
            self._feedback.say(refusal)
