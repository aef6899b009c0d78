"""Saving a spine session, and going on with a saved one."""

from __future__ import annotations

from pathlib import Path

from bonedensity.workflows.spine.in_ct import SpineInCt
from bonedensity.workflows.spine.saved_session import SavedSession, SavedSweep, model_facts
from bonedensity.workflows.spine.session_file import read_session, write_session
from bonedensity.workflows.spine.state import Dxa


class SpineSaved(SpineInCt):
    """One file a session; what the model said is asked of it again."""

    _waiting: tuple[Dxa, SavedSweep] | None = None

    def save(self, path: str | Path) -> None:
        """Write this session into one file, without CT and answers.

        Raises:
            UnwritableFileError: There is no DXA yet, or nothing can be written there.
        """
        write_session(self.state, path)

    def open_saved(self, path: str | Path) -> None:
        """Go on with a saved session: the abduction starts by itself, then come the answer and the sweep.

        Raises:
            UnreadableFileError: It is none; the present session then stays as it is.
        """
        self.use_saved(read_session(path))

    def use_saved(self, saved: SavedSession) -> None:
        """Take all of a saved session in; what the model in use does not know is left out."""
        self.use_dxa(None)
        self.choose_model(saved.folder)
        state = self.state
        state.samples = saved.samples
        attributes = self.possible(saved.attributes)
        self.use_dxa(saved.dxa, view=saved.view, attributes=attributes, outline=saved.outline, marked=saved.marked)
        state.found, state.proposal, state.do = saved.found, saved.proposal, self.possible(saved.do)
        self._waiting = None if saved.sweep is None else (saved.dxa, saved.sweep)
        for what in ("proposal", "corners", "do"):
            self.changed.emit(what)
        self.use_kept(saved.kept)
        if state.model is not None and saved.model not in (None, model_facts(state)):
            self.desk.noticed.emit("The session was saved with other weights: numbers and pictures differ from then.")

    def settle(self) -> None:
        """As `SpineAnswers.settle`; once all is read off the first answer, the saved sweep is made again."""
        super().settle()
        state = self.state
        if self._waiting is None or state.answer is None or not state.answer.full or self.desk.job:
            return
        (dxa, sweep), self._waiting = self._waiting, None
        values = [value for value in sweep.values if self.possible({sweep.name: value})]
        if dxa is state.dxa and values:
            self.sweep(sweep.name, values, also=self.possible(sweep.also))
