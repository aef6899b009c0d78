"""Section 4: sweeps that play, a grid of several people or interventions, and files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from bonedensity.desktop.buttons import enable
from bonedensity.desktop.feedback import Feedback
from bonedensity.desktop.pictures import to_image
from bonedensity.workflows.spine.grid_file import write_grid
from bonedensity.workflows.spine.model import graph_for, said_do, title_of
from bonedensity.workflows.spine.pictures import grid_picture
from bonedensity.workflows.spine.session import SpineSession


class SweepPanel:
    """The fourth section.

    Args:
        ui: The tab's widgets.
        session: Asked for sweeps.
        feedback: Where messages are said.
        play: Starts (True) or pauses the sweep that is in the scene.
        playing: Whether it plays.
    """

    def __init__(
        self,
        ui: Any,
        session: SpineSession,
        feedback: Feedback,
        play: Callable[[bool], None],
        playing: Callable[[], bool],
    ) -> None:
        self._ui, self._session, self._feedback = ui, session, feedback
        self._play, self._playing = play, playing
        self._names: tuple[str, ...] = ()
        self._play_when_done = False
        ui.sweepButton.connect("clicked()", self._sweep)
        ui.playButton.connect("clicked(bool)", self._toggled)
        ui.exportButton.connect("clicked()", self._export)
        ui.keepButton.connect("clicked()", self._keep)
        ui.clearKeptButton.connect("clicked()", self._clear)
        ui.gridButton.connect("clicked()", self._save_grid)

    def refresh(self) -> None:
        """Show the session as it stands."""
        ui, session = self._ui, self._session
        self._list_names()
        missing = session.what_is_missing
        enable(ui.sweepButton, missing("sweep"), _("Make one counterfactual a value and play them."))
        no_sweep = "" if session.state.sweep is not None else _("Make a sweep first.")
        enable(ui.playButton, no_sweep, _("Play or pause the sweep; the slider of its attribute scrubs it."))
        self.show_playing()
        tip = _("Write pictures, NRRD, table, GIF, MP4 and a one-page PDF; each says that it is synthetic.")
        enable(ui.exportButton, missing("export"), tip)
        tip = _("Put the present counterfactual into the grid: a row a person, a column an intervention.")
        enable(ui.keepButton, missing("keep"), tip)
        nothing = "" if session.state.kept else _("The grid is empty.")
        enable(ui.clearKeptButton, nothing, _("Take all out of the grid."))
        enable(ui.gridButton, nothing, _("Write the grid as a PNG picture."))

    def play_wanted(self) -> bool:
        """Whether the sweep that has come was asked for here; it is then played once."""
        wanted, self._play_when_done = self._play_when_done, False
        return wanted

    def show_playing(self) -> None:
        """Whether the button says play or pause."""
        playing = self._playing()
        self._ui.playButton.checked = playing
        self._ui.playButton.text = _("Pause") if playing else _("Play")

    def draw_grid(self) -> None:
        """The kept counterfactuals."""
        ui, kept = self._ui, self._session.state.kept
        for label in (ui.gridLabel, ui.gridTextLabel):
            label.setVisible(bool(kept))
        if not kept:
            return
        picture, rows = grid_picture(kept)
        pixmap = qt.QPixmap.fromImage(to_image(picture))
        ui.gridLabel.setPixmap(pixmap)
        lines = [f"{person}: {' | '.join(title or '–' for title in titles)}" for person, titles in rows]
        ui.gridTextLabel.text = "\n".join([*lines, _("Synthetic, research use.")])

    def _list_names(self) -> None:
        names = tuple(node.name for node in graph_for(self._session.state.model).nodes if node.kind == "positive")
        if names != self._names:
            self._names = names
            self._ui.sweepBox.clear()
            for name in names:
                self._ui.sweepBox.addItem(title_of(name))
            if "age" in names:
                self._ui.sweepBox.setCurrentIndex(names.index("age"))

    def _sweep(self) -> None:
        self._feedback.begin("sweep")
        name = self._names[max(int(self._ui.sweepBox.currentIndex), 0)]
        self._play_when_done = True
        state = self._session.state
        if state.model is None:
            self._session.sweep(name, [])
            return
        low, high = state.model.support.get(name, (0.0, 1.0))
        first, last, count = self._ui.fromBox.value or low, self._ui.toBox.value or high, int(self._ui.framesBox.value)
        if first == low and last == high:
            values = self._session.usual_values(name, count)
        else:
            values = [first + (last - first) * place / (count - 1) for place in range(count)]
        self._session.sweep(name, values)

    def _toggled(self, on: bool) -> None:
        self._feedback.begin("sweep")
        self._play(bool(on))
        self.show_playing()

    def _export(self) -> None:
        title = _("Choose a folder for the files")
        if folder := qt.QFileDialog.getExistingDirectory(self._ui.sweepSection, title, ""):
            self._feedback.begin("sweep")
            self._session.export(folder, ffmpeg=_ffmpeg_of_slicer())

    def _keep(self) -> None:
        self._feedback.begin("sweep")
        state = self._session.state
        if state.answer is not None:
            self._session.keep(said_do(state.answer.do, graph_for(state.model)))

    def _clear(self) -> None:
        self._feedback.begin("sweep")
        self._session.use_kept([])

    def _save_grid(self) -> None:
        title = _("Save the grid")
        if path := qt.QFileDialog.getSaveFileName(self._ui.sweepSection, title, "grid.png", "PNG (*.png)"):
            self._feedback.begin("sweep")
            self._session.guarded(lambda: write_grid(self._session.state.kept, Path(path)))


def _ffmpeg_of_slicer() -> str:
    """The program that Slicer's Screen Capture module knows; "" where it knows none."""
    path = str(slicer.app.userSettings().value("General/ffmpegPath") or "")
    return str(slicer.app.toSlicerHomeAbsolutePath(path)) if path else ""
