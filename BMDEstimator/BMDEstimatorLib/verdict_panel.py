"""What a person says of a registration, case by case; as a reader study also without the numbers."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from BMDEstimatorLib.panel import Panel, Shared
from bonedensity.desktop.buttons import enable
from bonedensity.scene.attributes import fact, put_fact
from bonedensity.workflows.review import HIGHEST, LOWEST, Review

SHORTCUTS = {"acceptButton": "Ctrl+Return", "rejectButton": "Ctrl+Backspace", "nextCaseButton": "Ctrl+PgDown"}


class VerdictPanel(Panel):
    """Verdict, rating, note, and the list of cases."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        ui = shared.ui
        self._showing = False
        ui.ratingBox.addItem(_("No rating"))
        ui.ratingBox.addItems([_("{n} of {most}").format(n=n, most=HIGHEST) for n in range(LOWEST, HIGHEST + 1)])
        ui.acceptButton.connect("clicked(bool)", lambda on: self._say(verdict="accepted" if on else ""))
        ui.rejectButton.connect("clicked(bool)", lambda on: self._say(verdict="rejected" if on else ""))
        ui.ratingBox.connect("currentIndexChanged(int)", lambda index: self._say(rating=index or None))
        ui.noteEdit.connect("editingFinished()", lambda: self._say(note=ui.noteEdit.text))
        ui.casesButton.connect("clicked()", self._open)
        ui.nextCaseButton.connect("clicked()", lambda: self._go(1))
        ui.previousCaseButton.connect("clicked()", lambda: self._go(-1))
        ui.exportRatingsButton.connect("clicked()", self._export)
        for name, keys in SHORTCUTS.items():
            getattr(ui, name).setShortcut(qt.QKeySequence(keys))

    def refresh(self) -> None:
        """Show the review and where in the list it is."""
        session, ui, cases = self._session, self._ui, self._session.cases
        session.blinded = self._parameters() is not None and self._parameters().blinded
        missing = session.what_is_missing("preview")
        enable(ui.acceptButton, missing, _("You judge that the bones lie on the X-ray’s (Ctrl+Return)."))
        enable(ui.rejectButton, missing, _("You judge that they do not (Ctrl+Backspace)."))
        enable(ui.ratingBox, missing, _("How well the bones lie, from 1 (wrong) to 5 (no visible error)."))
        at, count = (-1, 0) if cases is None else (cases.at, len(cases.cases))
        busy = session.waiting()
        none = _("Choose a folder or table of cases first.") if cases is None else ""
        tip = _("Open the next case; the verdict is stored already (Ctrl+PgDown).")
        enable(ui.nextCaseButton, busy or none or (_("This is the last case.") if at >= count - 1 else ""), tip)
        enable(ui.previousCaseButton, busy or none or (_("This is the first case.") if at <= 0 else ""), _("Back."))
        enable(ui.casesButton, busy, _("Choose a folder with one folder for each case."))
        enable(ui.exportRatingsButton, none, _("Write all verdicts of this list as a table (CSV)."))
        self._show_review(session.review)
        self._show_cases()

    def changed(self, what: str) -> None:
        """The session changed: a review is kept in the scene, with the registration it is about."""
        node = self._about()
        if what == "review" and node is not None:
            put_fact(node, "Review", self._session.review.to_json())

    def restore(self) -> None:
        """Take the review that the scene holds."""
        node = self._about()
        found = None if node is None else fact(node, "Review")
        self._session.review = Review() if found is None else Review.from_json(found)

    def _about(self) -> Any:
        parameters = self._parameters()
        return None if parameters is None else parameters.transform or parameters.xray

    def _show_review(self, review: Review) -> None:
        self._showing = True
        self._ui.acceptButton.checked = review.verdict == "accepted"
        self._ui.rejectButton.checked = review.verdict == "rejected"
        self._ui.ratingBox.currentIndex = review.rating or 0
        if self._ui.noteEdit.text != review.note:
            self._ui.noteEdit.text = review.note
        self._showing = False
        case = None if self._session.cases is None else self._session.cases.current
        where = _("in the scene") if case is None else _("in the scene and in {file}").format(file=case.results.name)
        label = self._ui.verdictLabel
        label.setVisible(review.given)
        who = _(" by {reader}").format(reader=review.reader) if review.reader else ""
        label.text = _("Stored{who} {where}.").format(who=who, where=where)

    def _show_cases(self) -> None:
        cases, label = self._session.cases, self._ui.casesLabel
        label.setVisible(cases is not None)
        if cases is None:
            return
        name = "" if cases.current is None or self._session.blinded else f" · {cases.current.name}"
        text = _("Case {number} of {count}{name} · {judged} judged")
        label.text = text.format(number=cases.at + 1, count=len(cases.cases), name=name, judged=cases.judged)

    def _say(self, **said: Any) -> None:
        if not self._showing:
            self._session.say(reader=self._parameters().reader, **said)

    def _open(self) -> None:
        path = qt.QFileDialog.getExistingDirectory(self._ui.casesSection, _("Choose the folder of cases"), "")
        if path:
            self._feedback.begin("register")
            parameters = self._parameters()
            self._session.open_cases(path, seed=parameters.seed if parameters.blinded else None)

    def _go(self, by: int) -> None:
        self._feedback.begin("register")
        cases = self._session.cases
        if cases is not None:
            self._session.go_to_case(cases.at + by)

    def _export(self) -> None:
        title = _("Export the ratings")
        path = qt.QFileDialog.getSaveFileName(self._ui.casesSection, title, "ratings.csv", "CSV (*.csv)")
        if path and self._session.export_ratings(path):
            self._feedback.begin("register")
            self._feedback.say(_("The ratings were written."))
