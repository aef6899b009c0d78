"""A spine session's inputs: model, DXA and person, from files, from a scene, or made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bonedensity.errors import BoneDensityError
from bonedensity.workflows.spine.corners import SpineCorners
from bonedensity.workflows.spine.images import Greys
from bonedensity.workflows.spine.model import find_model, graph_for
from bonedensity.workflows.spine.state import Dxa, View
from bonedensity.workflows.worker import Order


class SpineInputs(SpineCorners):
    """Takes model, DXA and person in; the abduction starts by itself once all are there."""

    def choose_model(self, folder: str = "") -> None:
        """Use the model of a folder, or with "" the one that is shipped, if there is one."""
        state = self.state
        found, problem = find_model(folder)
        same = found == state.model and problem == state.problem and folder == state.folder
        if same or (found is not None and state.model is not None and replace(state.model, support={}) == found):
            return
        state.model, state.problem, state.folder = found, problem, folder
        self._forget_abduction()
        self.changed.emit("model")
        self.begin()

    def load_dxa(self, path: str | Path) -> None:
        """Read an export from a file; what its header says of the person fills the form."""

        def done(value: dict[str, Any]) -> None:
            self.use_dxa(self._dxa_of(value), attributes=value["attributes"])
            self._propose(value["proposal"])

        parameters = {"path": str(path), "graph": graph_for(self.state.model).to_json()}
        self.desk.run(Order("spine_read", parameters, "reading the DXA", done, ("dxa",)))

    def make_virtual_person(self, seed: int) -> None:
        """A synthetic person's DXA with all attributes and true corners."""

        def done(value: dict[str, Any]) -> None:
            dxa = replace(self._dxa_of(value), seed=seed)
            self.use_dxa(dxa, attributes=value["attributes"], outline=value["corners"])

        self.desk.run(Order("virtual_spine", {"seed": seed}, "making the virtual person", done, ("dxa",)))

    def use_dxa(
        self,
        dxa: Dxa | None,
        *,
        view: View | None = None,
        attributes: Mapping[str, float] | None = None,
        outline: ArrayLike | None = None,
        marked: bool = False,
    ) -> None:
        """Take an export, or none; what belonged to another one is let go.

        Args:
            dxa: As read.
            view: How the network sees it; default as it is.
            attributes: Of the person; None leaves those that were given.
            outline: Corners on the export as read, where they are known.
            marked: A person dragged them.
        """
        self._stop_what_rests_on("dxa")
        state = self.state
        state.dxa, state.proposal, state.ct, state.labels = dxa, None, None, None
        state.view = None if dxa is None else view or View.whole(dxa.array)
        state.outline = None if outline is None else np.array(outline, dtype=np.float64)
        state.marked, state.found = marked, None if marked else state.outline
        state.do = {}
        if attributes is not None:
            state.attributes = dict(attributes)
        self._forget_abduction()
        for what in ("dxa", "view", "proposal", "attributes", "corners", "do", "ct"):
            self.changed.emit(what)
        self.begin()

    def set_attribute(self, name: str, value: float | None) -> None:
        """State an attribute of the person, or that it is not known."""
        if self.state.attributes.get(name) == value:
            return
        self.use_attributes({**self.state.attributes, name: value})

    def use_attributes(self, attributes: Mapping[str, float | None]) -> None:
        """Take all that is known of the person; one that nobody has is said and not taken."""
        state, kept = self.state, self.possible(attributes)
        if kept == state.attributes:
            self.changed.emit("attributes")
            return
        self._stop_what_rests_on("attributes")
        state.attributes = kept
        self._forget_abduction()
        self.changed.emit("attributes")
        self.begin()

    def load_attributes(self, path: str | Path, row: int = 1) -> None:
        """Fill the form from a row of a table, or a JSON object."""

        def done(value: dict[str, Any]) -> None:
            self.use_attributes({**self.state.attributes, **value["attributes"]})
            if value["missing"]:
                self.desk.noticed.emit(value["missing"][0])
            elif value["rows"] > 1:
                self.desk.noticed.emit(f"Row {value['row']} of {value['rows']} was taken.")

        parameters = {"path": str(path), "graph": graph_for(self.state.model).to_json(), "row": row}
        self.desk.run(Order("spine_metadata", parameters, "reading the person", done, ("attributes",)))

    def possible(self, values: Mapping[str, float | None]) -> dict[str, float]:
        """Those of the model's attributes that somebody can have; one that nobody has is said."""
        graph, kept = graph_for(self.state.model), dict[str, float]()
        for name, value in values.items():
            if value is None or name not in graph.names:
                continue
            try:
                graph.node(name).check(value)
                kept[name] = float(value)
            except BoneDensityError as error:
                self.desk.fail(error)
        return kept

    def _dxa_of(self, value: dict[str, Any]) -> Dxa:
        array: Greys = self.desk.worker.exchange.get(value["image"], np.ndarray)
        pixel_mm = None if value["pixel_mm"] is None else (float(value["pixel_mm"][0]), float(value["pixel_mm"][1]))
        return Dxa(array, pixel_mm, value["spacing_source"], value["name"], tuple(value["notes"]))
