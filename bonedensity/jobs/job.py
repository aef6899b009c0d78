"""One job as the client sees it, and the error that a job may end with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from bonedensity.errors import BoneDensityError

OnProgress = Callable[[float, str, dict[str, Any]], None]
"""Called with the finished fraction, a sentence, and what the task shows meanwhile (often nothing)."""

OnResult = Callable[[dict[str, Any]], None]
"""Called once, with what the task returned."""

JobErrorKind = Literal["input", "bug", "cancelled", "superseded", "stopped"]
"""input: to be mended by the user. bug: ours. cancelled: as asked. superseded: overtaken. stopped: the worker died."""


class JobError(BoneDensityError):
    """A job that ended without a result; the message is shown to the user as it stands.

    Attributes:
        kind: Why.
        partial: What a cancelled job had found by then, as its task would have returned it; often None.
    """

    def __init__(self, message: str, kind: JobErrorKind, partial: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.partial = partial


OnError = Callable[[JobError], None]
"""Called once in place of `OnResult`; never for a job that was overtaken."""


@dataclass(slots=True)
class Job:
    """An open job: its callbacks, and whether it was asked to stop.

    Attributes:
        task: Name of the task.
        title: As messages call it.
        end_by: Time (`time.monotonic`) at which a cancelled job's worker is ended; None while nobody cancelled it.
        terminated: The worker was asked by the system to end because of this job.
    """

    task: str
    title: str
    on_progress: OnProgress | None = None
    on_result: OnResult | None = None
    on_error: OnError | None = None
    end_by: float | None = None
    terminated: bool = False

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to stop: it then never gives a result."""
        return self.end_by is not None
