"""One person's counterfactuals from files to files."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bonedensity.errors import MissingDependencyError, UnwritableFileError
from bonedensity.generators.chvae.causal.graph import AttributeGraph
from bonedensity.generators.chvae.counterfactual.engine import Abducted
from bonedensity.generators.chvae.counterfactual.exports import (
    difference_picture,
    grey_picture,
    write_picture,
    write_sweep,
)
from bonedensity.generators.chvae.counterfactual.intervention import Counterfactual
from bonedensity.generators.chvae.counterfactual.movie import write_movie
from bonedensity.generators.chvae.counterfactual.request import Sweep
from bonedensity.generators.chvae.reading.dxa_image import DxaImage
from bonedensity.generators.chvae.storage import Chvae
from bonedensity.imaging.write import write_array_image
from bonedensity.progress import ShouldStop, never, stop_if_asked


@dataclass(frozen=True, slots=True)
class CounterfactualOptions:
    """How counterfactuals are made.

    Attributes:
        samples: Of the latents; more than one gives an uncertainty map.
        residual: Whether the image's residual is carried; None as the model was trained.
        seed: Of the samples.
    """

    samples: int = 1
    residual: bool | None = None
    seed: int = 0


def counterfactual(
    model: Chvae,
    image: DxaImage,
    attributes: Mapping[str, float],
    do: Mapping[str, float],
    folder: Path,
    options: CounterfactualOptions | None = None,
    *,
    sweep: Sweep | None = None,
) -> dict[str, Any]:
    """Make a counterfactual and write it: pictures, NRRD, table, and the sweep as GIF and MP4.

    Args:
        model: Trained.
        image: As taken.
        attributes: Of the person.
        do: What is set; empty for the null intervention.
        folder: Made where it is not there.
        options: Samples and residual.
        sweep: One attribute over values, on top of `do`.

    Returns:
        factual{}, counterfactual{}, morphometry{}, identity, notes[], outputs[], synthetic.

    Raises:
        PopulationError, ModelError: Attributes or values that cannot be.
        UnwritableFileError: The folder cannot be written.
    """
    chosen = options or CounterfactualOptions()
    person = Abducted(model, image, attributes, samples=chosen.samples, seed=chosen.seed)
    made = person.do(**do).predict(residual=chosen.residual)
    outputs, said = write_counterfactual(person, made, folder, sweep=sweep)
    return {
        "synthetic": True,
        "factual": dict(person.attributes),
        "counterfactual": made.attributes,
        "do": dict(do),
        "morphometry": {
            name: {
                "factual": person.attributes[name],
                "counterfactual": value,
                "unit": model.causal.graph.node(name).unit,
            }
            for name, value in made.attributes.items()
            if name.startswith("l1_l4_")
        },
        "identity": person.identity(made),
        "notes": [*image.notes, *made.notes, *said],
        "outputs": [str(path) for path in outputs],
    }


def write_counterfactual(
    person: Abducted,
    made: Counterfactual,
    folder: Path,
    *,
    sweep: Sweep | None = None,
    ffmpeg: str = "",
    should_stop: ShouldStop = never,
) -> tuple[list[Path], list[str]]:
    """Write one counterfactual: pictures, NRRD, table, and a sweep on top of it as GIF and MP4.

    Args:
        person: Who.
        made: Their counterfactual.
        folder: Made where it is not there.
        sweep: One attribute over values.
        ffmpeg: For the movie; "" looks for it on PATH.
        should_stop: Asked between the frames of the sweep.

    Returns:
        The files, and what a user should know of them.

    Raises:
        UnwritableFileError: The folder cannot be written.
        CancelledError: It was asked to stop.
    """
    _made(folder)
    graph, outputs, notes = person.model.causal.graph, _write_images(person, made, folder), list[str]()
    rows: list[tuple[str, Mapping[str, float]]] = [("factual", person.attributes), ("counterfactual", made.attributes)]
    if sweep is not None:
        frames = []
        for value in sweep.values:
            stop_if_asked(should_stop)
            frames.append(person.predict({**made.do, sweep.name: value}))
        files, notes = _write_frames(frames, sweep, graph, folder / f"sweep_{sweep.name}", ffmpeg)
        outputs += files
        rows += [(f"{sweep.name}={value:g}", f.attributes) for value, f in zip(sweep.values, frames, strict=True)]
    outputs.append(_write_table(rows, graph, folder))
    return outputs, notes


def _made(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnwritableFileError(f"The folder “{folder}” cannot be made: {error.strerror}.") from None


def said_do(do: Mapping[str, float], graph: AttributeGraph) -> str:
    """Interventions as a caption, such as “do(age = 80 years)”."""
    each = (f"{name} = {value:g} {graph.node(name).unit}".rstrip() for name, value in do.items())
    return f"do({', '.join(each)})" if do else "no intervention"


def _write_images(person: Abducted, made: Counterfactual, folder: Path) -> list[Path]:
    said = said_do(made.do, person.model.causal.graph)
    pictures = {
        "factual": grey_picture(person.image.array, "as taken", mark="research use"),
        "counterfactual": grey_picture(made.image, said),
        "difference": difference_picture(made.difference, said),
    }
    arrays = {"counterfactual_synthetic": made.image, "difference_synthetic": made.difference}
    if made.uncertainty.any():
        arrays["uncertainty_synthetic"] = made.uncertainty
    written = []
    for name, picture in pictures.items():
        write_picture(picture, folder / f"{name}.png")
        written.append(folder / f"{name}.png")
    for name, array in {"factual": person.image.array, **arrays}.items():
        note = "as taken; research use only" if name == "factual" else f"{said}: synthetic, research use only"
        write_array_image(array, folder / f"{name}.nrrd", person.image.pixel_mm, note=note)
        written.append(folder / f"{name}.nrrd")
    return written


def _write_frames(
    frames: list[Counterfactual], sweep: Sweep, graph: AttributeGraph, path: Path, ffmpeg: str
) -> tuple[list[Path], list[str]]:
    """Both films, or the GIF and why there is no other."""
    unit = graph.node(sweep.name).unit
    pictures = [
        grey_picture(frame.image, f"{sweep.name} = {value:g} {unit}".rstrip())
        for value, frame in zip(sweep.values, frames, strict=True)
    ]
    gif, movie = path.with_suffix(".gif"), path.with_suffix(".mp4")
    write_sweep(pictures, gif)
    try:
        note = write_movie(pictures, movie, ffmpeg)
    except MissingDependencyError as error:
        return [gif], [str(error)]
    return [gif, movie], [note] if note else []


def _write_table(rows: list[tuple[str, Mapping[str, float]]], graph: AttributeGraph, folder: Path) -> Path:
    path = folder / "table.csv"
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["what", "synthetic", *(f"{n.name} ({n.unit})" if n.unit else n.name for n in graph.nodes)])
            for what, values in rows:
                numbers = [f"{values[name]:.5g}" for name in graph.names]
                writer.writerow([what, int(what != "factual"), *numbers])
    except OSError as error:
        raise UnwritableFileError(f"“{path}” cannot be written: {error.strerror}.") from None
    return path
