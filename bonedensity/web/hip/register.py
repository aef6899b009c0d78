"""Step 3: the bones' pose, by hand and by search, and what is to be thought of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from bonedensity.anatomy.labels import title_of
from bonedensity.errors import BoneDensityError
from bonedensity.web.drawing import search_svg
from bonedensity.web.hip.ct import MOST_SEED
from bonedensity.web.part import Part, number
from bonedensity.workflows.moving_bones import titles
from bonedensity.workflows.review import VERDICTS
from bonedensity.workflows.session import Session
from bonedensity.workflows.session_facts import Outcome
from bonedensity.workflows.session_pose import REACH

POSE = (
    ("Right", "mm", 3, "In plane, to the right of the picture"),
    ("Down", "mm", 4, "In plane, downwards in the picture"),
    ("Depth", "mm", 5, "Away from the X-ray source: the bones get smaller"),
    ("Tilt", "°", 0, "About the picture's horizontal axis"),
    ("Twist", "°", 1, "About the picture's vertical axis"),
    ("Spin", "°", 2, "About the viewing axis"),
)
"""Name, unit, place among a session's six parameters, and meaning, in the order shown."""

STEPS = (0.1, 1.0, 5.0)
"""mm or degrees of one step."""


class RegisterPart(Part[Session]):
    """See the module."""

    name = "reg"

    def view(self) -> dict[str, Any]:
        """What the template shows."""
        session, state = self._session, self._session.state
        place = session.what_is_missing("preview")
        return {
            "need": session.what_is_missing("register") or "Move the bones near their place, then register.",
            "place_missing": place,
            "bones": [
                {"name": b.name, "title": title_of(b.name), "on": b.name in state.chosen, "metal": b.holds_metal}
                for b in state.bones
            ],
            "moving": state.moving,
            "movable": [{"name": name, "title": title} for name, title in titles(state.chosen, state.own())],
            "moved_since": state.moved_since(),
            "pose": [
                {"name": name, "unit": unit, "at": at, "tip": tip, "value": round(float(state.parameters[at]), 2)}
                for name, unit, at, tip in POSE
            ],
            "undo": session.history.can_undo and not place,
            "redo": session.history.can_redo and not place,
            "missing": session.what_is_missing("register"),
            "searching": session.searching,
            "paused": session.desk.paused,
            "offered": session.search.offered is not None,
            "plot": search_svg(session.search.trace),
            "card": None if state.outcome is None else card_of(state.outcome),
            "verdict": session.review.verdict,
            "note": session.review.note,
        }

    @property
    def step(self) -> float:
        """mm or degrees of one step."""
        return float(self._server.state.reg_step)

    def _begin(self) -> None:
        session = self._session
        self._server.state.reg_step = 1.0
        self._on(
            start=lambda seed: session.register(seed=int(number(seed, 0, MOST_SEED))),
            pause=lambda: session.pause(not session.desk.paused),
            keep=session.keep_best,
            undo=session.undo,
            redo=session.redo,
            reset=session.reset_pose,
            set=self._set,
            nudge=self._nudge,
            step=self._take_step,
            move=lambda name: session.move_alone(str(name)),
            bones=lambda names: session.choose_bones([str(name) for name in names]),
            verdict=self._judge,
            note=lambda note: session.say(note=str(note)),
        )

    def _take_step(self, step: Any) -> None:
        if step in STEPS:
            self._server.state.reg_step = float(step)

    def _set(self, at: Any, value: Any) -> None:
        place = place_of(at)
        if self._session.what_is_missing("preview"):
            return
        parameters = self._session.state.parameters.copy()
        parameters[place] = number(value, -float(REACH[place]), float(REACH[place]))
        self._session.set_parameters(parameters)

    def _nudge(self, at: Any, direction: Any) -> None:
        place = place_of(at)
        if self._session.what_is_missing("preview"):
            return
        by = np.zeros(6)
        by[place] = self.step if number(direction, -1, 1) > 0 else -self.step
        self._session.set_parameters(np.clip(self._session.state.parameters + by, -REACH, REACH))

    def _judge(self, verdict: Any) -> None:
        if verdict in VERDICTS:
            self._session.say(verdict="" if verdict == self._session.review.verdict else verdict)


def place_of(at: Any) -> int:
    """A place among the six parameters.

    Raises:
        BoneDensityError: There is no such place.
    """
    if at not in range(6):
        raise BoneDensityError("The pose has six numbers.")
    return int(at)


def card_of(outcome: Outcome) -> dict[str, Any]:
    """Verdict, reasons and figures of a registration."""
    figures = (
        f"Similarity {outcome.similarity:.2f} (start {outcome.start_similarity:.2f}); "
        f"{outcome.evaluations} projections compared in {outcome.seconds:.1f} s."
    )
    lines = [figures]
    if outcome.agreement_mm is not None:
        lines.append(f"Two searches ended {outcome.agreement_mm:.2f} mm apart in plane.")
    if outcome.error is not None and outcome.start_error is not None:
        lines.append(
            f"Against the hidden truth: {outcome.error.in_plane_mm:.1f} mm in plane "
            f"(start {outcome.start_error.in_plane_mm:.1f} mm), {outcome.error.depth_mm:.1f} mm in depth."
        )
    return {"good": outcome.accepted, "reasons": list(outcome.reasons), "lines": lines}
