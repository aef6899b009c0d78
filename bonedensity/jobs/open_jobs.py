"""The jobs that a client waits for, and how the last of those that have ended did."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from bonedensity.jobs.job import Job, JobError

OUTCOMES_KEPT = 50
"""Ended jobs whose outcome can still be asked for; a window never asks, and must not grow by what it heard."""

CANCELLED_SENTENCE = "Cancelled: nothing was changed."

Outcome = dict[str, Any] | JobError
"""The task's value, or why there is none."""


class OpenJobs:
    """Jobs by their ids, in the order in which they were given."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._numbers = itertools.count(1)

    def __len__(self) -> int:
        return len(self._jobs)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._jobs))

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._jobs

    def new_id(self) -> str:
        """An id that no job has had."""
        return str(next(self._numbers))

    def add(self, job_id: str, job: Job) -> None:
        """Wait for a job."""
        self._jobs[job_id] = job

    def get(self, job_id: str) -> Job | None:
        """A job; None where it has ended."""
        return self._jobs.get(job_id)

    def items(self) -> list[tuple[str, Job]]:
        """Every job with its id."""
        return list(self._jobs.items())

    def end(self, job_id: str, outcome: Outcome) -> None:
        """Call the job's last callback; whatever a cancelled job brings, it is cancelled."""
        job = self._jobs.pop(job_id, None)
        if job is None:
            return
        if job.cancelled and not (isinstance(outcome, JobError) and outcome.kind == "cancelled"):
            outcome = JobError(CANCELLED_SENTENCE, "cancelled", outcome if isinstance(outcome, dict) else None)
        self._keep(job_id, outcome)
        if isinstance(outcome, dict):
            if job.on_result is not None:
                job.on_result(outcome)
        elif outcome.kind != "superseded" and job.on_error is not None:
            job.on_error(outcome)

    def end_all(self, error_of: Callable[[Job], JobError]) -> list[Exception]:
        """End every job that is open now, whatever the callbacks of the others raise; returns what they raised."""
        raised = []
        for job_id, job in self.items():
            error = error_of(job)
            try:
                self.end(job_id, error)
            except Exception as caught:
                raised.append(caught)
        return raised

    def drop_all(self, error: JobError) -> None:
        """End every job without a word; `error` is its outcome."""
        for job_id in self:
            self._keep(job_id, error)
        self.clear()

    def clear(self) -> None:
        """Wait for none of them any more."""
        self._jobs.clear()

    def outcome(self, job_id: str) -> Outcome:
        """How a job ended; it can be asked once.

        Raises:
            KeyError: No such job, or its outcome was asked for before.
        """
        return self._outcomes.pop(job_id)

    def _keep(self, job_id: str, outcome: Outcome) -> None:
        self._outcomes[job_id] = outcome
        while len(self._outcomes) > OUTCOMES_KEPT:
            del self._outcomes[next(iter(self._outcomes))]
