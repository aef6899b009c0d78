"""`bonedensity train chvae` and `bonedensity evaluate chvae`."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, cast

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

Manifest = Annotated[
    Path, typer.Option(help="Of `bonedensity simulate spine`, a table with the same columns, or UK Biobank's.")
]


def train_chvae(
    manifest: Manifest,
    output: Output,
    size: Annotated[str, typer.Option(help="tiny, small, or paper.")] = "small",
    frame: Annotated[
        str, typer.Option(help="image: the network sees the image as it lies; spine: aligned. Default the size's own.")
    ] = "",
    epochs: Annotated[int, typer.Option(help="Of the image mechanism; the paper took 2000.")] = 200,
    measure_epochs: Annotated[int, typer.Option(help="Of the measuring network.")] = 60,
    start: Annotated[
        Path | None, typer.Option(help="Folder of a model whose measuring network is learnt on from.")
    ] = None,
    batch: Annotated[int, typer.Option(help="People a step.")] = 16,
    threads: Threads = 1,
    precision: Annotated[str, typer.Option(help="32-true, 16-mixed or bf16-mixed.")] = "32-true",
    devices: Annotated[int, typer.Option(help="Graphics cards or processes.")] = 1,
    seed: Seed = 42,
    data: Data = OWN_DATA,
    cohort: CohortVersion = "",
    as_json: JsonFlag = False,
) -> None:
    """Train CHVAE: attributes, spine images, measuring, counterfactuals. Where it was stopped it goes on."""
    from bonedensity.generators.chvae.config import FRAMES, SIZES, FrameName, SizeName
    from bonedensity.generators.chvae.training import train
    from bonedensity.generators.chvae.training.options import training_of

    refuse_unknown("size", size, SIZES)
    config = SIZES[cast(SizeName, size)]
    if frame:
        refuse_unknown("frame", frame, FRAMES)
        config = replace(config, frame=cast(FrameName, frame))
    options = training_of(
        cast(SizeName, size), config=config,
        epochs=epochs, batch=batch, precision=precision, devices=devices, seed=seed,
        data=data, cohort=cohort, command=this_command(), predictor_epochs=measure_epochs, start=start,
    )  # fmt: skip
    run_training(partial(train.train_chvae, manifest, output, options), output, threads=threads, as_json=as_json)


def evaluate_chvae(
    manifest: Annotated[
        Path | None, typer.Option(help="Of whom to judge on; default those beside the weights.")
    ] = None,
    model: Annotated[Path | None, typer.Option(help="Folder of a trained CHVAE; default the shipped.")] = None,
    card: Annotated[
        bool, typer.Option("--card", help="Write the figures into the card of --model, its virtual people beside.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Judge CHVAE on people that it was not trained on, and on their second visits where there are any."""
    from bonedensity.generators.chvae.evaluation import beside, evaluate
    from bonedensity.generators.chvae.storage import MODEL_NAME
    from bonedensity.learning.card import put_metrics
    from bonedensity.learning.weights import model_folder

    if card and model is None:
        raise ModelError("A card holds the figures of its own model: give --model.")
    folder = model_folder(MODEL_NAME, model)
    if card and manifest is not None:
        beside.keep_unseen(manifest, folder)
        manifest = None
    with progress_bar() as on_progress, stopped_by_ctrl_c() as should_stop:
        values = evaluate.evaluate_chvae(
            folder, manifest or beside.people_beside(folder), on_progress=on_progress, should_stop=should_stop
        )
    if card:
        put_metrics({"people": values["count"], **values["metrics"]}, folder)
    lines = [f"{name}: {value:.4g}" for name, value in values["metrics"].items()] + list(values["lines"])
    answer(values, as_json, lambda: "\n".join(lines))
