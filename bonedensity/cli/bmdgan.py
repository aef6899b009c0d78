"""`bonedensity train bmdgan` and `bonedensity evaluate bmdgan`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from bonedensity.cli.console import JsonFlag, answer, progress_bar, stopped_by_ctrl_c, this_command
from bonedensity.cli.training import (
    OWN_DATA,
    CohortVersion,
    Data,
    Output,
    Seed,
    Threads,
    refuse_unknown,
    run_training,
)
from bonedensity.errors import ModelError

if TYPE_CHECKING:
    from bonedensity.estimators.bmdgan.training.options import Epochs

Manifest = Annotated[Path, typer.Option(help="Of `bonedensity simulate hip`, or with the same columns.")]


def train_bmdgan(
    manifest: Manifest,
    output: Output,
    size: Annotated[str, typer.Option(help="tiny, small, or the paper's T, S, B.")] = "small",
    batch: Annotated[int, typer.Option(help="Radiographs a step.")] = 4,
    threads: Threads = 1,
    precision: Annotated[str, typer.Option(help="32-true, 16-mixed or bf16-mixed.")] = "32-true",
    devices: Annotated[int, typer.Option(help="Graphics cards or processes on each node.")] = 1,
    nodes: Annotated[int, typer.Option(help="Machines.")] = 1,
    doubtful: Annotated[bool, typer.Option(help="Take radiographs whose registration is doubtful too.")] = False,
    start: Annotated[
        Path | None,
        typer.Option(help="Folder of a BMD-GAN to learn further, as on one's own people; default fresh weights."),
    ] = None,
    training: Annotated[
        Path | None, typer.Option(help="Manifest of further people, who are learnt from and not judged on.")
    ] = None,
    calibration: Annotated[
        Path | None, typer.Option(help="Manifest of further people, who set intervals and limits alone.")
    ] = None,
    epochs: Annotated[
        str, typer.Option(help="Of bones, proximal, frozen and tuned, as 5,35,5,15; default those of the size.")
    ] = "",
    rates: Annotated[
        str,
        typer.Option(help="Highest learning rates before and in the last stage, as 1e-3,2e-4; default the size's."),
    ] = "",
    cycle: Annotated[int, typer.Option(min=0, help="Epochs of the rates' first cycle; 0 for the size's.")] = 0,
    weighting: Annotated[str, typer.Option(help="Of people in stage three: paper, inverse or none.")] = "paper",
    steadiness: Annotated[
        float | None,
        typer.Option(min=0, help="Weight of how much answers to images of one hip differ; default the size's."),
    ] = None,
    sheets: Annotated[
        bool, typer.Option("--sheets", help="First draw every person's data set to cases/, to look at.")
    ] = False,
    seed: Seed = 0,
    data: Data = OWN_DATA,
    cohort: CohortVersion = "",
    as_json: JsonFlag = False,
) -> None:
    """Train BMD-GAN: pelvis and femur, then the proximal femur, then density. Where it was stopped it goes on."""
    from bonedensity.estimators.bmdgan.config import SIZES, SizeName
    from bonedensity.estimators.bmdgan.losses.sample_weights import WeightName

    refuse_unknown("size", size, SIZES)
    refuse_unknown("weighting", weighting, get_args(WeightName))
    from bonedensity.estimators.bmdgan import train
    from bonedensity.estimators.bmdgan.data.case_sheets import write_case_sheets
    from bonedensity.estimators.bmdgan.data.exposures import read_exposures
    from bonedensity.estimators.bmdgan.training.options import BmdganTraining

    options = BmdganTraining(
        size=cast(SizeName, size), batch=batch, doubtful=doubtful, seed=seed, devices=devices, nodes=nodes,
        precision=precision, start=start, training=training, calibration=calibration, epochs=read_epochs(epochs),
        rates=_rates(rates), cycle=cycle or None, weighting=cast(WeightName, weighting), steadiness=steadiness,
        data=data, cohort=cohort, command=this_command(),
    )  # fmt: skip
    if sheets:
        with progress_bar() as on_progress, stopped_by_ctrl_c() as should_stop:
            write_case_sheets(read_exposures(manifest, doubtful=True), output / "cases", on_progress, should_stop)
    run_training(partial(train.train_bmdgan, manifest, output, options), output, threads=threads, as_json=as_json)


def evaluate_bmdgan(
    manifest: Annotated[
        Path | None, typer.Option(help="As for the training; default the virtual test people beside the weights.")
    ] = None,
    model: Annotated[Path | None, typer.Option(help="Folder of a trained BMD-GAN; default the shipped.")] = None,
    everybody: Annotated[
        bool, typer.Option(help="All people, for those the training cannot have seen; else its test people.")
    ] = False,
    card: Annotated[
        bool, typer.Option("--card", help="Write the figures into the card of --model, its virtual test people beside.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Judge BMD-GAN on radiographs of people with known densities."""
    from bonedensity.estimators.bmdgan.evaluation import evaluate

    if card and (model is None or everybody):
        raise ModelError("A card holds the figures of its own model's test people: give --model, without --everybody.")
    if card and model is not None and manifest is not None:
        evaluate.keep_unseen(manifest, model)
        manifest = None
    with progress_bar() as on_progress, stopped_by_ctrl_c() as should_stop:
        values = evaluate.evaluate_bmdgan(
            manifest, model, part="all" if everybody else "test", on_progress=on_progress, should_stop=should_stop
        )
    if card and model is not None:
        evaluate.write_figures(values, model)
    answer(values, as_json, lambda: "\n".join(_lines(values)))


def read_epochs(text: str) -> Epochs | None:
    """Four whole numbers with commas; None of an empty text."""
    from bonedensity.estimators.bmdgan.training.options import Epochs

    if not text:
        return None
    numbers = text.split(",")
    if len(numbers) != len(Epochs._fields) or not all(each.strip().isdecimal() for each in numbers):
        raise ModelError(f"“{text}” are no epochs: give four whole numbers with commas, such as 5,35,5,15.")
    return Epochs(*(int(each) for each in numbers))


def _rates(text: str) -> tuple[float, float] | None:
    """Two positive numbers with a comma; None of an empty text."""
    if not text:
        return None
    try:
        first, last = (float(each) for each in text.split(","))
    except ValueError:
        first = last = 0.0
    if not 0 < min(first, last) <= max(first, last) < 1:
        raise ModelError(f"“{text}” are no learning rates: give two numbers with a comma, such as 1e-3,2e-4.")
    return first, last


def _lines(values: Mapping[str, Any]) -> Iterator[str]:
    """An evaluation for people: one line a target and way, one for each wrong input."""
    from bonedensity.estimators.bmdgan.data.exposures import UNITS
    from bonedensity.estimators.bmdgan.studies.report import COLUMNS, density_cells

    yield f"{values['radiographs']} radiographs of {values['people']} people, {values['abstained']:.1%} refused"
    for target, unit in UNITS.items():
        for way, figures in (values.get(target) or {}).items():
            if figures is None:
                continue
            cells = zip(COLUMNS, density_cells(figures), strict=True)
            held = figures.get("coverage")
            told = "" if held is None else f", 90 % interval holds {held:.0%}"
            yield f"{target} ({unit}) by {way}: {', '.join(f'{name} {cell}' for name, cell in cells)}{told}"
    for name, value in (values.get("projection") or {}).items():
        yield f"projection {name}: {value:.4g}"
    for name, found in (values.get("failure_detection") or {}).items():
        yield f"{name}: AUROC {found['auroc']:.3f}, refused {found['refused']:.0%}"
