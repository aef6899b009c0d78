"""The person's CT, and the counterfactual's change carried to it."""

from __future__ import annotations

from typing import Any

import numpy as np

from bonedensity.imaging import LabelMap, Volume
from bonedensity.workflows.spine.inputs import SpineInputs
from bonedensity.workflows.worker import Order


class SpineInCt(SpineInputs):
    """Takes or makes a CT, and stretches its vertebrae as the counterfactual says."""

    def use_ct(self, ct: Volume | None, labels: LabelMap | None) -> None:
        """Take the person's CT in HU with labelled bones, or none."""
        state = self.state
        if ct is state.ct and labels is state.labels:
            return
        state.ct, state.labels, state.volume = ct, labels, None
        self.changed.emit("ct")
        self.changed.emit("volume")

    def make_virtual_ct(self) -> None:
        """The CT of the virtual person who is loaded."""
        if self._refused("virtual ct"):
            return
        assert self.state.dxa is not None

        def done(value: dict[str, Any]) -> None:
            exchange = self.desk.worker.exchange
            ct, labels = exchange.get(value["ct"], Volume), exchange.get(value["labels"], LabelMap)
            self.desk.keep("ct", ct, value["ct"])
            self.desk.keep("labels", labels, value["labels"])
            self.use_ct(ct, labels)

        title = "making the virtual person's CT"
        self.desk.run(Order("virtual_spine_ct", {"seed": self.state.dxa.seed}, title, done, ("dxa",)))

    def show_volume(self) -> None:
        """The change in size, carried to the CT's vertebrae and its projection."""
        if self._refused("volume"):
            return
        state = self.state
        assert state.answer is not None

        def done(value: dict[str, Any]) -> None:
            take = self.desk.worker.exchange.take
            images = {name: take(value[name], np.ndarray) for name in ("factual", "counterfactual")}
            self.state.volume = {**value, **images}
            self.changed.emit("volume")

        parameters = {
            "ct": self.desk.put("ct", state.ct),  # type: ignore[arg-type]  # it is not None: the step was not refused
            "labels": self.desk.put("labels", state.labels),  # type: ignore[arg-type]
            "before": dict(state.attributes),
            "after": dict(state.answer.attributes),
        }
        self.desk.run(Order("spine_volume", parameters, "carrying the change to the CT", done, ("dxa", "ct")))
