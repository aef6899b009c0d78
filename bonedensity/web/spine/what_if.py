"""Sliders for every attribute that can be set, and sweeps."""

from __future__ import annotations

import time
from typing import Any

from bonedensity.errors import BoneDensityError
from bonedensity.generators.chvae.causal.graph import Node
from bonedensity.web.part import Part, number
from bonedensity.workflows.spine.model import graph_for, said, said_do, title_of
from bonedensity.workflows.spine.session import SpineSession

FRAME_S = 0.4
"""Each frame of a sweep that plays."""


class WhatIfPart(Part[SpineSession]):
    """See the module."""

    name = "what"
    _at: int | None = None
    _playing = False
    _wanted = False
    _turned_at = 0.0

    def view(self) -> dict[str, Any]:
        """What the template shows."""
        session, state = self._session, self._session.state
        graph, answer = graph_for(state.model), state.answer
        return {
            "ready": state.abduction is not None,
            "rows": [self._row(node) for node in graph.nodes],
            "set": bool(state.do),
            "said": "" if answer is None else said_do(answer.do, graph),
            "warnings": [] if answer is None else list(answer.notes),
            "sweepable": [
                {"value": node.name, "title": title_of(node.name)} for node in graph.nodes if node.kind == "positive"
            ],
            "sweep_missing": session.what_is_missing("sweep"),
            "sweep": self._sweep(),
        }

    def play_on(self) -> bool:
        """Go to the next frame of a sweep that plays; True where there was one to go to."""
        sweep = self._session.state.sweep
        if not self._playing or sweep is None or time.monotonic() - self._turned_at < FRAME_S:
            return False
        self._turned_at = time.monotonic()
        self._show(0 if self._at is None else (self._at + 1) % len(sweep.frames))
        return True

    def changed(self, what: str) -> None:
        """The session changed: a sweep that was asked for plays, a moved slider ends it."""
        if what == "sweep":
            self._playing, self._at = self._wanted and self._session.state.sweep is not None, None
            self._wanted = False
        elif what in ("do", "dxa"):
            self._playing, self._at = False, None
            self._wanted = self._wanted and what != "dxa"

    def _begin(self) -> None:
        session = self._session
        self._on(
            do=self._do,
            reset=lambda: session.use_do({}),
            sweep=self._start_sweep,
            play=self._play,
            frame=self._go_to,
        )

    def _do(self, name: Any, value: Any) -> None:
        if name not in graph_for(self._session.state.model).names:
            raise BoneDensityError(f"“{name}” is nothing that can be set.")
        self._session.set_do(str(name), None if value is None else number(value, -1e6, 1e6))

    def _start_sweep(self, name: Any) -> None:
        missing = self._session.what_is_missing("sweep")
        if missing:
            raise BoneDensityError(missing)
        self._wanted = True
        self._session.sweep(str(name), self._session.usual_values(str(name)))

    def _play(self) -> None:
        self._playing = not self._playing
        self.refresh()

    def _go_to(self, at: Any) -> None:
        sweep = self._session.state.sweep
        if sweep is not None:
            self._playing = False
            self._show(int(number(at, 0, len(sweep.frames) - 1)))

    def _show(self, at: int) -> None:
        if self._session.show_frame(at):
            self._at = at

    def _sweep(self) -> dict[str, Any] | None:
        sweep = self._session.state.sweep
        if sweep is None:
            return None
        at = self._at or 0
        graph = graph_for(self._session.state.model)
        return {
            "last": len(sweep.frames) - 1,
            "at": at,
            "said": f"{title_of(sweep.name)} {said(sweep.name, sweep.values[at], graph)}",
            "playing": self._playing,
        }

    def _row(self, node: Node) -> dict[str, Any]:
        state = self._session.state
        now = {**state.attributes, **({} if state.answer is None else state.answer.attributes), **state.do}
        fact, span = state.attributes.get(node.name), node.high - node.low
        low, high = (0.0, 0.0) if state.model is None else state.model.support.get(node.name, (0.0, 0.0))

        def share(value: float) -> float:
            return round(100 * min(max((value - node.low) / span, 0.0), 1.0), 2) if span else 0.0

        return {
            "name": node.name,
            "title": title_of(node.name),
            "binary": node.kind == "binary",
            "ends": ["female", "male"] if node.name == "sex" else ["0", "1"],
            "low": node.low,
            "high": node.high,
            "step": 1.0 if span > 50 else 0.05,
            "value": now.get(node.name, node.low),
            "said": said(node.name, now[node.name], graph_for(state.model)) if node.name in now else "",
            "set": node.name in state.do,
            "left": share(low),
            "width": share(high) - share(low),
            "mark": None if fact is None else share(fact),
        }
