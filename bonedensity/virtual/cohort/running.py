"""Where a cohort's visits are worked on: here, in processes, or on a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from bonedensity.errors import BoneDensityError, GeometryError, MissingDependencyError, UnwritableFileError
from bonedensity.processes import AHEAD, Sorted, by_processes, in_turn
from bonedensity.virtual.cohort.options import CohortOptions
from bonedensity.virtual.cohort.person_files import Entry, write_person
from bonedensity.virtual.population import Region
from bonedensity.virtual.population.person import Person


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
        GeometryError: Fewer than one worker, once there is work.
        MissingDependencyError: Dask is not installed.
    """
    if scheduler is None:
        yield lambda todo: by_processes(do_work, todo, workers)
        return
    with _dask_client(scheduler) as client:
        ahead = AHEAD * max(len(client.scheduler_info()["workers"]), 1)
        yield lambda todo: in_turn(do_work, todo, client.submit, ahead, _first)


def _first(waiting: set[Any]) -> Sorted:
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
