"""What a page says of its work: progress with cancel, and the last message."""

from __future__ import annotations

from typing import Any

from bonedensity.workflows.desk import Desk


class Foot:
    """Follows a desk.

    Args:
        server: Whose state it writes.
        desk: Followed.
        name: Of the state's variable, and of the trigger `<name>_cancel`.
    """

    def __init__(self, server: Any, desk: Desk, name: str) -> None:
        self._state, self._name = server.state, name
        self._values: dict[str, Any] = {"title": "", "fraction": 0.0, "doing": "", "said": "", "bad": False}
        desk.busy_changed.connect(self._busy)
        desk.progressed.connect(self._progressed)
        desk.failed.connect(self.fail)
        desk.noticed.connect(self.say)
        server.trigger(f"{name}_cancel")(desk.cancel)
        self._show()

    def say(self, sentence: str) -> None:
        """Something that is no failure; "" takes the last message away."""
        self._show(said=sentence, bad=False)

    def fail(self, sentence: str) -> None:
        """A failure."""
        self._show(said=sentence, bad=True)

    def template(self, text: str) -> str:
        """The foot's template with the variable's name."""
        return text.replace("FOOT", self._name)

    def _busy(self, title: str) -> None:
        begins = title and not self._values["title"]
        self._show(title=title, **({"said": "", "bad": False, "fraction": 0.0, "doing": ""} if begins else {}))

    def _progressed(self, fraction: float, message: str) -> None:
        self._show(fraction=round(100 * fraction), doing=message)

    def _show(self, **values: Any) -> None:
        self._values = {**self._values, **values}
        self._state[self._name] = self._values
