"""Whose DXA it is, how it lies, what is known of the person, and which model answers."""

from __future__ import annotations

from typing import Any

from bonedensity.errors import BoneDensityError
from bonedensity.generators.chvae.causal.graph import Node
from bonedensity.web.part import Part, number
from bonedensity.workflows.estimate_facts import card_lines
from bonedensity.workflows.spine.model import graph_for, title_of
from bonedensity.workflows.spine.readiness import what_is_missing
from bonedensity.workflows.spine.session import SpineSession

MOST_SEED = 2**31 - 1


class PersonPart(Part[SpineSession]):
    """See the module."""

    name = "who"

    def view(self) -> dict[str, Any]:
        """What the template shows."""
        state, desk = self._session.state, self._session.desk
        dxa = state.dxa
        return {
            "busy": "" if desk.cancelling else desk.waiting(),
            "need": what_is_missing(state, "abduct") or "Image, person and model are there: move a slider.",
            "loaded": "" if dxa is None else self._line(),
            "notes": [] if dxa is None else list(dxa.notes),
            "proposal": [] if state.proposal is None else list(state.proposal.reasons),
            "pixel_mm": "" if dxa is None or dxa.pixel_mm is None else round(dxa.pixel_mm[0], 4),
            "model": self._model_line(),
            "card": [] if state.model is None else card_lines(state.model.card),
            "folder": state.folder,
            "form": [self._row(node) for node in graph_for(state.model).nodes],
        }

    def _begin(self) -> None:
        session = self._session
        self._on(
            virtual=lambda seed: session.make_virtual_person(int(number(seed, 0, MOST_SEED))),
            model=lambda folder: session.choose_model(str(folder or "").strip()),
            accept=session.accept_proposal,
            turn=session.turn,
            mirror=session.mirror,
            invert=session.invert,
            pixel=lambda value: session.set_pixel_mm(None if value in (None, "") else number(value, 0.01, 20)),
            attribute=self._take_attribute,
        )

    def _take_attribute(self, name: Any, value: Any) -> None:
        if name not in graph_for(self._session.state.model).names:
            raise BoneDensityError(f"“{name}” is nothing that the model knows of a person.")
        self._session.set_attribute(str(name), None if value in (None, "") else number(value, -1e6, 1e6))

    def _row(self, node: Node) -> dict[str, Any]:
        value = self._session.state.attributes.get(node.name)
        return {
            "name": node.name,
            "title": title_of(node.name),
            "unit": node.unit,
            "binary": node.kind == "binary",
            "ends": ["female", "male"] if node.name == "sex" else ["0", "1"],
            "low": node.low,
            "high": node.high,
            "value": "" if value is None else round(value, 3),
        }

    def _line(self) -> str:
        dxa = self._session.state.dxa
        assert dxa is not None
        rows, columns = dxa.array.shape
        size = "pixel size not known: nothing is measured in mm"
        if dxa.pixel_mm is not None:
            size = f"pixels of {dxa.pixel_mm[0]:.3g} mm ({dxa.spacing_source})"
        return f"{dxa.name}: {columns} × {rows} pixels, {size}"

    def _model_line(self) -> str:
        state = self._session.state
        if state.model is None:
            return state.problem
        card = state.model.card
        return f"{card.name} {card.size}, trained on {card.data} ({state.model.folder or 'shipped'})."
