"""A radiograph's crop as the networks see it, areal density as they tell it, and the way back onto its pixels."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

from bonedensity.errors import ModelError
from bonedensity.estimators.bmdgan.data.crop import Crop

LOWEST, HIGHEST = 0.5, 99.5
"""Percentiles of a crop's greys that become -1 and 1: markers and dead pixels must not set the contrast."""


def on_network_grid(image: NDArray[np.generic], crop: Crop, size: tuple[int, int]) -> Tensor:
    """The crop, (1, rows, columns) of `size`, averaged where it gets coarser; values stay."""
    box = torch.from_numpy(np.ascontiguousarray(crop.of(image), dtype=np.float32))[None, None]
    return interpolate(box, size=size, mode="bilinear", antialias=True)[0]


def on_radiograph_grid(image: Tensor, crop: Crop, shape: tuple[int, int]) -> NDArray[np.float32]:
    """A network's image (rows, columns) back on the radiograph's pixels; zero outside the crop."""
    box = interpolate(image[None, None].float(), size=(crop.rows, crop.columns), mode="bilinear", antialias=True)
    turned = box[0, 0].flip(1) if crop.mirrored else box[0, 0]
    whole = np.zeros(shape, np.float32)
    whole[crop.top : crop.top + crop.rows, crop.left : crop.left + crop.columns] = turned.numpy()
    return whole


def normalised(grey: Tensor) -> Tensor:
    """Greys as -1 to 1 between two percentiles.

    Raises:
        ModelError: They are all the same.
    """
    flat = grey.flatten().numpy()
    low, high = (float(value) for value in np.percentile(flat, (LOWEST, HIGHEST)))
    if not high > low:
        raise ModelError("The radiograph is one grey where the hip should be: give another crop.")
    return ((grey - low) / (high - low)).clamp(0, 1) * 2 - 1


def network_of_areal(density: Tensor, top_g_cm2: float) -> Tensor:
    """Areal density (g/cm²) as -1 to 1."""
    return (density / top_g_cm2).clamp(0, 1) * 2 - 1


def areal_of_network(image: Tensor, top_g_cm2: float) -> Tensor:
    """-1 to 1 as areal density (g/cm²)."""
    return (image.float() + 1) * (top_g_cm2 / 2)
