"""Metal in a training window: rods in and beside bone, with the streaks that they throw across their slices."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

METAL_HU = 3071.0
MOST_RODS = 3


def with_metal(hu: Tensor, bones: Tensor, rng: np.random.Generator) -> Tensor:
    """A window with a few rods that begin in a bone; unchanged where it holds none.

    Args:
        hu: (1, R, A, S).
        bones: Channel numbers.
        rng: Where, how thick, how strong.
    """
    inside = torch.nonzero(bones[0])
    if not len(inside):
        return hu
    first = inside[int(rng.integers(len(inside)))].numpy()
    for _ in range(int(rng.integers(1, MOST_RODS + 1))):
        hu = _with_rod(hu, first + rng.normal(0, 4, 3), rng)
    return hu


def _with_rod(hu: Tensor, centre: np.ndarray, rng: np.random.Generator) -> Tensor:
    """One rod, 4 to 14 mm thick in voxels of 3 mm."""
    axis = rng.normal(size=3)
    axis /= np.linalg.norm(axis)
    offsets = [torch.arange(n, dtype=torch.float32) - float(c) for n, c in zip(hu.shape[1:], centre, strict=True)]
    r, a, s = torch.meshgrid(*offsets, indexing="ij")
    along = r * float(axis[0]) + a * float(axis[1]) + s * float(axis[2])
    aside = (r**2 + a**2 + s**2 - along**2).clamp_min(0).sqrt()
    length = float(rng.uniform(5, 27))
    rod = (aside < float(rng.uniform(0.7, 2.4))) & (along.abs() < length)
    waves, phase = int(rng.integers(2, 7)), float(rng.uniform(0, 6.3))
    streaks = torch.cos(torch.atan2(a, r) * waves + phase) * torch.exp(-aside / float(rng.uniform(5, 17)))
    hu = hu + (float(rng.uniform(100, 500)) * streaks * (along.abs() < length + 2))[None]
    return torch.where(rod[None], torch.full_like(hu, METAL_HU), hu)
