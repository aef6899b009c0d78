"""The person's CT, and the counterfactual's change carried to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from bonedensity.anatomy.labels import LUMBAR_L1_L4
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.workflows.spine.inputs import SpineInputs
from bonedensity.workflows.spine.model import graph_for, said_do
from bonedensity.workflows.spine.state import SpineState
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

    def load_ct(self, path: str | Path) -> None:
        """Read the person's CT from a file or a DICOM folder; bones of another CT are let go."""
        if self._refused("ct"):
            return

        def done(value: dict[str, Any]) -> None:
            ct = self.desk.worker.exchange.get(value["ct"], Volume)
            self.desk.keep("ct", ct, value["ct"])
            self.use_ct(ct, None)

        self.desk.run(Order("read_ct", {"path": str(path)}, "reading the CT", done, ("dxa", "ct")))

    def load_ct_labels(self, path: str | Path) -> None:
        """Read the CT's bones from a label file; one without all of L1 to L4 is said and not taken."""
        if self._refused("ct labels"):
            return
        ct = self.state.ct
        assert ct is not None

        def done(value: dict[str, Any]) -> None:
            if self.state.ct is not ct:
                return
            labels = self.desk.worker.exchange.get(value["labels"], LabelMap)
            lacking = [name.removeprefix("vertebrae_") for name in LUMBAR_L1_L4 if name not in labels.values]
            if lacking:
                raise AnatomyError(f"“{Path(path).name}” lacks {', '.join(lacking)}: all of L1 to L4 are needed.")
            self.desk.keep("labels", labels, value["labels"])
            self.use_ct(ct, labels)

        parameters = {"path": str(path), "ct": self.desk.put("ct", ct), "engine": "labels"}
        self.desk.run(Order("segment", parameters, "reading the CT's bones", done, ("dxa", "ct")))

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
        do = dict(state.answer.do)

        def done(value: dict[str, Any]) -> None:
            take = self.desk.worker.exchange.take
            images = {name: take(value[name], np.ndarray) for name in ("factual", "counterfactual")}
            self.state.volume = {**value, **images, "do": do}
            self.changed.emit("volume")

        parameters = {
            "ct": self.desk.put("ct", state.ct),  # type: ignore[arg-type]  # it is not None: the step was not refused
            "labels": self.desk.put("labels", state.labels),  # type: ignore[arg-type]
            "before": dict(state.attributes),
            "after": dict(state.answer.attributes),
        }
        self.desk.run(Order("spine_volume", parameters, "carrying the change to the CT", done, ("dxa", "ct")))


def said_of_volume(state: SpineState) -> str:
    """Which counterfactual the CT shows, and whether the sliders have moved on since; "" where it shows none."""
    if state.volume is None:
        return ""
    what = f"In the CT: {said_do(state.volume['do'], graph_for(state.model))}."
    now = None if state.answer is None else dict(state.answer.do)
    return what if now == state.volume["do"] else f"{what} The sliders have moved since: show the change again."
