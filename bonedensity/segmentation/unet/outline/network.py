"""The outline network: what a CT looks like within some millimetres tells which side of the surface a voxel is on."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

DILATIONS = (1, 1, 2, 1)
"""Of the convolutions, each over 3 x 3 x 3 voxels."""

REACH = sum(DILATIONS)
"""Voxels that the answer to one depends on, to each side."""

LOGIT_SCALE = 3.0
"""Of the logits on entering: they are about as large as the prepared HU then."""


class OutlineNetwork(nn.Module):
    """A few convolutions that add to the logit of bone which the U-Net gives; as long as they are untrained, nothing.

    Args:
        channels: Of each convolution.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels
        layers: list[nn.Module] = []
        for number, dilation in enumerate(DILATIONS):
            inward = channels if number else 2
            layers += [nn.Conv3d(inward, channels, 3, padding=dilation, dilation=dilation), nn.LeakyReLU(0.1)]
        last = nn.Conv3d(channels, 1, 1)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(cast(Tensor, last.bias))
        self.layers = nn.Sequential(*layers, last)

    def forward(self, image: Tensor, logit: Tensor) -> Tensor:
        """Logits of bone after a look at the image.

        Args:
            image: HU, prepared to [0, 1] (B, 1, R, A, S).
            logit: Before, of the same shape.
        """
        added: Tensor = self.layers(torch.cat([2 * image - 1, logit / LOGIT_SCALE], dim=1))
        return logit + added
