"""Cases prepared one after the other, or some at a time in processes of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bonedensity.processes import by_processes
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent, stop_if_asked
from bonedensity.workflows.ground_truth.case_files import Row
from bonedensity.workflows.ground_truth.cases import ListedCase
from bonedensity.workflows.ground_truth.prepare_case import Failures, prepare_case

Outcome = tuple[int, list[Row], Failures]
"""A case's place in the table, its rows of the manifest, what could not be made."""


@dataclass(frozen=True, slots=True)
class PrepareOptions:
    """How all cases are prepared.

    Attributes:
        calibration: As `chosen_calibration` takes it, for rows that do not say; "" for an assumed one.
        seed: Of the searches.
    """

    calibration: str = ""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """A case and how it is prepared.

    Attributes:
        place: In the table.
        case: Which.
        folder: Of the whole data set.
        fingerprint: Of everything that its files depend on.
        options: How.
    """

    place: int
    case: ListedCase
    folder: Path
    fingerprint: str
    options: PrepareOptions


def prepare_each(
    todo: Sequence[Task], workers: int, on_progress: OnProgress, should_stop: ShouldStop
) -> Iterator[Outcome]:
    """What becomes of each case, as it comes; one process tells of its steps, several of whole cases.

    Args:
        todo: Which.
        workers: Processes.
        on_progress: Fraction and message.
        should_stop: True ends the work; several processes finish the cases that they have begun.

    Raises:
        UnwritableFileError: The folder.
        GeometryError: Fewer than one worker.
        CancelledError: `should_stop` said so.
    """

    def asked() -> Iterator[Task]:
        for task in todo:
            stop_if_asked(should_stop)
            yield task

    if workers == 1:
        for number, task in enumerate(asked()):
            progress = part_of(on_progress, number / len(todo), (number + 1) / len(todo))
            yield _do(task, progress, should_stop)
        return
    for count, found in enumerate(by_processes(_do, asked(), workers), 1):
        on_progress(count / len(todo), f"{count} of {len(todo)} cases")
        yield found


def _do(task: Task, on_progress: OnProgress = silent, should_stop: ShouldStop = never) -> Outcome:
    options = task.options
    rows, failed = prepare_case(
        task.case, task.folder, task.fingerprint, options.calibration, options.seed, on_progress, should_stop
    )
    return task.place, rows, failed
