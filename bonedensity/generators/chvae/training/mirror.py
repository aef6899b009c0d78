"""Seeing each spine from its other side: an AP image and its mirror image are equally likely."""

from __future__ import annotations

import torch

from bonedensity.generators.chvae.image.batch import Batch

SWAPPED = [4 * level + corner for level in range(4) for corner in (1, 0, 3, 2)]
"""Places of corners after left and right are exchanged; see `morphometry.corners.CORNERS`."""


def mirrored_by_chance(batch: Batch) -> Batch:
    """Half of a batch mirrored, image and corners; attributes know no side."""
    chosen = torch.rand(len(batch.image), device=batch.image.device) < 0.5
    return Batch(
        torch.where(chosen[:, None, None, None], batch.image.flip(-1), batch.image),
        batch.attributes,
        torch.where(chosen[:, None, None], mirrored_corners(batch.corners), batch.corners),
    )


def mirrored_corners(corners: torch.Tensor) -> torch.Tensor:
    """Corners (B, 16, 2), as shares of the image, of the mirror image."""
    swapped = corners[:, SWAPPED]
    return torch.stack([1 - swapped[..., 0], swapped[..., 1]], dim=-1)
