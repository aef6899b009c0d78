"""How long jobs speak to their caller: `on_progress(fraction, message)` and `should_stop()`."""

from __future__ import annotations

from collections.abc import Callable

from bonedensity.errors import CancelledError

OnProgress = Callable[[float, str], None]
"""Called with the finished fraction in [0, 1] and a short message for the user."""

ShouldStop = Callable[[], bool]
"""Called now and then; True asks the job to end."""


def silent(fraction: float, message: str) -> None:
    """Progress that nobody listens to."""


def never() -> bool:
    """A job that nobody stops."""
    return False


def stop_if_asked(should_stop: ShouldStop) -> None:
    """Raise `CancelledError` when the caller wants the job to end."""
    if should_stop():
        raise CancelledError("Cancelled: nothing was changed.")


def part_of(on_progress: OnProgress, start: float, end: float) -> OnProgress:
    """Progress of one step, mapped into the interval [start, end] of the whole job."""

    def report(fraction: float, message: str) -> None:
        on_progress(start + (end - start) * fraction, message)

    return report
