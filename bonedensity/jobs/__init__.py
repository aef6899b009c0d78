"""Computation in a worker process: a window submits jobs, is told of progress, and can always stop them."""

from bonedensity.jobs.client import WorkerClient
from bonedensity.jobs.exchange import Exchange, Reference
from bonedensity.jobs.job import JobError

__all__ = ["Exchange", "JobError", "Reference", "WorkerClient"]
