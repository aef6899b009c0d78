"""The common ground of a spine session: its state, its worker, what it tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bonedensity.errors import BoneDensityError
from bonedensity.generators.chvae.reading.orientation import Orientation
from bonedensity.workflows.desk import Desk
from bonedensity.workflows.signals import Signal
from bonedensity.workflows.spine.images import Greys, Outline
from bonedensity.workflows.spine.readiness import Step, what_is_missing
from bonedensity.workflows.spine.state import SpineState
from bonedensity.workflows.worker import Worker

ABDUCTION = "the abduction"
"""Title of the job that is started by itself."""


class SpineBase:
    """What all parts of a spine session share.

    Args:
        worker: Computes, such as `jobs.WorkerClient`.

    Attributes:
        state: What is known; read it, and change it through the methods.
        changed: Emitted with what changed: "model", "dxa", "view", "proposal", "attributes", "corners", "abduction",
            "do", "answer", "sweep", "kept", "ct", "volume" or "files".
        desk: Tells of progress, failures and whether a job runs.
    """

    def __init__(self, worker: Worker) -> None:
        self.state = SpineState()
        self.changed = Signal()
        self.desk = Desk(worker)
        self._upright: tuple[Any, Greys | None] = (None, None)

    def what_is_missing(self, step: Step) -> str:
        """Why a step cannot start now, as one sentence; "" when it can."""
        return self.desk.waiting() or what_is_missing(self.state, step)

    def cancel(self) -> None:
        """Stop the job that runs; nothing is changed by it."""
        self.desk.cancel()

    def wait(self, timeout_s: float | None = None, *, meanwhile: Callable[[], object] = lambda: None) -> None:
        """For scripts: wait for the jobs that run; `meanwhile` is called some 20 times a second.

        Raises:
            BoneDensityError: One of them failed.
        """
        self.desk.wait(timeout_s, meanwhile=meanwhile)

    def upright(self) -> Greys:
        """The export as the network gets it, before the crop."""
        state = self.state
        assert state.dxa is not None
        assert state.view is not None
        key = (state.dxa.array, state.view.orientation)
        if self._upright[0] is None or self._upright[0][0] is not key[0] or self._upright[0][1] != key[1]:
            self._upright = (key, key[1].apply(key[0]))
        image = self._upright[1]
        assert image is not None
        return image

    def person(self) -> dict[str, Any]:
        """The person as the worker is asked about them."""
        state = self.state
        assert state.dxa is not None
        assert state.view is not None
        assert state.model is not None
        pixel_mm = state.view.orientation.pixel_mm(state.dxa.pixel_mm)
        return {
            "model": state.model.folder,
            "image": self.desk.put("upright", self.upright()),
            "crop": list(state.view.crop),
            "pixel_mm": None if pixel_mm is None else list(pixel_mm),
            "attributes": dict(state.attributes),
            "outline": self._marked_outline() if state.marked else None,
            "samples": 1,
            "seed": 0,
        }

    def guarded(self, step: Callable[[], None]) -> None:
        """Do something whose failure is said like any job's."""
        try:
            step()
        except BoneDensityError as error:
            self.desk.fail(error)

    # Within

    def _stop_what_rests_on(self, slot: str) -> None:
        """An input is replaced: a job that works on the old one is of no use any more."""
        if self.desk.job and (slot in self.desk.rests_on or self.desk.title == ABDUCTION):
            self.desk.cancel()

    def _refused(self, step: Step) -> bool:
        """Whether a step lacks something, which is then said."""
        missing = self.what_is_missing(step)
        if missing:
            self.desk.fail(BoneDensityError(missing))
        return bool(missing)

    def _orientation(self) -> Orientation:
        return Orientation() if self.state.view is None else self.state.view.orientation

    def _shape(self) -> tuple[int, int]:
        assert self.state.dxa is not None
        rows, columns = self.state.dxa.array.shape
        return rows, columns

    def _own_points(self, points: Any) -> Outline:
        """Corners from the upright image to the export as read."""
        return self._orientation().undo_points(np.array(points, dtype=np.float64), self._shape())

    def _upright_points(self, outline: Outline) -> list[Any]:
        """Corners from the export as read to the upright image."""
        values: list[Any] = self._orientation().apply_points(outline, self._shape()).tolist()
        return values

    def _marked_outline(self) -> list[Any] | None:
        """Corners as they stand, on the upright image."""
        return None if self.state.outline is None else self._upright_points(self.state.outline)

    def _taken(self, reference: Any) -> Greys:
        """A change that the worker made, on the export's own grid."""
        return self._orientation().undo_change(self.desk.worker.exchange.take(reference, np.ndarray))
