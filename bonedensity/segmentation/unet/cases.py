"""Segmented CTs as the network is trained on them: on its grid, cached, cut at random."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset, Sampler

from bonedensity.anatomy.labels import TOTALSEGMENTATOR_NAMES
from bonedensity.errors import UnreadableFileError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.place_on_grid import place_on_grid
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.read_labels import read_label_map
from bonedensity.imaging.read_table import read_table
from bonedensity.learning.prepared_files import prepared_file
from bonedensity.progress import OnProgress, ShouldStop, stop_if_asked
from bonedensity.segmentation.network_grid import on_network_grid
from bonedensity.segmentation.others import adopt_labels
from bonedensity.segmentation.unet.bend import bent, draw_bend
from bonedensity.segmentation.unet.config import UnetConfig, Window
from bonedensity.segmentation.unet.draw import cut, draw_corner, draw_field, whole
from bonedensity.segmentation.unet.patch import Patch
from bonedensity.segmentation.unet.randomise import Randomiser

Prepared = TypeVar("Prepared")

COLUMNS = ("ct", "labels")
"""Of a manifest: paths, relative to it."""


@dataclass(frozen=True, slots=True)
class Case:
    """One CT and its labels, as the files of one person."""

    ct: Path
    labels: Path


def read_cases(manifest: Path) -> list[Case]:
    """The rows of a manifest that have a CT and labels.

    Raises:
        UnreadableFileError: No such file, or none of its rows has both columns.
    """
    rows = [row for _, row in read_table(manifest, "manifest")]
    cases = [Case(*(manifest.parent / row[name] for name in COLUMNS)) for row in rows if all(map(row.get, COLUMNS))]
    if not cases:
        raise UnreadableFileError(f"“{manifest}” has no row with the columns {' and '.join(COLUMNS)}: paths of files.")
    return cases


def prepared_cases(
    manifests: Sequence[Path],
    prepare: Callable[[Case], Prepared],
    seed: int,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> list[Prepared]:
    """What a training needs of the cases of all manifests, in a random order: the first are held out.

    Args:
        manifests: With columns ct and labels.
        prepare: One case.
        seed: Of the order.
        on_progress: Fraction and message.
        should_stop: True ends the work.

    Raises:
        UnreadableFileError: As `read_cases`.
        CancelledError: `should_stop` said so.
    """
    cases = [case for manifest in manifests for case in read_cases(manifest)]
    np.random.default_rng(seed).shuffle(cases)
    prepared = []
    for number, case in enumerate(cases):
        stop_if_asked(should_stop)
        prepared.append(prepare(case))
        on_progress((number + 1) / len(cases), f"preparing case {number + 1} of {len(cases)}")
    return prepared


def cached(case: Case, config: UnetConfig, folder: Path) -> tuple[Path, Path]:
    """A case on the network's grid, as two .npy files: HU (float16) and channel numbers (uint8), axes R, A, S.

    Raises:
        BoneDensityError: A file that cannot be used, or a folder that cannot be written.
    """

    @cache
    def read() -> tuple[Volume, Volume]:
        ct = read_ct(case.ct)
        return ct, on_network_grid(ct, (config.spacing_mm,) * 3)

    def hu() -> NDArray[np.float16]:
        return np.ascontiguousarray(read()[1].array.T).astype(np.float16)

    def bones() -> NDArray[np.uint8]:
        ct, grid = read()
        found = adopt_labels(ct, read_label_map(case.labels, TOTALSEGMENTATOR_NAMES)).labels
        return channel_numbers(place_on_grid(found, grid), config.bones)

    said = f"{config.spacing_mm} mm"
    return (
        prepared_file([case.ct], f"HU {said}", folder, hu),
        prepared_file([case.ct, case.labels], f"bones {said} {config.bones}", folder, bones),
    )


def channel_numbers(labels: LabelMap, bones: tuple[str, ...]) -> NDArray[np.uint8]:
    """Labels as the network counts them, axes R, A, S: each of the bones by its place among them + 1, the rest 0."""
    table = np.zeros(256, np.uint8)
    for value, name in labels.names.items():
        table[value] = bones.index(name) + 1 if name in bones else 0
    return np.ascontiguousarray(table[np.asarray(labels.volume.array, np.uint8)].T)


class Patches(Dataset[Patch]):
    """Random windows of cached cases, each randomised anew; the same number, the same window.

    Args:
        files: HU and channels of each case.
        window: Voxels along each axis.
        randomiser: None leaves the images as they are.
        length: Windows in one epoch.
        seed: Same seed, same windows.
    """

    def __init__(
        self,
        files: Sequence[tuple[Path, Path]],
        window: Window,
        randomiser: Randomiser | None,
        *,
        length: int,
        seed: int,
    ) -> None:
        self._arrays = [(np.load(hu, mmap_mode="r"), np.load(bones, mmap_mode="r")) for hu, bones in files]
        self._window, self._randomiser, self._length, self._seed = window, randomiser, length, seed

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, number: int) -> Patch:
        rng = np.random.default_rng((self._seed, number))
        hu, bones = self._arrays[int(rng.integers(len(self._arrays)))]
        if self._randomiser is None:
            field = whole(bones)
            corner = draw_corner(bones, field, self._window, rng)
            image, channels = (torch.from_numpy(cut(array, field, corner, self._window))[None] for array in (hu, bones))
            return Patch(image.float(), channels.long())
        field = draw_field(bones, self._window, rng)
        corner = draw_corner(bones, field, self._window, rng)
        return self._randomiser(bent(hu, bones, field, corner, self._window, draw_bend(self._window, rng)), rng)


class Onward(Sampler[int]):
    """Numbers that go on from epoch to epoch, so that no window comes twice, even where a run is resumed.

    Args:
        length: Of one epoch.
    """

    def __init__(self, length: int) -> None:
        self._length, self._epoch = length, 0

    def set_epoch(self, epoch: int) -> None:
        """Asked by Lightning before each epoch."""
        self._epoch = epoch

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._epoch * self._length, (self._epoch + 1) * self._length))
