"""One job at a time for the user, with progress and cancel, and pictures beside it where the latest request wins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bonedensity.errors import BoneDensityError
from bonedensity.jobs.exchange import Reference
from bonedensity.jobs.job import JobError
from bonedensity.jobs.packing import Packable
from bonedensity.workflows.held import Held
from bonedensity.workflows.signals import Signal
from bonedensity.workflows.worker import Done, Order, Worker

CANCELLED = "Cancelled: nothing was changed."


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
    _held: Held = field(init=False)

    def __post_init__(self) -> None:
        self._held = Held(self.worker.exchange)

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

    def waiting(self) -> str:
        """Why nothing can start while a job runs, as one sentence; "" when none does."""
        return f"Wait until {self.title} has ended, or cancel it." if self.title else ""

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
        return self._held.put(slot, value)

    def keep(self, slot: str, value: object, reference: Reference) -> None:
        """Note the reference under which the worker already has an object."""
        self._held.keep(slot, value, reference)

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
