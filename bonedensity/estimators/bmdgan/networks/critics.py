"""PatchGAN critics at several scales (Wang et al., CVPR 2018)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bonedensity.estimators.bmdgan.config import BmdganConfig
from bonedensity.estimators.bmdgan.networks.parts import channels_last, group_norm

SIZE, PADDING = 4, 2
"""Of the kernels; padded so that small images have logits too."""

WIDEST = 8
"""Channels do not grow beyond so many times the first layer's."""

SLOPE = 0.2
"""Of the leaky ReLU below zero."""


class PatchCritic(nn.Module):
    """Says of each patch of an image pair whether it is true.

    Args:
        filters: Channels of the first layer.
        layers: Of stride 2.
    """

    def __init__(self, filters: int, layers: int) -> None:
        super().__init__()
        steps = [nn.Sequential(nn.Conv2d(2, filters, SIZE, 2, PADDING), nn.LeakyReLU(SLOPE))]
        channels = filters
        for number in range(1, layers + 1):
            wider = min(2 * channels, WIDEST * filters)
            stride = 2 if number < layers else 1
            convolution = nn.Conv2d(channels, wider, SIZE, stride, PADDING)
            steps.append(nn.Sequential(convolution, group_norm(wider), nn.LeakyReLU(SLOPE)))
            channels = wider
        self.steps = nn.ModuleList([*steps, nn.Conv2d(channels, 1, SIZE, 1, PADDING)])

    def forward(self, pair: Tensor) -> list[Tensor]:
        """What each layer makes of (B, 2, H, W); the last is the logits."""
        seen = []
        for step in self.steps:
            pair = step(pair)
            seen.append(pair)
        return seen


class Critics(nn.Module):
    """Critics that see the same pair ever coarser: each as deep as the others, on an input of half the last's size.

    Args:
        config: How many, and their size.
    """

    def __init__(self, config: BmdganConfig) -> None:
        super().__init__()
        each = [PatchCritic(config.critic_filters, config.critic_layers) for _ in range(config.critics)]
        self.critics = nn.ModuleList(each)
        self.coarser = nn.AvgPool2d(3, 2, 1, count_include_pad=False)
        channels_last(self)

    def forward(self, radiograph: Tensor, projection: Tensor) -> list[list[Tensor]]:
        """Layers of every critic on (B, 1, H, W) pairs, finest critic first; the last of each is its logits."""
        pair = torch.cat([radiograph, projection], dim=1)
        seen = []
        for critic in self.critics:
            seen.append(critic(pair))
            pair = self.coarser(pair)
        return seen
