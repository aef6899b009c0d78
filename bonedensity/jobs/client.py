"""The window's side: submits jobs to one resident worker process and hears of them on a timer, never blocking."""

from __future__ import annotations

import queue
import time
import weakref
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal

from bonedensity.jobs.connection import Connection, Lines
from bonedensity.jobs.exchange import Exchange
from bonedensity.jobs.job import Job, JobError, OnError, OnProgress, OnResult
from bonedensity.jobs.launch import DEFAULT_COMMAND, worker_environment
from bonedensity.jobs.open_jobs import CANCELLED_SENTENCE, OpenJobs
from bonedensity.jobs.protocol import (
    Cancel,
    Cancelled,
    Failed,
    Log,
    Message,
    Pause,
    Progress,
    Ready,
    Request,
    Result,
    Superseded,
)

State = Literal["stopped", "starting", "ready", "busy"]
"""stopped: no process. starting: it does not answer yet. ready: idle. busy: it has open jobs."""

LOG_LINES = 200
"""Lines of the worker's log that are kept."""

GRACE_S = 2.0
"""How long a cancelled job may take to stop by itself."""

TERMINATE_GRACE_S = 1.0
"""How long the worker may take to end after the system asked it to, before it is killed."""

CLOSE_GRACE_S = 1.0
"""How long an idle worker may take to end when the client closes."""

YIELD_S = 0.002
"""Longest pause of a poll: inside Slicer, the threads that read and write run only while the main thread rests."""

WAIT_STEP_S = 0.05
"""How often `wait` looks at the clock."""


