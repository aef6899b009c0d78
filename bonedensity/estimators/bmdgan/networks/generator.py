"""From a radiograph to the projection of a bone alone: any backbone, then Pix2PixHD's decoder."""

from __future__ import annotations

from math import gcd
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from bonedensity.estimators.bmdgan.config import BmdganConfig, check_image_size
from bonedensity.estimators.bmdgan.networks.parts import channels_last, group_norm
from bonedensity.estimators.bmdgan.networks.registry import make_backbone
from bonedensity.estimators.bmdgan.networks.resnet import upsampled


class Encoder(nn.Module):
    """Any backbone, its maps brought together at 1/4 of the resolution.

    Args:
        config: Size and backbone.
    """

    def __init__(self, config: BmdganConfig) -> None:
        super().__init__()
        backbone = make_backbone(config)
        total, hidden = sum(backbone.widths), config.hidden
        self.backbone = cast(nn.Module, backbone)
        self.gather = nn.Sequential(
            nn.Conv2d(total, hidden, config.gather, padding=config.gather // 2, groups=gcd(total, hidden), bias=False),
            group_norm(hidden),
            nn.ReLU(),
            nn.Conv2d(hidden, 4 * config.decoder, 1),
        )
        channels_last(self)

    def forward(self, image: Tensor) -> Tensor:
        """Features (B, 4 decoder, H/4, W/4) of radiographs (B, 1, H, W) in [-1, 1].

        Raises:
            ModelError: Rows or columns are no multiple of 32.
        """
        check_image_size(*image.shape[-2:])
        maps = self.backbone(image)
        size = maps[0].shape[-2:]
        alike = [maps[0], *(interpolate(m, size=size, mode="bilinear", align_corners=False) for m in maps[1:])]
        gathered: Tensor = self.gather(torch.cat(alike, dim=1))
        return gathered


class Generator(nn.Module):
    """The decomposition network (the paper's section 2.4): encoder, then the last half of Pix2PixHD's decoder.

    Args:
        config: Size and backbone.
    """

    def __init__(self, config: BmdganConfig) -> None:
        super().__init__()
        filters = config.decoder
        self.encoder = Encoder(config)
        self.decoder = nn.Sequential(
            *(upsampled(4 * filters), upsampled(2 * filters)),
            *(nn.ReflectionPad2d(config.last // 2), nn.Conv2d(filters, 1, config.last), nn.Tanh()),
        )
        channels_last(self)

    def forward(self, image: Tensor) -> Tensor:
        """Radiographs (B, 1, H, W) in [-1, 1] to projections, likewise.

        Raises:
            ModelError: Rows or columns are no multiple of 32.
        """
        projection: Tensor = self.decoder(self.encoder(image))
        return projection
