"""`bonedensity train chvae` and `bonedensity evaluate chvae`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from bonedensity.cli.console import JsonFlag, answer, progress_bar, stopped_by_ctrl_c, this_command
from bonedensity.errors import ModelError

Manifest = Annotated[
    Path, typer.Option(help="Of `bonedensity simulate spine`, a table with the same columns, or UK Biobank's.")
]


def train_chvae(
    manifest: Manifest,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for weights, cards and checkpoints.")],
    size: Annotated[str, typer.Option(help="tiny, small, or paper.")] = "small",
    epochs: Annotated[int, typer.Option(help="Of the image mechanism; the paper took 2000.")] = 200,
    batch: Annotated[int, typer.Option(help="People a step.")] = 16,
    threads: Annotated[int, typer.Option(help="Of the networks; on a busy machine one is quickest.")] = 1,
    precision: Annotated[str, typer.Option(help="32-true, 16-mixed or bf16-mixed.")] = "32-true",
    devices: Annotated[int, typer.Option(help="Graphics cards or processes.")] = 1,
    seed: Annotated[int, typer.Option(help="Same seed, same division of people and same training.")] = 42,
    data: Annotated[str, typer.Option(help="What the data are, in words, for the card.")] = "a user's own cohort",
    cohort: Annotated[str, typer.Option(help="Version of the virtual cohort, for the card.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Train CHVAE: attributes, spine images, measuring, counterfactuals. Where it was stopped it goes on."""
    import torch

    from bonedensity.generators.chvae.config import SIZES
    from bonedensity.generators.chvae.config import SizeName as ChvaeSize
    from bonedensity.generators.chvae.training import train
    from bonedensity.generators.chvae.training.options import ChvaeTraining

    if size not in SIZES:
        raise ModelError(f"There is no size “{size}”; choose {', '.join(get_args(ChvaeSize))}.")
    torch.set_num_threads(max(threads, 1))
    options = ChvaeTraining(
        size=size, epochs=epochs, batch=batch, precision=precision, devices=devices, seed=seed,
        data=data, cohort=cohort, command=this_command(),
    )  # fmt: skip
    with progress_bar() as on_progress, stopped_by_ctrl_c() as should_stop:
        card = train.train_chvae(manifest, output, options, on_progress, should_stop)
    values: dict[str, Any] = {"output": str(output), "data": card.data, "metrics": dict(card.metrics)}
    answer(values, as_json, lambda: f"{output}: trained on {card.data}; {values['metrics']}")


def evaluate_chvae(
    manifest: Manifest,
    model: Annotated[Path | None, typer.Option(help="Folder of a trained CHVAE; default the shipped.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Judge CHVAE on people that it was not trained on, and on their second visits where there are any."""
    from bonedensity.generators.chvae.evaluation import evaluate
    from bonedensity.generators.chvae.storage import MODEL_NAME
    from bonedensity.learning.weights import model_folder

    with progress_bar() as on_progress, stopped_by_ctrl_c() as should_stop:
        values = evaluate.evaluate_chvae(
            model_folder(MODEL_NAME, model), manifest, on_progress=on_progress, should_stop=should_stop
        )
    lines = [f"{name}: {value:.4g}" for name, value in values["metrics"].items()] + list(values["lines"])
    answer(values, as_json, lambda: "\n".join(lines))