class WorkerClient:
    """One worker process, started when first needed and again when it died.

    All methods belong to one thread, the window's; callbacks are called there, inside `poll` or `wait`. What a
    callback raises comes out of `poll`, after every other callback was called.

    Args:
        command: The worker's command line, without `--exchange`; default this Python.
        environment: Variables to set for the worker, besides this process's own.
        grace_s: How long a cancelled job may take to stop by itself before the worker is ended.
        on_restart: Called with one sentence when the worker died and was started again.
    """

    def __init__(
        self,
        command: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
        *,
        grace_s: float = GRACE_S,
        on_restart: Callable[[str], None] | None = None,
    ) -> None:
        self.exchange = Exchange.create()
        self.on_restart = on_restart
        self._command = list(command or DEFAULT_COMMAND)
        self._environment = environment
        self._grace_s = grace_s
        self._remove = weakref.finalize(self, self.exchange.remove)
        self._log: Lines = deque(maxlen=LOG_LINES)
        self._connection: Connection | None = None
        self._ready = False
        self._jobs = OpenJobs()

    def __enter__(self) -> WorkerClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def state(self) -> State:
        """What the worker does, as of the last `poll`."""
        if self._connection is None:
            return "stopped"
        if not self._ready:
            return "starting"
        return "busy" if self._jobs else "ready"

    @property
    def pid(self) -> int | None:
        """Process id of the worker; None where none runs."""
        return None if self._connection is None else self._connection.pid

    @property
    def log(self) -> list[str]:
        """The last lines that the worker logged or printed."""
        return list(self._log)

    def start(self) -> None:
        """Start the worker, if it does not run; it loads while the user still thinks.

        Raises:
            JobError: The command cannot be run.
        """
        if not self._remove.alive:
            raise RuntimeError("This worker client is closed; make a new one.")
        if self._connection is not None:
            if self._jobs or not self._connection.ended:  # with open jobs, `poll` sees to it
                return
            self._log.append(f"The idle worker had stopped ({_how(self._connection.kill())}).")
        command = [*self._command, "--exchange", str(self.exchange.folder)]
        try:
            self._connection = Connection(command, worker_environment(self._environment), self._log)
        except OSError as error:
            raise JobError(
                f"The worker process could not be started: “{command[0]}” cannot be run ({error.strerror}).", "stopped"
            ) from error
        self._ready = False

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
        """Give the worker a job; returns at once.

        Args:
            task: A name in `jobs.tasks.registry`.
            parameters: JSON values, with data as references of `exchange`.
            title: What messages call the job, such as "the registration"; default the task's name.
            on_progress: Called with fraction, sentence and data.
            on_result: Called with the task's value; never after `cancel`.
            on_error: Called with a `JobError` in place of a result; never when the job was overtaken.
            supersedes: A key; of the jobs with one key only the latest counts, and earlier ones are dropped.

        Returns:
            The job's id.

        Raises:
            JobError: The worker cannot be started at all.
            TypeError: A parameter that is no JSON value.
        """
        self.start()
        assert self._connection is not None
        job_id = self._jobs.new_id()
        self._connection.send(Request(job_id, task, dict(parameters or {}), supersedes))
        self._jobs.add(job_id, Job(task, title or f"“{task}”", on_progress, on_result, on_error))
        return job_id

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop; if it has not after the grace time, `poll` ends the worker and starts it again."""
        job = self._jobs.get(job_id)
        if job is None or job.cancelled or self._connection is None:
            return
        job.end_by = time.monotonic() + self._grace_s
        self._connection.send(Cancel(job_id))

    def pause(self, job_id: str, on: bool = True) -> None:
        """Let a job rest, or go on; one that waits in the queue, or is being cancelled, is left alone."""
        job = self._jobs.get(job_id)
        if job is not None and not job.cancelled and self._connection is not None:
            self._connection.send(Pause(job_id, on))

    def poll(self) -> None:
        """Call the callbacks of what has happened; to be called by a timer, some 20 times a second."""
        self._pump(YIELD_S if self._jobs or not self._ready else 0.0)

    def wait(
        self, job_id: str, timeout_s: float | None = None, *, meanwhile: Callable[[], object] = lambda: None
    ) -> dict[str, Any]:
        """The value of a job, for scripts: polls until it has ended.

        Args:
            job_id: Of `submit`.
            timeout_s: How long to wait; None for as long as it takes.
            meanwhile: Called after every poll, some 20 times a second or more.

        Raises:
            JobError: It ended otherwise.
            TimeoutError: It has not ended in time; it goes on.
            KeyError: No such job, or its outcome was asked for before.
        """
        last = None if timeout_s is None else time.monotonic() + timeout_s
        while job_id in self._jobs:
            if last is not None and time.monotonic() > last:
                raise TimeoutError(f"Job {job_id} has not ended within {timeout_s} s.")
            self._pump(WAIT_STEP_S)
            meanwhile()
        outcome = self._jobs.outcome(job_id)
        if isinstance(outcome, JobError):
            raise outcome
        return outcome

    def run(
        self,
        task: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        timeout_s: float | None = None,
        on_progress: OnProgress | None = None,
    ) -> dict[str, Any]:
        """Submit and wait."""
        return self.wait(self.submit(task, parameters, on_progress=on_progress), timeout_s)

    def close(self) -> None:
        """End the worker with its children and remove the exchange folder; open jobs are dropped without a word."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.shut_down(0.0 if self._jobs or not self._ready else CLOSE_GRACE_S)
        self._jobs.drop_all(JobError("The worker was closed.", "stopped"))
        self._ready = False
        self._remove()

    def _pump(self, timeout_s: float) -> None:
        """Handle every message that is there, waiting a moment for the first."""
        errors: list[Exception] = []
        connection = self._connection
        while connection is not None and self._connection is connection:
            try:
                message = connection.receive(timeout_s)
            except queue.Empty:
                break
            timeout_s = 0.0
            try:
                self._handle(message)
            except Exception as error:
                errors.append(error)
        try:
            self._end_what_does_not_stop()
        except Exception as error:
            errors.append(error)
        if errors:
            raise errors[0]

    def _handle(self, message: Message | None) -> None:
        if message is None:
            self._worker_ended()
        elif isinstance(message, Ready):
            self._ready = True
        elif isinstance(message, Log):
            self._log.append(f"{message.level}: {message.message}")
        elif isinstance(message, Progress):
            job = self._jobs.get(message.id)
            if job is not None and job.on_progress is not None and not job.cancelled:
                job.on_progress(message.fraction, message.message, message.data)
        elif isinstance(message, Result):
            self._jobs.end(message.id, message.value)
        elif isinstance(message, Failed):
            self._log.append(message.message)
            self._jobs.end(message.id, JobError(message.message, message.kind))
        elif isinstance(message, Cancelled):
            self._jobs.end(message.id, JobError(CANCELLED_SENTENCE, "cancelled", message.partial))
        elif isinstance(message, Superseded):
            self._jobs.end(message.id, JobError("A later request took this one's place.", "superseded"))

    def _end_what_does_not_stop(self) -> None:
        """Jobs are worked on in order: only the first can hold the worker up, the others are just forgotten."""
        now, running = time.monotonic(), next(iter(self._jobs), None)
        for job_id, job in self._jobs.items():
            if job.end_by is None or now < job.end_by or self._connection is None:
                continue
            if job_id != running:
                self._jobs.end(job_id, JobError(CANCELLED_SENTENCE, "cancelled"))
            elif job.terminated:
                self._connection.kill()
            else:
                self._connection.terminate()
                job.terminated, job.end_by = True, now + TERMINATE_GRACE_S

    def _worker_ended(self) -> None:
        """Tell every open job, and start the worker again where it had worked before."""
        assert self._connection is not None
        code = self._connection.kill()
        had_been_ready, self._ready, self._connection = self._ready, False, None
        cancelled = [job.title for _, job in self._jobs.items() if job.terminated]
        again = had_been_ready and bool(self._jobs) and self._started_again()
        raised = self._jobs.end_all(lambda job: JobError(self._sentence(job, code, had_been_ready, again), "stopped"))
        if again and self.on_restart is not None:
            why = f"was ended to cancel {', '.join(cancelled)}" if cancelled else f"stopped ({_how(code)})"
            self.on_restart(f"The worker process {why}; it was started again.")
        if raised:
            raise raised[0]

    def _started_again(self) -> bool:
        try:
            self.start()
        except JobError:
            return False
        return True

    def _sentence(self, job: Job, code: int, had_been_ready: bool, again: bool) -> str:
        if not had_been_ready:
            return f"The worker process could not be started ({_how(code)}): {self._last_line()}"
        after = "it was started again, and nothing was changed" if again else "nothing was changed"
        return f"The worker process stopped ({_how(code)}) in the middle of {job.title}; {after}."

    def _last_line(self) -> str:
        return next((line for line in reversed(self._log) if line.strip()), "it wrote nothing to its log.")


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
