"""Where a cohort's visits are worked on: here, in processes, or on a Dask cluster."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from bonedensity.errors import BoneDensityError, GeometryError, MissingDependencyError, UnwritableFileError
from bonedensity.virtual.cohort.options import CohortOptions
from bonedensity.virtual.cohort.person_files import Entry, write_person
from bonedensity.virtual.population import Region
from bonedensity.virtual.population.person import Person

AHEAD = 2
"""Visits handed out per worker: enough to keep it busy, few enough that a generator is not drained."""


@dataclass(frozen=True, slots=True)
class Work:
    """One visit to make.

    Attributes:
        number: Place in the manifest.
        region: Hip or spine.
        person: Who.
        options: What to make.
        root: The cohort's folder.
    """

    number: int
    region: Region
    person: Person
    options: CohortOptions
    root: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it.

    Attributes:
        number: Place in the manifest.
        person: Who.
        entry: For the manifest; None where it failed.
        reason: Why it failed.
    """

    number: int
    person: Person
    entry: Entry | None
    reason: str = ""


Run = Callable[[Iterable[Work]], Iterator[Outcome]]


def do_work(work: Work) -> Outcome:
    """Make and write one visit; a person that cannot be made is told, a folder that cannot be written raised.

    Raises:
        UnwritableFileError: The folder cannot be written: no other person could be either.
    """
    try:
        entry = write_person(work.region, work.person, work.options, work.root)
    except UnwritableFileError:
        raise
    except BoneDensityError as error:
        return Outcome(work.number, work.person, None, str(error))
    return Outcome(work.number, work.person, entry)


@contextmanager
def runner(workers: int, scheduler: str | None) -> Iterator[Run]:
    """How work is done, for as long as the context lasts.

    Args:
        workers: Processes; 1 works here.
        scheduler: Address of a Dask scheduler, or None.

    Raises:
        GeometryError: Fewer than one worker.
        MissingDependencyError: Dask is not installed.
    """
    if workers < 1:
        raise GeometryError(f"{workers} workers cannot make anything; give 1 or more.")
    if scheduler is not None:
        with _dask_client(scheduler) as client:
            yield lambda todo: _in_turn(todo, client.submit, AHEAD * max(len(client.scheduler_info()["workers"]), 1))
    elif workers == 1:
        yield lambda todo: map(do_work, todo)
    else:
        fresh = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=fresh) as pool:
            yield lambda todo: _in_turn(todo, pool.submit, AHEAD * workers)


def _in_turn(todo: Iterable[Work], submit: Callable[..., Any], ahead: int) -> Iterator[Outcome]:
    """Keep some visits under way; results as they come."""
    waiting: set[Any] = set()
    try:
        for work in todo:
            waiting.add(submit(do_work, work))
            while len(waiting) >= ahead:
                done, waiting = _first(waiting)
                yield from (future.result() for future in done)
        while waiting:
            done, waiting = _first(waiting)
            yield from (future.result() for future in done)
    finally:
        for future in waiting:
            future.cancel()


def _first(waiting: set[Any]) -> tuple[set[Any], set[Any]]:
    """Futures that are done, once there is one, and the others."""
    if all(isinstance(future, Future) for future in waiting):
        done, rest = wait(waiting, return_when=FIRST_COMPLETED)
        return done, rest
    found = import_module("dask.distributed").wait(list(waiting), return_when="FIRST_COMPLETED")
    return set(found.done), set(found.not_done)


def _dask_client(address: str) -> Any:
    try:
        distributed = import_module("dask.distributed")
    except ImportError:
        raise MissingDependencyError(
            "A Dask scheduler was given, but Dask is not installed: pip install dask distributed, or leave it out and "
            "use workers."
        ) from None
    try:
        return distributed.Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise GeometryError(f"No Dask scheduler answers at “{address}” ({error}): check the address.") from None
