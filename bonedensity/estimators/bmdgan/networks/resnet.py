"""The generator of Pix2PixHD (Wang et al., CVPR 2018) up to 1/4 of the resolution."""

from __future__ import annotations

from torch import Tensor, nn

from bonedensity.estimators.bmdgan.config import BmdganConfig
from bonedensity.estimators.bmdgan.networks.parts import conv_norm, group_norm

HALVINGS = 4
"""Before the residual blocks; two of them are undone here and two by the decoder."""

BLOCKS_BESIDE_MODULES = 2
"""Residual blocks are the multi-resolution stages' modules and so many more: nine for size B, as published."""


class ResNetBackbone(nn.Module):
    """A backbone of the paper's ablation; reads decoder and modules.

    Args:
        config: Size.

    Attributes:
        widths: Channels of its one map.
    """

    def __init__(self, config: BmdganConfig) -> None:
        super().__init__()
        filters = config.decoder
        layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(1, filters, 7), group_norm(filters), nn.ReLU()]
        for step in range(HALVINGS):
            layers.append(conv_norm(filters * 2**step, filters * 2 ** (step + 1), 3, 2, relu=True))
        widest = filters * 2**HALVINGS
        layers += [ResidualBlock(widest) for _ in range(sum(config.modules) + BLOCKS_BESIDE_MODULES)]
        self.layers = nn.Sequential(*layers, upsampled(widest), upsampled(widest // 2))
        self.widths = (4 * filters,)

    def forward(self, image: Tensor) -> list[Tensor]:
        """(B, 1, H, W) to one map at 1/4."""
        return [self.layers(image)]


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with mirrored borders, added to what came in without a last ReLU.

    Args:
        channels: In and out.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            *(nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), group_norm(channels), nn.ReLU()),
            *(nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), group_norm(channels)),
        )

    def forward(self, image: Tensor) -> Tensor:
        """(B, channels, H, W) to the same."""
        return image + self.branch(image)


def upsampled(channels: int) -> nn.Sequential:
    """Twice the resolution and half the channels, by a transposed 3x3 convolution."""
    half = channels // 2
    return nn.Sequential(nn.ConvTranspose2d(channels, half, 3, 2, 1, output_padding=1), group_norm(half), nn.ReLU())
