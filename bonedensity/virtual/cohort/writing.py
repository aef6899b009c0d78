"""A whole cohort to disk: streamed, in parallel, resumable."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bonedensity.errors import CancelledError, UnwritableFileError
from bonedensity.progress import OnProgress, ShouldStop, never, silent
from bonedensity.virtual.cohort.options import CohortOptions
from bonedensity.virtual.cohort.person_files import Entry, finished_entry
from bonedensity.virtual.cohort.running import Outcome, Work, runner
from bonedensity.virtual.population import Region, row_of, write_manifest
from bonedensity.virtual.population.person import Person

MANIFEST = "manifest.csv"


@dataclass(frozen=True, slots=True)
class CohortSummary:
    """What was done.

    Attributes:
        count: Visits written now.
        skipped: Visits that were whole already.
        failed: Identifier and reason of each that could not be made.
        seconds: Wall time.
        manifest: Path of the manifest, one row a visit that is whole.
    """

    count: int
    skipped: int
    failed: tuple[tuple[str, str], ...]
    seconds: float
    manifest: Path


@dataclass(slots=True)
class _Ledger:
    """Rows of the manifest by order of the people, and what failed."""

    rows: dict[int, Entry] = field(default_factory=dict)
    skipped: int = 0
    done: int = 0
    stopped: bool = False
    failed: list[tuple[str, str]] = field(default_factory=list)

    def note(self, outcome: Outcome) -> None:
        if outcome.entry is None:
            self.failed.append((outcome.person.identifier, outcome.reason))
            return
        self.done += 1
        self.rows[outcome.number] = {**row_of(outcome.person), **outcome.entry}


def write_cohort(
    region: Region,
    people: Iterable[Person],
    folder: Path,
    *,
    options: CohortOptions | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> CohortSummary:
    """Make images of people and write them below a folder; visits that are whole there are skipped.

    Args:
        region: Hip or spine.
        people: One at one visit each; may be a generator, of which no more is drawn than is worked on.
        folder: Made if it is not there.
        options: What to make.
        workers: Processes.
        scheduler: Address of a Dask scheduler whose workers see the same folder; in place of processes.
        on_progress: Called after each visit; the fraction is that of the visits where their number is known, else 0.
        should_stop: Asked before each visit is begun; those under way are finished.

    Returns:
        Counts and the manifest; one person that fails does not stop the others.

    Raises:
        UnwritableFileError: The folder cannot be written, the disk is full, or it holds other images.
        CancelledError: `should_stop` said so; what is done stays, and the manifest lists it.
        MissingDependencyError: A scheduler was given, but Dask is not installed.
    """
    started, chosen, root, ledger = time.perf_counter(), options or CohortOptions(), Path(folder), _Ledger()
    make_folder(root)
    total = len(people) if isinstance(people, (list, tuple)) else 0
    try:
        with runner(workers, scheduler) as run:
            for outcome in run(_to_do(region, people, chosen, root, ledger, should_stop)):
                ledger.note(outcome)
                finished = ledger.done + ledger.skipped + len(ledger.failed)
                on_progress(finished / total if total else 0.0, f"{outcome.person.identifier}: {finished} done")
    finally:
        write_manifest([ledger.rows[number] for number in sorted(ledger.rows)], root / MANIFEST)
    if ledger.stopped:
        raise CancelledError(
            f"Stopped with {ledger.done + ledger.skipped} visits in “{root}”; run it again to make the rest."
        )
    seconds = time.perf_counter() - started
    return CohortSummary(ledger.done, ledger.skipped, tuple(ledger.failed), seconds, root / MANIFEST)


def make_folder(root: Path) -> None:
    """Make a folder and see that it may be written.

    Raises:
        UnwritableFileError: It cannot.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        probe = root / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UnwritableFileError(
            f"The folder “{root}” cannot be written ({error.strerror}): choose another, or check its permissions."
        ) from error


def _to_do(
    region: Region,
    people: Iterable[Person],
    options: CohortOptions,
    root: Path,
    ledger: _Ledger,
    should_stop: ShouldStop,
) -> Iterator[Work]:
    """Visits that are not whole yet; those that are go to the ledger."""
    for number, person in enumerate(people):
        if should_stop():
            ledger.stopped = True
            return
        entry = finished_entry(region, person, options, root)
        if entry is None:
            yield Work(number, region, person, options, root)
        else:
            ledger.skipped += 1
            ledger.rows[number] = {**row_of(person), **entry}
