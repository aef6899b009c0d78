"""A cohort made small enough to come with the weights: halved images and the attributes, no more."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import ModelError, UnwritableFileError
from bonedensity.generators.chvae.causal.graph import AttributeGraph
from bonedensity.generators.chvae.morphometry.truth import truth_beside
from bonedensity.generators.chvae.reading.metadata import Record, read_records
from bonedensity.generators.chvae.reading.read_dxa import read_dxa
from bonedensity.imaging.write import write_array_image
from bonedensity.progress import OnProgress, silent
from bonedensity.virtual.cohort.writing import MANIFEST
from bonedensity.virtual.population.otherwise import COUNTERFACTUAL
from bonedensity.virtual.radiographs.paths import binned


def pack_people(
    manifest: Path, folder: Path, graph: AttributeGraph, *, images: int, on_progress: OnProgress = silent
) -> None:
    """Write people for evaluation: all attributes of all visits, and images of the first few people's first visits.

    Args:
        manifest: See `read_records`; the people at another age are looked for below its folder.
        folder: Made anew; whom it held before is gone.
        graph: Which attributes are kept.
        images: How many people keep their image, and that at another age.
        on_progress: Fraction and message.

    Raises:
        UnreadableFileError: The manifest or an image cannot be read.
        ModelError: Not all people are virtual: images of real people must not travel with weights.
        UnwritableFileError: The folder cannot be written.
    """
    others = manifest.parent / COUNTERFACTUAL / MANIFEST
    sources = [(manifest, Path())] + ([(others, Path(COUNTERFACTUAL))] if others.is_file() else [])
    parts = [(read_records(source, graph)[0], place) for source, place in sources]
    if not all(record.image and truth_beside(record.image) for records, _ in parts for record in records):
        raise ModelError("Only virtual people are kept beside weights, and some of these are not: leave them out.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.parent) as made:
            packed = Path(made) / folder.name
            for number, (records, place) in enumerate(parts):
                on_progress(number / len(parts), f"packing {len(records)} visits")
                _pack(records, packed / place, graph, images)
            rmtree(folder, ignore_errors=True)
            packed.rename(folder)
    except OSError as error:
        raise UnwritableFileError(f"The folder “{folder}” cannot be written: {error.strerror}.") from None


def halved(image: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Greys (rows, columns) averaged over blocks of 2 by 2 pixels; an odd last row or column is left out."""
    rows, columns = (n // 2 for n in image.shape)
    even = image[: 2 * rows, : 2 * columns].astype(np.float32)
    return np.asarray(np.rint(binned(even, 2)), dtype=np.uint8)


def _pack(records: Sequence[Record], folder: Path, graph: AttributeGraph, images: int) -> None:
    rows = []
    folder.mkdir()
    firsts = [record.person for record in records if record.visit == 0][:images]
    for record in records:
        name = f"{record.person}.png" if record.visit == 0 and record.person in firsts and record.image else ""
        if record.image is not None and name:
            write_array_image(halved(read_dxa(record.image).array), folder / name)
        values = {key: f"{record.attributes[key]:.6g}" for key in graph.names}
        rows.append({"identifier": record.person, "visit": record.visit, "dxa": name, **values})
    with (folder / MANIFEST).open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
