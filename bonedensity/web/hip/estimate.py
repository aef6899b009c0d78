"""Step 4: density from the X-ray alone."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bonedensity.errors import BoneDensityError
from bonedensity.estimators.registry import Estimator, estimators
from bonedensity.web.images import still
from bonedensity.web.part import Part
from bonedensity.workflows.estimate_facts import Estimated, card_lines, card_of, why_no_estimate
from bonedensity.workflows.session import Session


class EstimatePart(Part[Session]):
    """See the module."""

    name = "est"

    def view(self) -> dict[str, Any]:
        """What the template shows."""
        state = self._session.state
        why = why_no_estimate(state.radiograph is not None, self._chosen.name, self._folder)
        return {
            "estimators": [{"value": one.name, "title": one.title} for one in self._known.values()],
            "chosen": self._chosen.name,
            "summary": self._chosen.summary,
            "folder": self._folder,
            "fields": [
                {**asdict(one), "choices": [{"value": v, "title": t} for v, t in one.choices.items()]}
                for one in self._chosen.fields
            ],
            "values": dict(self._metadata),
            "card": self._card(),
            "missing": self._session.waiting() or why,
            "lines": [] if state.estimated is None else estimate_lines(state.estimated),
            "picture": self._picture(state.estimated),
        }

    def _begin(self) -> None:
        self._known = estimators()
        self._chosen: Estimator = next(iter(self._known.values()))
        self._folder = ""
        self._metadata: dict[str, Any] = {}
        self._shown: tuple[Any, str] = (None, "")
        self._on(choose=self._choose, folder=self._take_folder, field=self._take_field, start=self._start)

    def _choose(self, name: Any) -> None:
        if name in self._known:
            self._chosen, self._metadata = self._known[name], {}
            self.refresh()

    def _take_folder(self, folder: Any) -> None:
        self._folder = str(folder or "").strip()
        self.refresh()

    def _take_field(self, name: Any, value: Any) -> None:
        self._metadata[str(name)] = value

    def _start(self) -> None:
        self._session.estimate(self._chosen.name, folder=self._folder, metadata=self._metadata)

    def _card(self) -> list[str]:
        try:
            return card_lines(card_of(self._chosen.name, self._folder))
        except BoneDensityError:
            return []

    def _picture(self, said: Estimated | None) -> str:
        if self._shown[0] is not said:
            self._shown = (said, "" if said is None or said.picture is None else still(said.picture))
        return self._shown[1]


def estimate_lines(said: Estimated) -> list[str]:
    """Numbers with their intervals, or the reasons why there are none; then what was done."""
    if said.reasons:
        return ["No number is given:", *said.reasons, *said.notes]
    lines = []
    for one in said.measurements:
        interval, coverage = one.provenance.get("interval"), one.provenance.get("coverage")
        line = f"{one.name}: {one}"
        if interval and coverage is not None:
            line += (
                f"; {coverage:.0%} of such intervals hold the truth: {interval[0]:.3g} to {interval[1]:.3g} {one.unit}"
            )
        lines.append(line)
    return [*lines, *said.notes]
