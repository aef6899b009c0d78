"""`bonedensity train bmdgan` and `bonedensity evaluate bmdgan`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from bonedensity.cli.console import JsonFlag, answer, progress_bar, stopped_by_ctrl_c, this_command
from bonedensity.errors import ModelError

Manifest = Annotated[Path, typer.Option(help="Of `bonedensity simulate hip`, or with the same columns.")]


def train_bmdgan(
    manifest: Manifest,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for weights, card, stages and pictures.")],
    size: Annotated[str, typer.Option(help="tiny, small, or the paper's T, S, B.")] = "small",
    batch: Annotated[int, typer.Option(help="Radiographs a step.")] = 4,
    threads: Annotated[int, typer.Option(help="Of the networks; on a busy machine one is quickest.")] = 1,
    precision: Annotated[str, typer.Option(help="32-true, 16-mixed or bf16-mixed.")] = "32-true",
    devices: Annotated[int, typer.Option(help="Graphics cards or processes on each node.")] = 1,
    nodes: Annotated[int, typer.Option(help="Machines.")] = 1,
    doubtful: Annotated[bool, typer.Option(help="Take radiographs whose registration is doubtful too.")] = False,
    seed: Annotated[int, typer.Option(help="Same seed, same division of people and same training.")] = 0,
    data: Annotated[str, typer.Option(help="What the data are, in words, for the card.")] = "a user's own cohort",
    cohort: Annotated[str, typer.Option(help="Version of the virtual cohort, for the card.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Train BMD-GAN: pelvis and femur, then the proximal femur, then density. Where it was stopped it goes on."""
    import torch

    from bonedensity.estimators.bmdgan import train
    from bonedensity.estimators.bmdgan.config import SIZES
    from bonedensity.estimators.bmdgan.config import SizeName as BmdganSize
    from bonedensity.estimators.bmdgan.training.options import BmdganTraining

    if size not in SIZES:
        raise ModelError(f"There is no size “{size}”; choose {', '.join(get_args(BmdganSize))}.")
    torch.set_num_threads(max(threads, 1))
    options = BmdganTraining(
        size=size, batch=batch, doubtful=doubtful, seed=seed, devices=devices, nodes=nodes,
        precision=precision, data=data, cohort=cohort, command=this_command(),
    )  # fmt: skip
    with progress_bar() as on_progress, stopped_by_ctrl_c() as should_stop:
        card = train.train_bmdgan(manifest, output, options, on_progress, should_stop)
    values: dict[str, Any] = {"output": str(output), "data": card.data, "metrics": dict(card.metrics)}
    answer(values, as_json, lambda: f"{output}: trained on {card.data}; {values['metrics']}")


def evaluate_bmdgan(
    manifest: Manifest,
    model: Annotated[Path | None, typer.Option(help="Folder of a trained BMD-GAN; default the shipped.")] = None,
    everybody: Annotated[
        bool, typer.Option(help="All people, for those the training cannot have seen; else its test people.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Judge BMD-GAN on radiographs of people with known densities."""
    from bonedensity.estimators.bmdgan.evaluation import evaluate

    with progress_bar() as on_progress, stopped_by_ctrl_c() as should_stop:
        values = evaluate.evaluate_bmdgan(
            manifest, model, part="all" if everybody else "test", on_progress=on_progress, should_stop=should_stop
        )
    answer(values, as_json, lambda: "\n".join(f"{name}: {value}" for name, value in values.items()))
