"""Virtual test people kept beside a model's weights, so that whoever has these can compute the card's figures anew."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, cast
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bonedensity.anatomy.labels import Side
from bonedensity.errors import ModelError, UnreadableFileError
from bonedensity.estimators.bmdgan.config import BmdganConfig
from bonedensity.estimators.bmdgan.data.dataset import ExposureData
from bonedensity.estimators.bmdgan.data.exposures import Exposure

UNSEEN_FILE = "unseen.npz"

WORDS = ("identifier", "posture", "side", "system")
NUMBERS = ("visit", "dxa", "qct", "arthritis")
"""Of an exposure, that are kept."""


class KeptExposures(ExposureData):
    """Exposures in memory, in the networks' pixels; all bones' projections are not kept.

    Args:
        exposures: Which.
        stacks: (n, 2, rows, columns) of 0 to 255: radiograph and proximal femur.
    """

    def __init__(self, exposures: list[Exposure], stacks: NDArray[np.uint8]) -> None:
        self.exposures, self.epoch = exposures, 0
        self._augmentation, self._seed, self._stacks = None, 0, stacks

    def every(self, step: int) -> KeptExposures:
        """Each `step`-th, for a quick look."""
        return KeptExposures(self.exposures[::step], self._stacks[::step])

    def stack(self, number: int) -> Tensor:
        """Radiograph, no bones, proximal femur of one exposure, (3, rows, columns) in [-1, 1]."""
        grey, femur = torch.from_numpy(self._stacks[number].astype(np.float32) / 127.5 - 1)
        return torch.stack([grey, torch.full_like(grey, -1.0), femur])


def write_unseen(data: ExposureData, folder: Path) -> None:
    """Keep exposures in a model's folder, 256 greys each.

    Raises:
        ModelError: They are not all virtual: radiographs of real people must not travel with weights.
    """
    if not all(each.virtual for each in data.exposures):
        raise ModelError("Only virtual people are kept beside weights, and some of these are not: leave them out.")
    stacks = torch.stack([data.stack(number)[[0, 2]] for number in range(len(data))])
    greys = ((stacks + 1) * 127.5).round().clamp(0, 255).byte().numpy()
    columns: dict[str, Any] = {
        name: np.array([getattr(each, name) for each in data.exposures]) for name in (*WORDS, *NUMBERS)
    }
    np.savez_compressed(folder / UNSEEN_FILE, stacks=greys, **columns)


def read_unseen(folder: Path, config: BmdganConfig) -> KeptExposures:
    """Those that `write_unseen` kept.

    Raises:
        UnreadableFileError: There are none, or the file is damaged.
        ModelError: They have another size than the networks' images.
    """
    path = folder / UNSEEN_FILE
    try:
        with np.load(path, allow_pickle=False) as file:
            stacks, columns = file["stacks"], {name: file[name].tolist() for name in (*WORDS, *NUMBERS)}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        raise UnreadableFileError(
            f"“{path}” cannot be read: give a manifest of people whom the model has not learnt from."
        ) from None
    if stacks.dtype != np.uint8 or stacks.shape[1:] != (2, config.rows, config.columns):
        raise ModelError(f"“{path}” belongs to another model: its images are {stacks.shape[-2]} x {stacks.shape[-1]}.")
    exposures = [_exposure(dict(zip(columns, row, strict=True)), path) for row in zip(*columns.values(), strict=True)]
    return KeptExposures(exposures, stacks)


def _exposure(row: dict[str, object], path: Path) -> Exposure:
    words = {name: str(row[name]) for name in WORDS}
    visit, dxa, qct, arthritis = (float(str(row[name])) for name in NUMBERS)
    return Exposure(
        words["identifier"],
        int(visit),
        words["posture"],
        cast(Side, words["side"]),
        radiograph=path,
        bones=None,
        proximal=path,
        dxa=dxa,
        qct=qct,
        system=words["system"],
        arthritis=int(arthritis) if math.isfinite(arthritis) else -1,
        virtual=True,
    )
