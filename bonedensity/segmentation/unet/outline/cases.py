"""What the outline network learns from: a CT, its bones and the U-Net's answer, cut at random where there is doubt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from bonedensity.anatomy.labels import TOTALSEGMENTATOR_NAMES
from bonedensity.imaging import Volume
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.read_labels import read_label_map
from bonedensity.learning.prepared_files import prepared_file
from bonedensity.learning.weights import WEIGHTS_FILE
from bonedensity.segmentation.network_grid import OUTSIDE_HU, interpolated
from bonedensity.segmentation.others import adopt_labels
from bonedensity.segmentation.unet.cases import Case, channel_numbers
from bonedensity.segmentation.unet.network import BayesianUnet
from bonedensity.segmentation.unet.outline.fine import fine_grid, fine_logit
from bonedensity.segmentation.unet.predict import Prediction, predict
from bonedensity.segmentation.unet.randomise import clouds, otherwise_scanned

WINDOW = 20
"""Voxels of the U-Net along each axis; twice as many of the outline network's."""

DOUBT_WANTED, MOST_TRIES = 0.03, 20
"""Share of a window's voxels that the U-Net doubts, at least, and how often such a window is sought."""

LOGIT_SCALE_SD, LOGIT_SHIFT_SD, LOGIT_CLOUDS_SD = 0.2, 0.4, 1.0
"""How the U-Net's answer is varied, which is surer on the people it learnt from than on others."""


class CaseFiles(NamedTuple):
    """One case as three .npy files: HU (float16), bone (uint8) on the fine grid; the U-Net's probability of bone
    (float16) on its own. Axes R, A, S."""

    hu: Path
    bone: Path
    chance: Path


class Outlines(NamedTuple):
    """Windows (B, 1, R, A, S): HU, the U-Net's logit, and whether there is bone (0 or 1)."""

    hu: Tensor
    logit: Tensor
    bone: Tensor


def cached_outlines(case: Case, unet: BayesianUnet, model: Path, folder: Path) -> CaseFiles:
    """A case as the outline network learns it.

    Args:
        case: A CT and its labels.
        unet: Asked once for each case.
        model: Its folder: other weights, other files.
        folder: Of all that is kept.

    Raises:
        BoneDensityError: A file that cannot be used, or a folder that cannot be written.
    """

    @cache
    def read() -> tuple[Volume, Prediction, Volume]:
        ct = read_ct(case.ct)
        said = predict(ct, unet)
        return ct, said, fine_grid(said.grid)

    def hu() -> NDArray[np.float16]:
        ct, _, fine = read()
        return np.ascontiguousarray(interpolated(ct, fine, outside=OUTSIDE_HU).T).astype(np.float16)

    def bone() -> NDArray[np.uint8]:
        ct, _, fine = read()
        labels = adopt_labels(ct, read_label_map(case.labels, TOTALSEGMENTATOR_NAMES)).labels
        there = np.ascontiguousarray((channel_numbers(labels, unet.config.bones) > 0).T.astype(np.float32))
        share = interpolated(labels.volume.with_array(there, unit="1"), fine)
        return np.ascontiguousarray((share >= 0.5).T.astype(np.uint8))

    def chance() -> NDArray[np.float16]:
        return read()[1].bone[0].numpy().astype(np.float16)

    def kept(said: str, make: Callable[[], NDArray[Any]]) -> Path:
        return prepared_file([case.ct, case.labels, model / WEIGHTS_FILE], said, folder, make)

    return CaseFiles(kept("outline 0", hu), kept("outline 1", bone), kept("outline 2", chance))


class OutlinePatches(Dataset[Outlines]):
    """Random windows of cached cases; the same number, the same window.

    Args:
        files: Of each case.
        randomise: Vary the images.
        length: Windows in one epoch.
        seed: Same seed, same windows.
    """

    def __init__(self, files: Sequence[CaseFiles], *, randomise: bool, length: int, seed: int) -> None:
        self._arrays = [tuple(np.load(each, mmap_mode="r") for each in case) for case in files]
        self._randomise, self._length, self._seed = randomise, length, seed

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, number: int) -> Outlines:
        rng = np.random.default_rng((self._seed, number))
        hu, bone, chance = self._arrays[int(rng.integers(len(self._arrays)))]
        window = _doubtful_window(chance, rng)
        inside = tuple(slice(2 * each.start, 2 * each.stop) for each in window)
        patch = Outlines(
            torch.from_numpy(hu[inside].astype(np.float32))[None],
            fine_logit(torch.from_numpy(chance[window].astype(np.float32))[None, None])[0],
            torch.from_numpy(bone[inside].astype(np.float32))[None],
        )
        return _varied(patch, rng) if self._randomise else patch


def _doubtful_window(chance: NDArray[np.float16], rng: np.random.Generator) -> tuple[slice, ...]:
    """Where there is something to settle, if that is found soon."""
    window: tuple[slice, ...] = ()
    for _ in range(MOST_TRIES):
        corner = [int(rng.integers(0, max(n - WINDOW, 0) + 1)) for n in chance.shape]
        window = tuple(slice(first, first + WINDOW) for first in corner)
        if ((chance[window] > 0.05) & (chance[window] < 0.95)).mean() > DOUBT_WANTED:
            break
    return window


def _varied(patch: Outlines, rng: np.random.Generator) -> Outlines:
    """Mirrored along any axis, of another body and scanner, and doubted otherwise."""
    axes = [axis for axis in (1, 2, 3) if rng.random() < 0.5]
    hu, logit, bone = (each.flip(axes) for each in patch)
    hu = otherwise_scanned(hu, bone, rng, finer=2)
    logit = logit * float(np.exp(rng.normal(0, LOGIT_SCALE_SD))) + float(rng.normal(0, LOGIT_SHIFT_SD))
    logit = logit + float(rng.normal(0, LOGIT_CLOUDS_SD)) * (clouds(logit, rng) - 0.5)
    return Outlines(hu, logit, bone)
