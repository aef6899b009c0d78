"""Corners of an AP spine and of its mirror image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonedensity.generators.chvae.morphometry.corners import CORNERS, LEVELS

if TYPE_CHECKING:
    from torch import Tensor

SWAPPED = [len(CORNERS) * level + corner for level in range(len(LEVELS)) for corner in (1, 0, 3, 2)]
"""Places of corners after left and right are exchanged; see `corners.CORNERS`."""


def mirrored_corners(corners: Tensor) -> Tensor:
    """Corners (B, 16, 2), as shares of the image, of the mirror image."""
    import torch

    swapped = corners[:, SWAPPED]
    return torch.stack([1 - swapped[..., 0], swapped[..., 1]], dim=-1)
