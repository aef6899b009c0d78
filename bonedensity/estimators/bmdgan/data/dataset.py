"""Exposures as tensors: cached on the networks' grid, changed anew in every epoch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from bonedensity.errors import UnreadableFileError
from bonedensity.estimators.bmdgan.config import BmdganConfig
from bonedensity.estimators.bmdgan.data.augment import Augmentation, augmented
from bonedensity.estimators.bmdgan.data.crop import published_crop
from bonedensity.estimators.bmdgan.data.crop import shows_whole_pelvis as shows_both
from bonedensity.estimators.bmdgan.data.exposures import TARGETS, Exposure
from bonedensity.estimators.bmdgan.data.network_images import network_of_areal, normalised, on_network_grid
from bonedensity.imaging.areal_greys import AREAL_STEP_G_CM2
from bonedensity.imaging.read_radiograph import read_radiograph
from bonedensity.learning.prepared_files import prepared_file
from bonedensity.progress import OnProgress, ShouldStop, never, silent, stop_if_asked


class Sample(NamedTuple):
    """One exposure, or a batch.

    Attributes:
        radiograph: (…, 1, rows, columns) in [-1, 1].
        bones: All bones' areal density, likewise; -1 where it is not known.
        proximal: The proximal femur's.
        values: (…, 2) DXA (g/cm²) and QCT (mg/cm³); NaN where not measured.
        number: Place of the exposure.
    """

    radiograph: Tensor
    bones: Tensor
    proximal: Tensor
    values: Tensor
    number: int | Tensor


class ExposureData(Dataset[Sample]):
    """Cached exposures.

    Args:
        exposures: Which.
        config: Rows, columns, greatest density.
        cache: Folder; made where it is not there.
        augmentation: None leaves images as they are.
        seed: Of the changes; they also depend on `epoch`, which a training sets.
        on_progress: Fraction and message while files are read.
        should_stop: True ends the reading.

    Raises:
        BoneDensityError: A file that cannot be used.
        CancelledError: `should_stop` said so.
    """

    def __init__(
        self,
        exposures: Sequence[Exposure],
        config: BmdganConfig,
        cache: Path,
        *,
        augmentation: Augmentation | None = None,
        seed: int = 0,
        on_progress: OnProgress = silent,
        should_stop: ShouldStop = never,
    ) -> None:
        self.exposures, self.epoch = list(exposures), 0
        self._augmentation, self._seed = augmentation, seed
        self._files = []
        for number, each in enumerate(self.exposures):
            stop_if_asked(should_stop)
            self._files.append(cached(each, config, cache))
            on_progress((number + 1) / len(self.exposures), f"reading radiograph {number + 1}")

    def __len__(self) -> int:
        return len(self.exposures)

    def __getitem__(self, number: int) -> Sample:
        stack = self.stack(number)
        if self._augmentation is not None:
            rng = np.random.default_rng((self._seed, self.epoch, number))
            stack = augmented(stack, self._augmentation, rng)
        values = torch.tensor([self.exposures[number].value(target) for target in TARGETS])
        return Sample(stack[:1], stack[1:2], stack[2:3], values, number)

    def stack(self, number: int) -> Tensor:
        """Radiograph, bones and proximal femur of one exposure as they are, (3, rows, columns) in [-1, 1]."""
        return torch.from_numpy(np.load(self._files[number]).astype(np.float32))


def cached(exposure: Exposure, config: BmdganConfig, folder: Path) -> Path:
    """An exposure as a .npy file, (3, rows, columns) float16 in [-1, 1]: radiograph, bones, proximal femur.

    Raises:
        BoneDensityError: A file that cannot be used, or a folder that cannot be written.
    """

    def stack() -> np.ndarray:
        return np.asarray(prepared(exposure, config).numpy().astype(np.float16))

    said = f"{exposure.side} {config.rows} {config.columns} {config.top_g_cm2} {exposure.areal_factor}"
    sources = [path for path in (exposure.radiograph, exposure.bones, exposure.proximal) if path is not None]
    return prepared_file(sources, said, folder, stack)


def prepared(exposure: Exposure, config: BmdganConfig) -> Tensor:
    """Radiograph, bones and proximal femur on the networks' grid, (3, rows, columns) in [-1, 1].

    Raises:
        BoneDensityError: A file that cannot be used, or a truth of another size than its radiograph.
    """
    grey, size = read_radiograph(exposure.radiograph).array, (config.rows, config.columns)
    crop = published_crop(grey.shape, exposure.side, whole_pelvis=shows_both(grey.shape))
    images = [normalised(on_network_grid(grey, crop, size))]
    for path in (exposure.bones, exposure.proximal):
        areal = np.zeros(grey.shape, np.float32) if path is None else _areal(path)
        if areal.shape != grey.shape:
            raise UnreadableFileError(
                f"“{path}” has {areal.shape[0]} x {areal.shape[1]} pixels, its radiograph {grey.shape[0]} x "
                f"{grey.shape[1]}: a projection needs the radiograph's pixels."
            )
        density = exposure.areal_factor * on_network_grid(areal, crop, size)
        images.append(network_of_areal(density, config.top_g_cm2))
    return torch.cat(images)


def _areal(path: Path) -> np.ndarray:
    return np.asarray(read_radiograph(path).array * AREAL_STEP_G_CM2)
