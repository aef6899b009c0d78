"""`bonedensity train …`: networks from cohorts, virtual or one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from bonedensity.cli.console import JsonFlag, answer, progress_bar, stopped_by_ctrl_c, this_command
from bonedensity.errors import ModelError
from bonedensity.segmentation.unet.config import SizeName

EPOCH_STEPS = 100
"""Steps between two checkpoints."""

app = typer.Typer(no_args_is_help=True, help="Train a network. Ctrl-C ends a run, the same command goes on with it.")


@app.command("unet")
def train_unet(
    manifest: Annotated[list[Path], typer.Option(help="With columns ct and labels; may be given more than once.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for weights, card and checkpoints.")],
    size: Annotated[str, typer.Option(help=f"One of {', '.join(get_args(SizeName))}.")] = "small",
    steps: Annotated[int, typer.Option(help="Windows to learn from.")] = 4000,
    threads: Annotated[int, typer.Option(help="Of the network; on a busy machine one is quickest.")] = 1,
    workers: Annotated[int, typer.Option(help="Processes that make windows meanwhile.")] = 1,
    precision: Annotated[
        str, typer.Option(help="32-true, or bf16-mixed: twice as fast on processors with bfloat16 arithmetic.")
    ] = "32-true",
    rate: Annotated[float, typer.Option(help="Highest learning rate.")] = 2.5e-3,
    start: Annotated[Path | None, typer.Option(help="Folder of a trained model to go on from.")] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same training.")] = 0,
    data: Annotated[str, typer.Option(help="What the data are, in words, for the card.")] = "a user's own cohort",
    cohort: Annotated[str, typer.Option(help="Version of the virtual cohort, for the card.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Train the built-in Bayesian U-Net for bones in CT."""
    import torch

    from bonedensity.segmentation.unet import train

    if size not in get_args(SizeName):
        raise ModelError(f"There is no size “{size}”; choose {', '.join(get_args(SizeName))}.")
    if precision not in train.PRECISIONS:
        raise ModelError(f"There is no precision “{precision}”; choose {', '.join(train.PRECISIONS)}.")
    torch.set_num_threads(max(threads, 1))
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
    with progress_bar() as on_progress, stopped_by_ctrl_c() as should_stop:
        card = train.train_unet(manifest, output, training, on_progress=on_progress, should_stop=should_stop)
    values = {"output": str(output), "data": card.data, "metrics": dict(card.metrics)}
    answer(values, as_json, lambda: f"{output}: trained on {card.data}; {values['metrics']}")
