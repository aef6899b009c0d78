"""A small network that measures an AP spine DXA: corners of L1 to L4, and attributes with their uncertainty."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from bonedensity.generators.chvae.image.blocks import Encoder, convolution, dense
from bonedensity.generators.chvae.image.distributions import Normal, normal_of
from bonedensity.generators.chvae.morphometry.corners import POINTS

WIDTHS = (8, 16, 32, 32)
"""Channels of the scales 1/2 to 1/16."""

GATHERED = 4
"""Rows and columns to which the coarsest features are pooled for the attributes."""


class Measured(NamedTuple):
    """What the network says of images.

    Attributes:
        corners: Column and row as shares of the image (B, 16, 2), in the order of `corners.CORNERS` by level.
        attributes: On the causal model's scale (B, attributes).
    """

    corners: Tensor
    attributes: Normal


class MeasuringNetwork(nn.Module):
    """Heat maps at a quarter of the resolution give corners; corners and coarse features give attributes.

    Args:
        attributes: How many.
    """

    def __init__(self, attributes: int) -> None:
        super().__init__()
        self.trunk = Encoder(WIDTHS, 1)
        self.join = nn.Sequential(*convolution(sum(WIDTHS[1:]), 24), *convolution(24, 24))
        self.heat = nn.Conv2d(24, POINTS, 1)
        gathered = WIDTHS[-1] * GATHERED**2 + 2 * POINTS
        self.attributes = dense(gathered, 64, 2 * attributes)

    def forward(self, image: Tensor) -> Measured:
        """Images (B, 1, P, P) in [0, 1]."""
        features = self.trunk(image)
        fine = features[1].shape[-1]
        raised = [functional.interpolate(f, size=(fine, fine), mode="bilinear") for f in features[1:]]
        corners = _centres(self.heat(self.join(torch.cat(raised, dim=1))))
        coarse = functional.adaptive_avg_pool2d(features[-1], GATHERED).flatten(1)
        return Measured(corners, normal_of(self.attributes(torch.cat([coarse, corners.flatten(1)], dim=1))))


def _centres(heat: Tensor) -> Tensor:
    """Mean place of each map's softmax (B, points, 2), as shares of columns and rows."""
    rows, columns = heat.shape[-2:]
    chance = torch.softmax(heat.flatten(2), dim=2).view_as(heat)
    across = (torch.arange(columns, device=heat.device) + 0.5) / columns
    down = (torch.arange(rows, device=heat.device) + 0.5) / rows
    return torch.stack([(chance.sum(2) * across).sum(-1), (chance.sum(3) * down).sum(-1)], dim=-1)


def negative_log(said: Normal, truth: Tensor) -> Tensor:
    """-log density of true attributes, but for a constant, summed over attributes (B,)."""
    return (0.5 * ((truth - said.mean) * torch.exp(-said.log_sd)) ** 2 + said.log_sd).sum(1)
