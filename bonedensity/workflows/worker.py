"""What a session asks of its worker, and how it asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bonedensity.jobs.exchange import Exchange
from bonedensity.jobs.job import OnError, OnProgress, OnResult

Done = Callable[[dict[str, Any]], None]
"""Called with what a task returned."""

Heard = Callable[[dict[str, Any]], None]
"""Called with what a task shows meanwhile."""

Stopped = Callable[[dict[str, Any] | None], str]
"""Called with what a cancelled task had by then, or None; returns the sentence to say, or ""."""


class Worker(Protocol):
    """What a session needs of `jobs.WorkerClient`."""

    @property
    def exchange(self) -> Exchange:
        """Where data are put for the worker."""

    def submit(
        self,
        task: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        title: str = "",
        on_progress: OnProgress | None = None,
        on_result: OnResult | None = None,
        on_error: OnError | None = None,
        supersedes: str | None = None,
    ) -> str:
        """Give the worker a job; returns its id at once."""

    def pause(self, job_id: str, on: bool = True) -> None:
        """Let a job rest, or go on."""

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop; afterwards it gives no result."""

    def wait(
        self, job_id: str, timeout_s: float | None = None, *, meanwhile: Callable[[], object] = lambda: None
    ) -> dict[str, Any]:
        """Wait for a job, calling its callbacks, and `meanwhile` some 20 times a second."""


@dataclass(frozen=True, slots=True)
class Order:
    """A job as it is asked for.

    Attributes:
        task: Name of the worker's task.
        parameters: JSON values.
        title: As messages call it, such as "the registration".
        done: Called with the task's value.
        rests_on: Inputs ("ct", "labels", "radiograph") without which, as they are, the result is of no use.
        heard: Called with what the task shows meanwhile.
        stopped: Called when it was cancelled.
    """

    task: str
    parameters: dict[str, Any]
    title: str
    done: Done
    rests_on: tuple[str, ...] = ("ct", "labels", "radiograph")
    heard: Heard | None = None
    stopped: Stopped | None = None
