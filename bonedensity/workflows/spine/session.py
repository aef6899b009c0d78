"""One person in a window: load, abduct, ask what would be. Knows no window, and leaves all computation to a worker.

    session = SpineSession(WorkerClient())
    session.choose_model("/path/to/weights")
    session.make_virtual_person(seed=1)
    session.wait()
    session.sweep("age", range(50, 91, 5))
    session.wait()
    print([frame.attributes["l1_l4_width"] for frame in session.state.sweep.frames])

A window calls the worker's `poll` on a timer in place of `wait`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bonedensity.workflows.spine.answers import BASIS
from bonedensity.workflows.spine.saved import SpineSaved
from bonedensity.workflows.worker import Order


class SpineSession(SpineSaved):
    """See `SpineBase` for what it is made with and what it tells, `SpineInputs` for its inputs."""

    def export(self, folder: str | Path, *, ffmpeg: str = "") -> None:
        """Write pictures, NRRD, table, sweep and a one-page sheet of the present counterfactual into a folder.

        Every picture says that it is synthetic and for research use. `changed` then tells "files".

        Args:
            folder: Made where it is not there.
            ffmpeg: The program that writes the sweep's movie; "" looks for it on PATH.
        """
        if self._refused("export"):
            return
        state = self.state
        assert state.dxa is not None

        def done(value: dict[str, Any]) -> None:
            self.written = tuple(value["outputs"])
            self.changed.emit("files")
            self.desk.noticed.emit(" ".join([f"{len(self.written)} files were written to {folder}.", *value["notes"]]))

        parameters: dict[str, Any] = {
            "person": self.person(),
            "samples": state.samples,
            "do": dict(state.do),
            "folder": str(folder),
            "name": state.dxa.name,
            "outline": self._marked_outline(),
            "ffmpeg": ffmpeg,
        }
        if state.sweep is not None:
            parameters["sweep"] = {"name": state.sweep.name, "values": list(state.sweep.values)}
        self.desk.run(Order("spine_export", parameters, "the export", done, BASIS))

    written: tuple[str, ...] = ()
    """Files of the last export."""
