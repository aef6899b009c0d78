"""Abduction and counterfactuals: what the worker is asked once image, person and model are there."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from bonedensity.errors import BoneDensityError
from bonedensity.workflows.spine.base import ABDUCTION, SpineBase
from bonedensity.workflows.spine.images import Outline
from bonedensity.workflows.spine.readiness import what_is_missing
from bonedensity.workflows.spine.results import Abduction, Answer
from bonedensity.workflows.worker import Order

REST_S = 0.15
"""Sliders that have not moved for so long are at rest: everything is then read off the counterfactual."""

BASIS = ("dxa", "attributes", "model")
"""Without these as they are, no answer is of use."""


class SpineAnswers(SpineBase):
    """Asks the worker and keeps what it says."""

    _moved_at = 0.0
    _settled = True
    _postponed = False
    _asked = 0

    def begin(self) -> None:
        """Abduct as soon as everything is there; sliders answer afterwards."""
        state, self._postponed = self.state, False
        if state.abduction is not None or what_is_missing(state, "abduct"):
            return
        if self.desk.job and not self.desk.cancelling:
            self._postponed = True
            return
        if state.model is not None and not state.model.support:
            self._load_model()
            return
        self._asked += 1
        number = self._asked

        def done(value: dict[str, Any]) -> None:
            if number == self._asked:
                self._abducted(value)

        self.desk.run(Order("spine_abduct", {"person": self.person()}, ABDUCTION, done, BASIS))

    def ask(self) -> None:
        """Ask for the counterfactual as the sliders stand; an earlier request is overtaken."""
        self._moved_at, self._settled = time.monotonic(), False
        if what_is_missing(self.state, "answer"):
            self._settled = True
            self.desk.forget_picture()
            return
        self._ask(full=False)

    def settle(self) -> None:
        """Once the sliders rest, ask for all that can be read off; to be called each time the worker was heard.

        An abduction that had to wait for another job begins.
        """
        if self._postponed and not self.desk.job:
            self.begin()
        if self._settled or self.desk.job or self.desk.picturing or time.monotonic() - self._moved_at < REST_S:
            return
        self._settled = True
        if not what_is_missing(self.state, "answer"):
            self._ask(full=True)

    def answer_now(self, timeout_s: float | None = None) -> None:
        """For scripts: wait for the counterfactual as it is set, with all that is read off it.

        Raises:
            BoneDensityError: It cannot be made.
            TimeoutError: It has not come in time.
        """
        self.wait(timeout_s)
        if missing := what_is_missing(self.state, "answer"):
            raise BoneDensityError(missing)
        self.desk.run(self._order(full=True))
        self.wait(timeout_s)

    # Within

    def _forget_abduction(self) -> None:
        """An abduction holds for the image and person that it was made with."""
        state = self.state
        self._outdate_answers()
        state.abduction, state.answer, state.sweep, state.volume = None, None, None, None
        for what in ("abduction", "answer", "sweep", "volume"):
            self.changed.emit(what)

    def _outdate_answers(self) -> None:
        """Whatever the worker is still asked for is of no use any more."""
        self._asked += 1
        self.desk.forget_picture()
        self._settled = True

    def _load_model(self) -> None:
        assert self.state.model is not None
        folder = self.state.model.folder

        def done(value: dict[str, Any]) -> None:
            model = self.state.model
            if model is not None and model.folder == folder:
                self.state.model = replace(
                    model, support={name: (float(low), float(high)) for name, (low, high) in value["support"].items()}
                )
                self.changed.emit("model")
            self.begin()

        self.desk.run(Order("spine_model", {"model": folder}, "loading the model", done, ("model",)))

    def _abducted(self, value: dict[str, Any]) -> None:
        state = self.state
        effects = {(cause, effect): float(size) for cause, effect, size in value["effects"]}
        state.abduction = Abduction(effects, value["band"], float(value["seconds"]))
        if state.found is None:
            state.found = self._own_points(value["corners"])
        if state.outline is None:
            state.outline = state.found
            self.changed.emit("corners")
        self.changed.emit("abduction")
        self.ask()

    def _ask(self, *, full: bool) -> None:
        self.desk.show(self._order(full=full))

    def _order(self, *, full: bool) -> Order:
        do, number, corners = dict(self.state.do), self._asked, self.state.outline

        def done(value: dict[str, Any]) -> None:
            if number != self._asked:
                return
            answer = self._answer(do, value)
            if answer.outline is not None:  # corners may have been moved meanwhile
                answer = replace(answer, outline=moved_along(answer.outline, corners, self.state.outline))
            self.state.answer = answer
            self.changed.emit("answer")

        parameters: dict[str, Any] = {"person": self.person(), "do": do, "full": full}
        if full:
            parameters |= {"outline": self._marked_outline(), "samples": self.state.samples}
        return Order("spine_answer", parameters, "the counterfactual", done, BASIS)

    def _answer(self, do: Mapping[str, float], value: dict[str, Any]) -> Answer:
        if value["full"]:
            return self._full_answer(do, value)
        change = self._taken(value["difference"])
        return Answer(do, value["attributes"], change, tuple(value["notes"]), seconds=value["seconds"])

    def _full_answer(self, do: Mapping[str, float], value: dict[str, Any]) -> Answer:
        uncertain = value.get("uncertainty")
        exchange, orientation = self.desk.worker.exchange, self._orientation()
        return Answer(
            do=do,
            attributes=value["attributes"],
            difference=self._taken(value["difference"]),
            notes=(*value["notes"], *value["warnings"]),
            full=True,
            uncertainty=None if uncertain is None else orientation.undo(exchange.take(uncertain, np.ndarray)),
            outline=self._own_points(value["outline"]),
            rows=tuple(value["rows"]),
            density=None if value["density"] is None else (value["density"][0], value["density"][1]),
            identity=float(value["identity"]),
            seconds=float(value.get("seconds", 0.0)),
        )


def moved_along(outline: Outline, before: Outline | None, now: Outline | None) -> Outline:
    """A counterfactual's corners once those of the DXA were moved: they differ by what the network sees change."""
    return outline if now is None or before is None else outline + (now - before)
