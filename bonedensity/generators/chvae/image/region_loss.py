"""Losses that look at edges and at the spine itself, beside the likelihood of all pixels."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from bonedensity.generators.chvae.image.region_columns import region_columns

EDGE_WEIGHT, REGION_WEIGHT, REGION_EDGE_WEIGHT = 0.005, 1.5, 0.3
"""Of the whole image's edges; of the region's grey and edges. The latter two rise with the warm-up."""

ROUND = 1e-3
"""Below it the Charbonnier loss is round instead of absolute."""


def edges(image: Tensor) -> Tensor:
    """Laplacian by a 3 x 3 filter, of images (B, 1, rows, columns); sums of slices, since one channel makes poor use of
    a convolution."""
    wide = functional.pad(image, (1, 1, 1, 1), mode="replicate")
    aside = wide[..., 1:-1, :-2] + wide[..., 1:-1, 2:]
    return wide[..., :-2, 1:-1] + wide[..., 2:, 1:-1] + aside - 4 * image


def region_loss(image: Tensor, mean: Tensor, ramp: float) -> Tensor:
    """Edges everywhere, grey and edges in the region; summed over pixels (B,).

    Args:
        image: As taken.
        mean: As decoded.
        ramp: 0 to 1, along the warm-up.
    """
    columns = region_columns(image.shape[-1])
    apart = (image - mean)[..., columns]
    charbonnier = torch.sqrt(apart**2 + ROUND**2) - ROUND
    edge = (edges(image) - edges(mean)).abs()
    inside = REGION_WEIGHT * charbonnier + REGION_EDGE_WEIGHT * edge[..., columns]
    return EDGE_WEIGHT * edge.flatten(1).sum(1) + ramp * inside.flatten(1).sum(1)
