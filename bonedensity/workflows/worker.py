"""One job at a time for the user, with progress and cancel, and pictures beside it where the latest request wins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from bonedensity.errors import BoneDensityError
from bonedensity.jobs.exchange import Exchange, Reference
from bonedensity.jobs.job import JobError, OnError, OnProgress, OnResult
from bonedensity.jobs.packing import Packable
from bonedensity.workflows.signals import Signal

Done = Callable[[dict[str, Any]], None]
"""Called with what a task returned."""

Heard = Callable[[dict[str, Any]], None]
"""Called with what a task shows meanwhile."""

Stopped = Callable[[dict[str, Any] | None], str]
"""Called with what a cancelled task had by then, or None; returns the sentence to say, or ""."""

CANCELLED = "Cancelled: nothing was changed."


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


@dataclass
class Desk:
    """Hands orders to a worker and says what becomes of them.

    Attributes:
        worker: Computes.
        busy_changed: Emitted with the title of the job that runs, or "".
        progressed: Emitted with fraction and sentence.
        failed: Emitted with one sentence for the user.
        noticed: Emitted with one sentence that is no failure.
    """

    worker: Worker
    busy_changed: Signal = field(default_factory=Signal)
    progressed: Signal = field(default_factory=Signal)
    failed: Signal = field(default_factory=Signal)
    noticed: Signal = field(default_factory=Signal)
    job: str = ""
    title: str = ""
    cancelling: bool = False
    paused: bool = False
    rests_on: tuple[str, ...] = ()
    error: BoneDensityError | None = None
    _next: Order | None = None
    _picturing: bool = False
    _next_picture: Order | None = None
    _references: dict[str, tuple[object, Reference]] = field(default_factory=dict)
    _retired: dict[str, Reference] = field(default_factory=dict)

    def run(self, order: Order) -> str:
        """Start a job; while a cancelled one still ends, it waits. Returns its id, or "" where it did not start."""
        if self.job and self.cancelling:
            self._next = order
            return self.job
        if self.job:
            self.fail(BoneDensityError(f"Wait until {self.title} has ended, or cancel it first."))
            return ""
        self.error = None
        self._start(order)
        return self.job

    def show(self, order: Order) -> None:
        """Ask for a picture. While one is on its way, only the latest order waits: no picture is drawn out of date."""
        if self._picturing:
            self._next_picture = order
            return
        try:
            self.worker.submit(
                order.task,
                order.parameters,
                title=order.title,
                on_result=lambda value: self._pictured(lambda: self._guarded(order.done, value)),
                on_error=lambda error: self._pictured(lambda: self.fail(error)),
                supersedes=order.title,
            )
        except BoneDensityError as error:
            self.fail(error)
            return
        self._picturing = True

    @property
    def picturing(self) -> bool:
        """Whether a picture is on its way."""
        return self._picturing

    def forget_picture(self) -> None:
        """The picture that waits is not wanted any more."""
        self._next_picture = None

    def pause(self, on: bool = True) -> None:
        """Let the job that runs rest, or go on."""
        if self.job and not self.cancelling and on != self.paused:
            self.paused = on
            self.worker.pause(self.job, on)
            self.busy_changed.emit(self.title)

    def cancel(self) -> None:
        """Stop the job that runs."""
        self._next = None
        if self.job and not self.cancelling:
            self.cancelling, self.paused = True, False
            self.worker.cancel(self.job)
            self.progressed.emit(0.0, "Cancelling")

    def wait(self, timeout_s: float | None = None, *, meanwhile: Callable[[], object] = lambda: None) -> None:
        """For scripts: wait for the job that runs, and those that follow from it.

        Args:
            timeout_s: How long one job may take; None for as long as it takes.
            meanwhile: Called some 20 times a second; it may cancel.

        Raises:
            BoneDensityError: One of them failed.
            TimeoutError: One has not ended in time.
        """
        while self.job:
            try:
                self.worker.wait(self.job, timeout_s, meanwhile=meanwhile)
            except JobError as error:
                self.error = error
        if self.error is not None:
            error_found, self.error = self.error, None
            raise error_found

    def fail(self, error: BoneDensityError) -> None:
        """Say a failure."""
        self.error = error
        self.failed.emit(str(error))

    def put(self, slot: str, value: Packable) -> Reference:
        """The reference of a session's object; put there once, as long as the object is the same."""
        held = self._references.get(slot)
        if held is not None and held[0] is value:
            return held[1]
        reference = self.worker.exchange.put(value)
        self.keep(slot, value, reference)
        return reference

    def keep(self, slot: str, value: object, reference: Reference) -> None:
        """Note the reference under which the worker already has an object."""
        held = self._references.get(slot)
        self._references[slot] = (value, reference)
        if held is not None and held[1] != reference:
            before = self._retired.pop(slot, None)  # one generation late: the worker may still be asked for the last
            self._retired[slot] = held[1]
            if before is not None and not self._in_use(before):
                self.worker.exchange.release(before)

    def _in_use(self, reference: Reference) -> bool:
        """Whether objects that are still held share an array with this one."""
        alive = [*(held for _, held in self._references.values()), *self._retired.values()]
        return any(name in array_names(other) for other in alive for name in array_names(reference))

    def _start(self, order: Order) -> None:
        self.title, self.rests_on, self.cancelling, self.paused = order.title, order.rests_on, False, False
        try:
            self.job = self.worker.submit(
                order.task,
                order.parameters,
                title=order.title,
                on_progress=lambda fraction, message, data: self._progress(order, fraction, message, data),
                on_result=lambda value: self._ended(lambda: self._guarded(order.done, value)),
                on_error=lambda error: self._ended(lambda: self._stopped(order, error)),
            )
        except BoneDensityError as error:
            self.job, self.title = "", ""
            self.fail(error)
            return
        self.busy_changed.emit(self.title)
        self.progressed.emit(0.0, "")

    def _progress(self, order: Order, fraction: float, message: str, data: dict[str, Any]) -> None:
        if not self.cancelling:
            self.progressed.emit(fraction, message)
            if data and order.heard is not None:
                self._guarded(order.heard, data)

    def _ended(self, tell: Callable[[], None]) -> None:
        self.job, self.title, self.cancelling, self.paused = "", "", False, False
        following, self._next = self._next, None
        tell()
        if following is not None and not self.job:
            self._start(following)
        if not self.job:
            self.busy_changed.emit("")

    def _pictured(self, tell: Callable[[], None]) -> None:
        """The next picture is asked for before this one is drawn: both processes work at once."""
        self._picturing = False
        following, self._next_picture = self._next_picture, None
        if following is not None:
            self.show(following)
        tell()

    def _stopped(self, order: Order, error: JobError) -> None:
        if error.kind == "cancelled":
            self.error = error
            self.noticed.emit((order.stopped(error.partial) if order.stopped is not None else "") or CANCELLED)
        else:
            self.fail(error)

    def _guarded(self, done: Done, value: dict[str, Any]) -> None:
        """What a result is no good for is said like any other failure."""
        try:
            done(value)
        except BoneDensityError as error:
            self.fail(error)


def array_names(reference: object) -> list[str]:
    """The files of a reference, nested ones too."""
    if not isinstance(reference, dict):
        return []
    own = [reference["array"]] if isinstance(reference.get("array"), str) else []
    return own + [name for value in reference.values() for name in array_names(value)]
