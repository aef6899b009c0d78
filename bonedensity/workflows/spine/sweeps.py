"""Sweeps of one attribute, and counterfactuals that are kept for comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bonedensity.workflows.spine.answers import BASIS
from bonedensity.workflows.spine.interventions import SpineInterventions
from bonedensity.workflows.spine.model import graph_for
from bonedensity.workflows.spine.results import Kept, Sweep
from bonedensity.workflows.worker import Order

FRAMES = 11
"""Of a sweep, unless told otherwise."""


class SpineSweeps(SpineInterventions):
    """Many counterfactuals of one person, or of several."""

    def sweep(self, name: str, values: Sequence[float], *, also: Mapping[str, float] | None = None) -> None:
        """One attribute over values, with whatever else is set, or with `also` in its place."""
        if self._refused("sweep"):
            return
        unit = graph_for(self.state.model).node(name).unit
        also = {other: value for other, value in (self.state.do if also is None else also).items() if other != name}
        rising = sorted(dict.fromkeys(float(value) for value in values))

        def done(value: dict[str, Any]) -> None:
            frames = tuple(
                self._answer({**also, name: frame["value"]}, frame | {"full": True}) for frame in value["frames"]
            )
            self.state.sweep = Sweep(name, unit, tuple(rising), also, frames)
            self.changed.emit("sweep")

        parameters = {
            "person": self.person(),
            "name": name,
            "values": rising,
            "also": also,
            "outline": self._marked_outline(),
        }
        self.desk.run(Order("spine_sweep", parameters, "the sweep", done, BASIS))

    def usual_values(self, name: str, count: int = FRAMES) -> list[float]:
        """Values of a sweep that stay within the training data, whole numbers where that is fine enough."""
        assert self.state.model is not None
        low, high = self.state.model.support.get(name, (0.0, 1.0))
        values = np.linspace(low, high, count)
        coarse = high - low > 2 * count
        return [
            float(v) for v in (np.unique(np.clip(np.round(values), np.ceil(low), np.floor(high))) if coarse else values)
        ]

    def use_sweep(self, sweep: Sweep | None) -> None:
        """Take a sweep that was made before, such as a saved scene's; None takes it out."""
        if sweep is not self.state.sweep:
            self.state.sweep = sweep
            self.changed.emit("sweep")

    def show_frame(self, place: int) -> bool:
        """Let a frame of the sweep be what is set and answered, without asking the worker; False where there is none.

        Nothing is told: whoever plays the sweep draws it.
        """
        sweep = self.state.sweep
        if sweep is None or not 0 <= place < len(sweep.frames):
            return False
        frame = sweep.frames[place]
        self._outdate_answers()
        self.state.do, self.state.answer = dict(frame.do), frame
        return True

    def keep(self, title: str) -> None:
        """Keep the present counterfactual for comparison."""
        state = self.state
        if self._refused("keep"):
            return
        assert state.dxa is not None
        image = state.image()
        assert image is not None
        state.kept.append(Kept(state.dxa.name, title, image))
        self.changed.emit("kept")

    def use_kept(self, kept: Sequence[Kept]) -> None:
        """Compare exactly these."""
        self.state.kept = list(kept)
        self.changed.emit("kept")
