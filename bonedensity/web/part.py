"""What every section of a page shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from bonedensity.errors import BoneDensityError
from bonedensity.workflows.desk import Desk


class HasDesk(Protocol):
    """A session whose failures are said."""

    desk: Desk


SessionT = TypeVar("SessionT", bound=HasDesk)


class Part(Generic[SessionT]):
    """A section: it answers triggers, and shows the session in one variable of the page.

    Args:
        server: The tab's.
        session: What it shows and drives.
    """

    name = ""
    """Of the page's variable, of the section's template, and before each trigger."""

    def __init__(self, server: Any, session: SessionT) -> None:
        self._server, self._session = server, session
        self._begin()

    def refresh(self) -> None:
        """Show the session as it stands."""
        self._server.state[self.name] = self.view()

    def view(self) -> dict[str, Any]:
        """What the template shows."""
        raise NotImplementedError

    def _begin(self) -> None:
        """Take the triggers."""

    def _on(self, **acts: Callable[..., Any]) -> None:
        """Answer `<name>_<act>`; a failure is said at the page's foot."""
        for act, do in acts.items():
            self._server.trigger(f"{self.name}_{act}")(self._guarded(do))

    def _guarded(self, do: Callable[..., Any]) -> Callable[..., None]:
        def answer(*values: Any) -> None:
            try:
                do(*values)
            except BoneDensityError as error:
                self._session.desk.fail(error)

        return answer


def number(value: Any, low: float, high: float) -> float:
    """A number that a page sent.

    Raises:
        BoneDensityError: None at all, or out of range.
    """
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise BoneDensityError("Type a number there.") from None
    if not low <= found <= high:
        raise BoneDensityError(f"{found:g} is not between {low:g} and {high:g}.")
    return found
