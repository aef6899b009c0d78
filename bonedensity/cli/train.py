"""`bonedensity train …`: networks from cohorts, virtual or one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from bonedensity.cli.console import JsonFlag, this_command
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
from bonedensity.learning.card import ModelCard
from bonedensity.progress import OnProgress, ShouldStop
from bonedensity.segmentation.unet.config import SizeName

EPOCH_STEPS = 100
"""Steps between two checkpoints."""

Precision = Annotated[
    str, typer.Option(help="32-true, or bf16-mixed: twice as fast on processors with bfloat16 arithmetic.")
]

app = typer.Typer(no_args_is_help=True, help="Train a network. Ctrl-C ends a run, the same command goes on with it.")


@app.command("unet")
def train_unet(
    manifest: Annotated[list[Path], typer.Option(help="With columns ct and labels; may be given more than once.")],
    output: Output,
    size: Annotated[str, typer.Option(help=f"One of {', '.join(get_args(SizeName))}.")] = "small",
    steps: Annotated[int, typer.Option(help="Windows to learn from.")] = 4000,
    threads: Threads = 1,
    workers: Annotated[int, typer.Option(help="Processes that make windows meanwhile.")] = 1,
    precision: Precision = "32-true",
    rate: Annotated[float, typer.Option(help="Highest learning rate.")] = 2.5e-3,
    start: Annotated[Path | None, typer.Option(help="Folder of a trained model to go on from.")] = None,
    seed: Seed = 0,
    data: Data = OWN_DATA,
    cohort: CohortVersion = "",
    as_json: JsonFlag = False,
) -> None:
    """Train the built-in Bayesian U-Net for bones in CT."""
    from bonedensity.segmentation.unet import train

    refuse_unknown("size", size, get_args(SizeName))
    refuse_unknown("precision", precision, train.PRECISIONS)
    training = train.UnetTraining(
        size=cast(SizeName, size),
        steps=steps,
        epoch_steps=min(EPOCH_STEPS, steps),
        precision=precision,
        workers=workers,
        rate=rate,
        start=start,
        seed=seed,
        data=data,
        cohort=cohort,
        command=this_command(),
    )

    def run(on_progress: OnProgress, should_stop: ShouldStop) -> ModelCard:
        return train.train_unet(manifest, output, training, on_progress=on_progress, should_stop=should_stop)

    run_training(run, output, threads=threads, as_json=as_json)


@app.command("outline")
def train_outline(
    manifest: Annotated[list[Path], typer.Option(help="With columns ct and labels; may be given more than once.")],
    model: Annotated[Path, typer.Option(help="Folder of a trained U-Net; the outline network is put into it.")],
    steps: Annotated[int, typer.Option(help="Pairs of windows to learn from.")] = 4000,
    threads: Threads = 1,
    precision: Precision = "32-true",
    start: Annotated[Path | None, typer.Option(help="Folder of trained outline weights to go on from.")] = None,
    seed: Seed = 0,
    data: Data = OWN_DATA,
    cohort: CohortVersion = "",
    as_json: JsonFlag = False,
) -> None:
    """Train the network that settles a U-Net's doubt at the surface of bones."""
    from bonedensity.segmentation.unet.outline import train
    from bonedensity.segmentation.unet.train import PRECISIONS

    refuse_unknown("precision", precision, PRECISIONS)
    training = train.OutlineTraining(
        steps=steps,
        epoch_steps=min(2 * EPOCH_STEPS, steps),
        precision=precision,
        start=start,
        seed=seed,
        data=data,
        cohort=cohort,
        command=this_command(),
    )

    def run(on_progress: OnProgress, should_stop: ShouldStop) -> ModelCard:
        return train.train_outline(manifest, model, training, on_progress=on_progress, should_stop=should_stop)

    run_training(run, model, threads=threads, as_json=as_json)
