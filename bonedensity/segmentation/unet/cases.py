"""Segmented CTs as the network is trained on them: on its grid, cached, cut at random."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from bonedensity.anatomy.labels import TOTALSEGMENTATOR_NAMES
from bonedensity.errors import UnreadableFileError
from bonedensity.imaging.place_on_grid import place_on_grid
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.read_labels import read_label_map
from bonedensity.segmentation.network_grid import on_network_grid
from bonedensity.segmentation.others import adopt_labels
from bonedensity.segmentation.unet.config import UnetConfig
from bonedensity.segmentation.unet.randomise import Patch, Randomiser

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
    try:
        with manifest.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise UnreadableFileError(f"The manifest “{manifest}” cannot be read: {error.strerror}.") from None
    cases = [Case(*(manifest.parent / row[name] for name in COLUMNS)) for row in rows if all(map(row.get, COLUMNS))]
    if not cases:
        raise UnreadableFileError(f"“{manifest}” has no row with the columns {' and '.join(COLUMNS)}: paths of files.")
    return cases


def cached(case: Case, config: UnetConfig, folder: Path) -> tuple[Path, Path]:
    """A case on the network's grid, as two .npy files: HU (float16) and channel numbers (uint8), axes R, A, S.

    Raises:
        BoneDensityError: A file that cannot be used.
    """
    key = hashlib.sha256(f"{case.ct.resolve()} {case.labels.resolve()} {config.spacing_mm}".encode()).hexdigest()[:16]
    paths = folder / f"{key}-hu.npy", folder / f"{key}-bones.npy"
    if not paths[1].is_file():
        folder.mkdir(parents=True, exist_ok=True)
        ct = read_ct(case.ct)
        found = adopt_labels(ct, read_label_map(case.labels, TOTALSEGMENTATOR_NAMES)).labels
        grid = on_network_grid(ct, (config.spacing_mm,) * 3)
        bones = place_on_grid(found, grid)
        table = np.zeros(256, np.uint8)
        for value, name in bones.names.items():
            table[value] = config.bones.index(name) + 1 if name in config.bones else 0
        np.save(paths[0], np.ascontiguousarray(grid.array.T).astype(np.float16))
        np.save(paths[1], np.ascontiguousarray(table[bones.volume.array].T))
    return paths


class Patches(Dataset[Patch]):
    """Random windows of cached cases, each randomised anew.

    Args:
        files: HU and channels of each case.
        window: Voxels along each axis.
        randomiser: None leaves the images as they are.
        length: Windows in one epoch.
        seed: Same seed, same windows.
        fresh: Every epoch has other windows, as training wants; else all have the same, as validation wants.
    """

    def __init__(
        self,
        files: Sequence[tuple[Path, Path]],
        window: int,
        randomiser: Randomiser | None,
        *,
        length: int,
        seed: int,
        fresh: bool,
    ) -> None:
        self._arrays = [(np.load(hu, mmap_mode="r"), np.load(bones, mmap_mode="r")) for hu, bones in files]
        self._window, self._randomiser, self._length, self._seed = window, randomiser, length, seed
        self._fresh, self._drawn = fresh, 0

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, number: int) -> Patch:
        rng = np.random.default_rng((self._seed, self._drawn if self._fresh else 0, number))
        self._drawn += 1
        hu, bones = self._arrays[int(rng.integers(len(self._arrays)))]
        corner = _corner(bones, self._window, rng)
        cuts = (_cut(array, corner, self._window) for array in (hu, bones))
        image, channels = (torch.from_numpy(cut)[None] for cut in cuts)
        patch = Patch(image.float(), channels.long())
        return patch if self._randomiser is None else self._randomiser(patch, rng)


def _corner(bones: NDArray[np.uint8], window: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """First voxel of a window, inside the array where it fits; four times in five near a voxel of bone."""
    shape = np.array(bones.shape)
    centre = rng.integers(0, shape)
    if rng.random() < 0.8:
        plane = int(rng.integers(shape[2]))
        inside = np.argwhere(np.asarray(bones[:, :, plane]))
        if len(inside):
            centre = np.array([*inside[rng.integers(len(inside))], plane])
    jitter = rng.integers(-window // 4, window // 4 + 1, 3)
    room = shape - window
    return np.clip(centre + jitter - window // 2, np.minimum(room, 0), np.maximum(room, 0))


def _cut(array: NDArray[np.generic], corner: NDArray[np.int64], window: int) -> NDArray[np.generic]:
    """The window; where it leaves the array its edge is repeated, as in prediction."""
    along = (np.clip(np.arange(first, first + window), 0, n - 1) for first, n in zip(corner, array.shape, strict=True))
    return array[np.ix_(*along)]
