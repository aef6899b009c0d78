"""Section 2: causal graph and sliders; interventions, several at once."""

from __future__ import annotations

from html import escape
from typing import Any

from slicer.i18n import tr as _

from bonedensity.desktop.buttons import enable
from bonedensity.desktop.feedback import ERROR_COLOR, Feedback
from bonedensity.workflows.spine.model import graph_for
from bonedensity.workflows.spine.readiness import what_is_missing
from bonedensity.workflows.spine.session import SpineSession
from SpineDXAGenLib.graph_view import GraphView
from SpineDXAGenLib.slider_rows import SliderRows


class WhatIfPanel:
    """The second section.

    Args:
        ui: The tab's widgets.
        session: Asked for counterfactuals.
        feedback: Where messages are said.
    """

    def __init__(self, ui: Any, session: SpineSession, feedback: Feedback) -> None:
        self._ui, self._session, self._feedback = ui, session, feedback
        self.graph = GraphView(ui.graphFrame, session, self._begin)
        self.rows = SliderRows(ui.sliderForm, session, self._begin)
        ui.resetButton.connect("clicked()", self._reset)
        ui.abductButton.connect("clicked()", self._abduct)

    def refresh(self) -> None:
        """Show the session as it stands."""
        session, ui = self._session, self._ui
        graph = graph_for(session.state.model)
        self.graph.show()
        self.rows.show(graph)
        nothing = "" if session.state.do else _("Nothing is set.")
        enable(ui.resetButton, nothing, _("Take all interventions back."))
        missing = "" if session.desk.title else what_is_missing(session.state, "abduct")
        again = _("The person is abducted already.") if session.state.abduction is not None else ""
        enable(ui.abductButton, (session.desk.title and _("Wait.")) or missing or again, _("Abduct image and person."))
        ui.abductButton.setVisible(session.state.abduction is None)
        self._warn(missing)

    def show_answer(self) -> None:
        """Values follow the slider; nothing else is looked at, so that it is quick."""
        self.graph.show()
        self.rows.show(graph_for(self._session.state.model))
        self._warn("")

    def _warn(self, missing: str) -> None:
        answer, label = self._session.state.answer, self._ui.warningLabel
        notes = [missing] if missing and answer is None else [] if answer is None else list(answer.notes)
        label.setVisible(bool(notes))
        text = "<br>".join(escape(note, quote=False) for note in notes)
        whole = f'<b style="color:{ERROR_COLOR}">{text}</b>' if answer is not None else text
        if label.text != whole:
            label.text = whole

    def _begin(self) -> None:
        self._feedback.begin("ask")

    def _reset(self) -> None:
        self._begin()
        self._session.use_do({})

    def _abduct(self) -> None:
        self._begin()
        self._session.begin()
