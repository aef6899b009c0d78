"""What was read off the counterfactual: sizes, the path through age, kept pictures, and files."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bonedensity.web.images import still
from bonedensity.web.part import Part
from bonedensity.web.spine.age_plot import curves_svg
from bonedensity.workflows.spine.age_curves import age_curves
from bonedensity.workflows.spine.model import graph_for, said_do
from bonedensity.workflows.spine.pictures import grid_picture
from bonedensity.workflows.spine.results import Kept
from bonedensity.workflows.spine.session import SpineSession
from bonedensity.workflows.spine.size_table import size_texts


class SpineResultsPart(Part[SpineSession]):
    """See the module."""

    name = "out"

    def view(self) -> dict[str, Any]:
        """What the template shows."""
        session, state = self._session, self._session.state
        answer = state.answer
        return {
            "said": "" if answer is None else said_do(answer.do, graph_for(state.model)),
            "table": [asdict(line) for line in size_texts(answer)],
            "identity": "" if answer is None or answer.identity is None else f"{answer.identity:.2f}",
            "plot": curves_svg(age_curves(state)),
            "keep_missing": session.what_is_missing("keep"),
            "kept": self._kept(),
            "export_missing": session.what_is_missing("export"),
            "written": len(session.written),
        }

    def _begin(self) -> None:
        self._kept_before: tuple[Kept, ...] = ()
        self._grid: dict[str, Any] | None = None
        self._on(keep=self._keep, clear=lambda: self._session.use_kept([]))

    def _keep(self) -> None:
        state = self._session.state
        self._session.keep("" if state.answer is None else said_do(state.answer.do, graph_for(state.model)))

    def _kept(self) -> dict[str, Any] | None:
        kept = tuple(self._session.state.kept)
        if kept != self._kept_before:
            self._kept_before, self._grid = kept, _grid(kept) if kept else None
        return self._grid


def _grid(kept: tuple[Kept, ...]) -> dict[str, Any]:
    picture, rows = grid_picture(kept)
    lines = [f"{person}: {' | '.join(title or '–' for title in titles)}" for person, titles in rows]
    return {"src": still(picture), "lines": lines}
