"""The Bayesian U-Net: MONAI's BasicUNet with dropout in its deep levels, sampled at prediction (Hiasa et al. 2020).

Almost all of a U-Net's work is done at full resolution, so here nothing but the outline is: a strided convolution comes
before the U-Net, which tells, for a voxel twice as wide, which bone is there *if* one is, and for each of the eight
voxels inside whether there is bone at all. The probability of a bone in a voxel is the product of the two.

The shallow encoder holds no dropout, so all samples share it.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from monai.networks.blocks.convolutions import Convolution
from monai.networks.nets import BasicUNet
from monai.networks.utils import pixelshuffle
from torch import Tensor, nn

from bonedensity.segmentation.unet.config import UnetConfig

DEEP = ("down_3", "down_4", "upcat_4", "upcat_3")
"""BasicUNet's blocks whose dropout is kept."""

INSIDE = 8
"""Voxels inside one of the U-Net's."""


class Answer(NamedTuple):
    """What the network says of windows (B, 1, R, A, S); logits or probabilities.

    Attributes:
        bone: Any bone, for each voxel (B, 1, R, A, S).
        which: Which bone if there is one, in voxels twice as wide (B, bones, R/2, A/2, S/2).
    """

    bone: Tensor
    which: Tensor


class BayesianUnet(nn.Module):
    """The network.

    Args:
        config: Its size.
    """

    def __init__(self, config: UnetConfig) -> None:
        super().__init__()
        self.config = config
        self.stem = Convolution(3, 1, config.stem, strides=2, kernel_size=4, padding=1, adn_ordering="A")
        self.unet = BasicUNet(
            spatial_dims=3,
            in_channels=config.stem,
            out_channels=INSIDE + len(config.bones),
            features=config.features,
            norm=("instance", {"affine": True}),
            dropout=config.dropout,
        )
        for name, block in self.unet.named_children():
            if name not in DEEP:
                _without_dropout(block)

    def prepared(self, hu: Tensor) -> Tensor:
        """HU to the network's range, clipped to [0, 1]."""
        low, high = self.config.low_hu, self.config.high_hu
        return ((hu - low) / (high - low)).clamp(0, 1)

    def forward(self, image: Tensor) -> Answer:
        """Logits of prepared windows (B, 1, R, A, S), even along each axis."""
        return self._deep(*self._shallow(image))

    def sampled(self, image: Tensor, samples: int) -> Answer:
        """Mean probabilities over Monte-Carlo samples of the dropout.

        Args:
            image: (B, 1, R, A, S), prepared.
            samples: How many; 1 without dropout.
        """
        shallow = self._shallow(image)
        if samples == 1:
            return _probabilities(self._deep(*shallow))
        with _dropout_on(self):
            bone, which = _probabilities(self._deep(*shallow))
            for _ in range(samples - 1):
                again = _probabilities(self._deep(*shallow))
                bone += again.bone
                which += again.which
        return Answer(bone / samples, which / samples)

    def _shallow(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        first = self.unet.conv_0(self.stem(image))
        second = self.unet.down_1(first)
        return first, second, self.unet.down_2(second)

    def _deep(self, first: Tensor, second: Tensor, third: Tensor) -> Answer:
        fourth = self.unet.down_3(third)
        up = self.unet.upcat_4(self.unet.down_4(fourth), fourth)
        up = self.unet.upcat_2(self.unet.upcat_3(up, third), second)
        logits = self.unet.final_conv(self.unet.upcat_1(up, first))
        return Answer(pixelshuffle(logits[:, :INSIDE], 3, 2), logits[:, INSIDE:])


def _probabilities(logits: Answer) -> Answer:
    return Answer(torch.sigmoid(logits.bone.float()), torch.softmax(logits.which.float(), dim=1))


class _dropout_on:  # noqa: N801  (reads as a statement)
    """Dropout at work while the rest of the network predicts."""

    def __init__(self, network: nn.Module) -> None:
        self._layers = [m for m in network.modules() if isinstance(m, nn.Dropout | nn.Dropout3d) and m.p > 0]

    def __enter__(self) -> None:
        for layer in self._layers:
            layer.train()

    def __exit__(self, *exception: object) -> None:
        for layer in self._layers:
            layer.eval()


def _without_dropout(block: nn.Module) -> None:
    for layer in block.modules():
        if isinstance(layer, nn.Dropout | nn.Dropout3d):
            layer.p = 0.0
