"""`bonedensity prepare`: a training's data from CTs and radiographs of the same people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from bonedensity.cli.console import PARTLY_DONE, JsonFlag, answer, progress_bar, stopped_by_ctrl_c
from bonedensity.densitometry.choice import CHOICES


def prepare(
    cases: Annotated[Path, typer.Argument(help="CSV with identifier, ct, xray_<posture>_<L|R>; docs/bmdgan.md.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for manifest.csv, images and sheets.")],
    calibration: Annotated[
        str | None, typer.Option(help=f"Where the table does not say: {CHOICES}; default an assumed one.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the searches.")] = 0,
    workers: Annotated[int, typer.Option(help="Processes, each with a case at a time.")] = 1,
    as_json: JsonFlag = False,
) -> None:
    """Calibrate, segment, register and project CTs onto hip radiographs: what `train bmdgan` learns from.

    What is whole is kept: Ctrl-C ends a run, the same command goes on. Look at the sheets before you train.

    Exit 3: some could not be prepared; they are listed, the others are whole.
    """
    from bonedensity.workflows.ground_truth import PrepareOptions, prepare

    options = PrepareOptions(calibration or "", seed)
    with progress_bar() as on_progress, stopped_by_ctrl_c() as should_stop:
        done = prepare(cases, output, options, on_progress, should_stop, workers=workers)
    failed = [{"case": case, "reason": reason} for case, reason in done.failed]
    values: dict[str, Any] = {
        "manifest": str(done.manifest),
        "accepted": done.accepted,
        "doubtful": done.doubtful,
        "skipped": done.skipped,
        "failed": failed,
    }
    answer(values, as_json, lambda: "\n".join(_lines(values)))
    if failed:
        raise typer.Exit(PARTLY_DONE)


def _lines(values: dict[str, Any]) -> list[str]:
    head = f"{values['accepted']} hips accepted, {values['doubtful']} doubtful: {values['manifest']}"
    return [head, *(f"Not prepared: {each['case']}. {each['reason']}" for each in values["failed"])]
