"""A manifest as arrays that networks are trained on: read once, kept in a cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from bonedensity.errors import BoneDensityError, UnreadableFileError, UnwritableFileError
from bonedensity.generators.chvae.causal.graph import AttributeGraph
from bonedensity.generators.chvae.image.batch import Batch
from bonedensity.generators.chvae.morphometry.corners import POINTS
from bonedensity.generators.chvae.morphometry.truth import read_corners, truth_beside
from bonedensity.generators.chvae.reading.dxa_image import network_view
from bonedensity.generators.chvae.reading.metadata import Record, read_records
from bonedensity.generators.chvae.reading.read_dxa import read_dxa
from bonedensity.learning.prepared_files import prepared_file
from bonedensity.progress import OnProgress, ShouldStop, never, silent, stop_if_asked

SHARES = (0.8, 0.1)
"""Of the people: to learn from, and to judge on meanwhile; the rest is never seen. As published."""

STEPS_8_BIT = 255.0


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Images and attributes of some records.

    Attributes:
        records: One a row.
        images: (n, P, P) uint8, 255 for white.
        attributes: In the graph's order (n, attributes) float64.
        corners: Shares of columns and rows (n, 16, 2); NaN where they are not known.
    """

    records: tuple[Record, ...]
    images: NDArray[np.uint8]
    attributes: Tensor
    corners: Tensor

    def __len__(self) -> int:
        return len(self.records)

    def of(self, persons: set[str], *, visit: int | None = None) -> People:
        """The records of some people, at one visit or all."""
        chosen = [i for i, r in enumerate(self.records) if r.person in persons and (visit is None or r.visit == visit)]
        return People(
            tuple(self.records[i] for i in chosen), self.images[chosen], self.attributes[chosen], self.corners[chosen]
        )

    def batch(self, which: Sequence[int]) -> Batch:
        """Some records together."""
        places = list(which)
        images = torch.from_numpy(self.images[places]).float()[:, None] / STEPS_8_BIT
        return Batch(images, self.attributes[places], self.corners[places])


class PeopleDataset(Dataset[Batch]):
    """People one by one, for a data loader.

    Args:
        people: Which.
    """

    def __init__(self, people: People) -> None:
        self._people = people

    def __len__(self) -> int:
        return len(self._people)

    def __getitem__(self, number: int) -> Batch:
        one = self._people.batch([number])
        return Batch(one.image[0], one.attributes[0], one.corners[0])


def load_people(
    manifest: Path,
    graph: AttributeGraph,
    pixels: int,
    cache: Path,
    *,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> tuple[People, list[str]]:
    """Every record with an image, and one sentence for each row that cannot be used.

    Args:
        manifest: See `read_records`.
        graph: Which attributes are needed.
        pixels: Rows and columns that the network sees.
        cache: Folder for images once read.
        on_progress: Fraction and message.
        should_stop: True ends the work.

    Raises:
        UnreadableFileError: No row can be used.
        UnwritableFileError: The cache cannot be written.
        CancelledError: `should_stop` said so.
    """
    records, refused = read_records(manifest, graph)
    kept, images = [], []
    for number, record in enumerate(records):
        stop_if_asked(should_stop)
        try:
            images.append(_view(record, pixels, cache))
            kept.append(record)
        except UnwritableFileError:
            raise
        except BoneDensityError as error:
            refused.append(f"{record.person}, visit {record.visit}: {error}")
        if number % 50 == 0:
            on_progress(number / len(records), f"reading image {number + 1} of {len(records)}")
    if not kept:
        raise UnreadableFileError(f"“{manifest.name}” has no usable image: {refused[0]}")
    attributes = [[record.attributes[name] for name in graph.names] for record in kept]
    corners = np.stack([_corners(record) for record in kept])
    table = torch.tensor(attributes, dtype=torch.float64)
    return People(tuple(kept), np.stack(images), table, torch.from_numpy(corners).float()), refused


def split(people: People, seed: int) -> tuple[set[str], set[str], set[str]]:
    """Persons to learn from, to judge on and never seen; all visits of a person on one side."""
    persons = sorted({record.person for record in people.records})
    np.random.default_rng(seed).shuffle(persons)
    first = max(1, round(SHARES[0] * len(persons)))
    second = min(len(persons), first + max(1, round(SHARES[1] * len(persons))))
    return set(persons[:first]), set(persons[first:second]), set(persons[second:])


def _view(record: Record, pixels: int, cache: Path) -> NDArray[np.uint8]:
    image = record.image
    if image is None:
        raise UnreadableFileError("the table names no DXA image.")

    def view() -> NDArray[np.uint8]:
        return np.rint(STEPS_8_BIT * network_view(read_dxa(image), pixels)).astype(np.uint8)

    return np.asarray(np.load(prepared_file([image], f"plain {pixels}", cache, view)))


def _corners(record: Record) -> NDArray[np.float64]:
    """As shares of the image, from the truth beside a virtual image; NaN where there is none."""
    unknown = np.full((POINTS, 2), np.nan)
    if record.image is None or (truth := truth_beside(record.image)) is None:
        return unknown
    from bonedensity.virtual.dxa.scanning import SITES

    rows, columns = SITES["spine"]
    try:
        return (read_corners(truth).reshape(POINTS, 2) + 0.5) / np.array([columns, rows])
    except UnreadableFileError:
        return unknown
