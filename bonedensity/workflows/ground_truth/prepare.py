"""A training's data made of a table of cases: projections beside each radiograph, a manifest, a sheet for the eye."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from bonedensity.errors import UnwritableFileError
from bonedensity.estimators.bmdgan.data.case_sheets import write_case_sheets
from bonedensity.estimators.bmdgan.data.exposures import read_exposures
from bonedensity.learning.prepared_files import file_stamp
from bonedensity.progress import OnProgress, ShouldStop, never, part_of, silent
from bonedensity.workflows.ground_truth.case_files import CASE_FILE, Row, folder_of
from bonedensity.workflows.ground_truth.cases import ListedCase, read_cases
from bonedensity.workflows.ground_truth.prepare_case import Failures
from bonedensity.workflows.ground_truth.prepare_each import PrepareOptions, Task, prepare_each

MANIFEST = "manifest.csv"
SHEETS = "sheets"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What became of the cases.

    Attributes:
        manifest: For `bonedensity train bmdgan`.
        accepted: Radiographs of a hip whose registration holds.
        doubtful: Those whose registration does not; a training leaves them out unless asked.
        failed: Case, or radiograph of one, and the reason in one sentence.
        skipped: Cases that were whole already.
    """

    manifest: Path
    accepted: int
    doubtful: int
    failed: tuple[tuple[str, str], ...]
    skipped: int


def prepare(
    table: Path,
    folder: Path,
    options: PrepareOptions | None = None,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
    *,
    workers: int = 1,
) -> Prepared:
    """Calibrate, segment, register and project every case of a table, and write what `train_bmdgan` learns from.

    A case that is whole is kept, so a run that was ended goes on. One that cannot be prepared is told of and left out;
    it is tried again the next time.

    Args:
        table: As `read_cases` describes.
        folder: For manifest.csv, IDENTIFIER/visit_N/ and sheets/; made where it is missing.
        options: Calibration and seed.
        on_progress: Fraction and message.
        should_stop: True ends the work after what is being done; it can be gone on with.
        workers: Processes, a case each at a time; each takes the memory of a CT and its bones.

    Raises:
        UnreadableFileError: The table.
        UnwritableFileError: The folder, or what would be written there replaces what is read.
        GeometryError: Fewer than one worker.
        CancelledError: `should_stop` said so.
    """
    chosen, cases = options or PrepareOptions(), read_cases(table)
    _refuse_to_write_over(table, cases, folder)
    tasks = [Task(place, case, folder, _fingerprint(case, chosen), chosen) for place, case in enumerate(cases)]
    rows = {task.place: known for task in tasks if (known := _known(task)) is not None}
    todo = [task for task in tasks if task.place not in rows]
    failed: dict[int, Failures] = {}
    if rows:  # else an earlier manifest stays until there is something to put in its place
        _write_manifest(rows, folder / MANIFEST)
    for place, made, why in prepare_each(todo, workers, part_of(on_progress, 0.0, 0.95), should_stop):
        rows[place], failed[place] = made, why
        _write_manifest(rows, folder / MANIFEST)
    fresh = {(task.case.identifier, task.case.visit) for task in todo if rows[task.place]}
    _write_sheets(folder, fresh, part_of(on_progress, 0.95, 1.0), should_stop)
    registered = [row["registration"] for own in rows.values() for row in own]
    doubtful, told = registered.count("doubtful"), [each for place in sorted(failed) for each in failed[place]]
    return Prepared(folder / MANIFEST, len(registered) - doubtful, doubtful, tuple(told), len(cases) - len(todo))


def _refuse_to_write_over(table: Path, cases: Sequence[ListedCase], folder: Path) -> None:
    """A cohort prepared into its own folder would lose its radiographs and its manifest."""
    lost = [table] if table.resolve() == (folder / MANIFEST).resolve() else []
    for case in cases:
        own = folder_of(folder, case).resolve()
        lost += [path for path in case.sources if own in path.resolve().parents]
    if lost:
        raise UnwritableFileError(f"“{lost[0]}” would be written over: choose another folder than “{folder}”.")


def _known(task: Task) -> list[Row] | None:
    """Rows of a case that was prepared from the same files in the same way."""
    try:
        text = (folder_of(task.folder, task.case) / CASE_FILE).read_text(encoding="utf-8")
        values = json.loads(text)
        rows = [dict(row) for row in values["rows"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return rows if values.get("fingerprint") == task.fingerprint and not values.get("failed") else None


def _fingerprint(case: ListedCase, options: PrepareOptions) -> str:
    """Of everything that a case's files depend on."""
    text = repr([case, options, [file_stamp(path) for path in case.sources]])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _write_manifest(rows: Mapping[int, Sequence[Row]], path: Path) -> None:
    """Rows by their case's place in the table, in its order."""
    listed = [row for place in sorted(rows) for row in rows[place]]
    header = list(dict.fromkeys(name for row in listed for name in row))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(listed)
    except OSError as error:
        raise UnwritableFileError(f"The manifest “{path}” cannot be written: {error.strerror}.") from error


def _write_sheets(folder: Path, fresh: Set[tuple[str, int]], on_progress: OnProgress, should_stop: ShouldStop) -> None:
    """Of the visits that were prepared now."""
    if not fresh:
        return
    listed = read_exposures(folder / MANIFEST, doubtful=True)
    own = [each for each in listed if (each.identifier, each.visit) in fresh]
    write_case_sheets(own, folder / SHEETS, on_progress, should_stop)
