"""`bonedensity counterfactual`: an AP spine DXA as it would be at another age or build."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bonedensity.cli.console import JsonFlag, answer
from bonedensity.errors import GeometryError, SpacingError


def counterfactual(
    dxa: Annotated[Path, typer.Argument(help="AP spine DXA: DICOM, PNG, or a UK Biobank archive (20158).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for pictures, NRRD, table, sweep (GIF, MP4).")],
    metadata: Annotated[Path, typer.Option(help="The person: a JSON object, or a table of one row.")],
    do: Annotated[list[str] | None, typer.Option(help="ATTRIBUTE=VALUE, may be repeated; none: no change.")] = None,
    sweep: Annotated[str | None, typer.Option(help="ATTRIBUTE=FIRST:LAST:STEP, such as age=50:90:5.")] = None,
    model: Annotated[Path | None, typer.Option(help="Folder of a trained CHVAE; default the shipped.")] = None,
    samples: Annotated[int, typer.Option(help="Of the latents; more than 1 gives an uncertainty map.")] = 1,
    residual: Annotated[
        bool | None, typer.Option(help="Carry the image's own residual; default as the model was trained.")
    ] = None,
    crop: Annotated[
        str | None, typer.Option(help="FIRST_ROW,END_ROW,FIRST_COLUMN,END_COLUMN that the network sees.")
    ] = None,
    pixel_mm: Annotated[str | None, typer.Option(help="Pixel size (mm), or ROW,COLUMN.")] = None,
    seed: Annotated[int, typer.Option(help="Of the samples.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """What an AP spine DXA would show, had something been otherwise. Everything written is synthetic."""
    from bonedensity.generators.chvae.counterfactual import run
    from bonedensity.generators.chvae.counterfactual.request import parse_do, parse_sweep
    from bonedensity.generators.chvae.reading.metadata import read_attributes
    from bonedensity.generators.chvae.reading.read_dxa import read_dxa
    from bonedensity.generators.chvae.storage import MODEL_NAME, load_chvae
    from bonedensity.learning.weights import model_folder

    image = read_dxa(dxa, crop=_crop(crop), pixel_mm=_pixel_mm(pixel_mm))
    trained = load_chvae(model_folder(MODEL_NAME, model))
    graph = trained.causal.graph
    values = run.counterfactual(
        trained,
        image,
        read_attributes(metadata, graph),
        parse_do(do or [], graph),
        output,
        run.CounterfactualOptions(samples=samples, residual=residual, seed=seed),
        sweep=None if sweep is None else parse_sweep(sweep, graph),
    )
    lines = [
        f"{name}: {value:.4g} → {values['counterfactual'][name]:.4g} {graph.node(name).unit}".rstrip()
        for name, value in values["factual"].items()
    ]
    notes = [f"Note: {note}" for note in values["notes"]]
    answer(values, as_json, lambda: "\n".join([*lines, *notes, f"Synthetic, research use: {output}"]))


def _crop(text: str | None) -> tuple[int, int, int, int] | None:
    if text is None:
        return None
    try:
        top, bottom, left, right = (int(part) for part in text.split(","))
    except ValueError:
        raise GeometryError(f"--crop {text} is no crop: give FIRST_ROW,END_ROW,FIRST_COLUMN,END_COLUMN.") from None
    return top, bottom, left, right


def _pixel_mm(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        parts = [float(part) for part in text.split(",")]
    except ValueError:
        parts = []
    if len(parts) not in (1, 2) or min(parts) <= 0:
        raise SpacingError(f"--pixel-mm {text} is no pixel size: give a number (mm), or ROW,COLUMN.")
    return parts[0], parts[-1]
