"""Seeing each spine from its other side: an AP image and its mirror image are equally likely."""

from __future__ import annotations

import torch

from bonedensity.generators.chvae.image.batch import Batch
from bonedensity.generators.chvae.morphometry.mirror import mirrored_corners


def mirrored_by_chance(batch: Batch) -> Batch:
    """Half of a batch mirrored, image and corners; attributes know no side."""
    chosen = torch.rand(len(batch.image), device=batch.image.device) < 0.5
    return Batch(
        torch.where(chosen[:, None, None, None], batch.image.flip(-1), batch.image),
        batch.attributes,
        torch.where(chosen[:, None, None], mirrored_corners(batch.corners), batch.corners),
    )
