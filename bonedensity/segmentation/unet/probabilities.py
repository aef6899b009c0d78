"""The network's two answers as one probability for every bone, and as doubt."""

from __future__ import annotations

import math

import torch
from torch import Tensor

SMALLEST = 1e-7
"""Probability below which a logarithm is not asked for."""


def on_fine_voxels(which: Tensor) -> Tensor:
    """Numbers (B, C, …) of wide voxels on the voxels inside them, half as wide, by linear interpolation."""
    return torch.nn.functional.interpolate(which, scale_factor=2, mode="trilinear", align_corners=False)


def channels_of(bone: Tensor, which: Tensor) -> Tensor:
    """The most probable channel of every voxel: 0 no bone, else one more than the bone's number.

    Args:
        bone: Probability of bone (B, 1, R, A, S).
        which: Of each bone if there is one (B, bones, R/2, A/2, S/2).

    Returns:
        (B, 1, R, A, S), int64.
    """
    best = on_fine_voxels(which).max(dim=1, keepdim=True)
    found: Tensor = torch.where(bone * best.values > 1 - bone, best.indices + 1, 0)
    return found


def entropy_of(bone: Tensor, which: Tensor) -> Tensor:
    """Entropy of the probabilities of all bones and of none, as a share of its maximum.

    By the chain rule it is that of "bone or not", and that of "which bone" as often as there is one; see `channels_of`
    for the shapes.
    """
    doubt = torch.special.entr(bone.clamp(SMALLEST, 1 - SMALLEST)) + torch.special.entr(
        1 - bone.clamp(SMALLEST, 1 - SMALLEST)
    )
    doubt += bone * on_fine_voxels(torch.special.entr(which).sum(dim=1, keepdim=True))
    return doubt / math.log(1 + which.shape[1])
