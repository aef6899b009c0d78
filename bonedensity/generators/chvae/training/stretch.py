"""Spines made wider or higher by chance, with the sizes that they then have: a measure must follow what it measures."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from bonedensity.generators.chvae.config import MORPHOMETRY
from bonedensity.generators.chvae.image.batch import Batch

MOST = 0.1
"""Largest factor's logarithm, across and along."""


def stretched_by_chance(batch: Batch, names: tuple[str, ...]) -> Batch:
    """Each image stretched about its middle across and along by factors of its own; corners and sizes follow.

    Args:
        batch: People.
        names: Of the attributes, in the order of their columns.
    """
    logs = MOST * (2 * torch.rand(len(batch.image), 2, device=batch.image.device) - 1)
    factors = torch.exp(logs)
    return Batch(
        _stretched(batch.image, factors),
        batch.attributes * torch.exp(_powers(names, logs.device) @ logs.double().T).T,
        0.5 + (batch.corners - 0.5) * factors[:, None],
    )


def _stretched(image: Tensor, factors: Tensor) -> Tensor:
    maps = torch.zeros(len(image), 2, 3, device=image.device)
    maps[:, 0, 0], maps[:, 1, 1] = 1 / factors[:, 0], 1 / factors[:, 1]
    grid = affine_grid(maps, list(image.shape), align_corners=False)
    return grid_sample(image, grid, padding_mode="border", align_corners=False)


def _powers(names: tuple[str, ...], device: torch.device) -> Tensor:
    """With which power of both factors each attribute grows (attributes, 2): width, height and their product."""
    width, height, area = MORPHOMETRY
    rows = [[float(name in (width, area)), float(name in (height, area))] for name in names]
    return torch.tensor(rows, dtype=torch.float64, device=device)
