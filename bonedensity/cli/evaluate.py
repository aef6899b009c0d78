"""`bonedensity evaluate …`: a model's figures measured anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bonedensity.cli.console import JsonFlag, answer, progress_bar

app = typer.Typer(no_args_is_help=True, help="Measure a model's figures anew.")


@app.command("unet")
def evaluate_unet(
    model: Annotated[Path | None, typer.Option(help="Folder of a trained Bayesian U-Net; default the shipped.")] = None,
    each: Annotated[int, typer.Option(help="Virtual hips, and as many virtual spines.")] = 2,
    card: Annotated[bool, typer.Option("--card", help="Write the figures into the model's card.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Judge the bones that the built-in network finds on fresh virtual people: Dice, and whether its doubt is right."""
    from bonedensity.segmentation.unet import evaluate

    with progress_bar() as on_progress:
        found = evaluate.evaluate_unet(model, each=each, on_progress=on_progress)
    if card:
        evaluate.write_figures(found, model)
    values = {
        "cases": found.cases,
        "synthetic": True,
        "figures": found.figures,
        "error_by_entropy": [None if share != share else share for share in found.error_by_entropy],
    }
    lines = [f"{name}: {value:.3f}" for name, value in found.figures.items()]
    answer(values, as_json, lambda: "\n".join([f"{found.cases} unseen virtual people", *lines]))
