"""What is set from outside: one attribute or several at once, and how they are left to their causes again."""

from __future__ import annotations

from collections.abc import Mapping

from bonedensity.errors import BoneDensityError
from bonedensity.workflows.spine.answers import SpineAnswers
from bonedensity.workflows.spine.model import graph_for


class SpineInterventions(SpineAnswers):
    """Sets attributes, and asks for what would be."""

    def set_do(self, name: str, value: float | None) -> None:
        """Set an attribute from outside; None leaves it to its causes again."""
        state = self.state
        if state.do.get(name) == value or (value is None and name not in state.do):
            return
        graph = graph_for(state.model)
        try:
            if value is not None:
                graph.node(name).check(value)
        except BoneDensityError as error:
            self.desk.fail(error)
            return
        state.do = {other: old for other, old in state.do.items() if other != name}
        if value is not None:
            state.do[name] = float(value)
        self.changed.emit("do")
        self.ask()

    def toggle_do(self, name: str) -> None:
        """Set an attribute to what it is now, or leave it to its causes again."""
        state = self.state
        now = state.attributes if state.answer is None else state.answer.attributes
        self.set_do(name, None if name in state.do else now.get(name))

    def use_do(self, do: Mapping[str, float]) -> None:
        """Set exactly these; what is not there any more is left to its causes."""
        if dict(do) != self.state.do:
            self.state.do = dict(do)
            self.changed.emit("do")
            self.ask()
