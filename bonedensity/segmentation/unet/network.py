"""MONAI's BasicUNet with dropout in its deep levels, sampled at prediction: a Bayesian U-Net (Hiasa et al. 2020).

The shallow encoder holds no dropout, so all samples share it.
"""

from __future__ import annotations

import torch
from monai.networks.nets import BasicUNet
from torch import Tensor, nn

from bonedensity.segmentation.unet.config import UnetConfig

DEEP = ("down_3", "down_4", "upcat_4", "upcat_3")
"""BasicUNet's blocks whose dropout is kept."""


class BayesianUnet(nn.Module):
    """The network.

    Args:
        config: Its size.
    """

    def __init__(self, config: UnetConfig) -> None:
        super().__init__()
        self.config = config
        self.unet = BasicUNet(
            spatial_dims=3,
            in_channels=1,
            out_channels=len(config.bones) + 1,
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

    def forward(self, image: Tensor) -> Tensor:
        """Logits (B, 1 + bones, …) of prepared windows (B, 1, …)."""
        return self._deep(*self._shallow(image))

    def sampled(self, image: Tensor, samples: int) -> tuple[Tensor, Tensor]:
        """Mean probabilities and predictive entropy over Monte-Carlo samples of the dropout.

        Args:
            image: (B, 1, …), prepared.
            samples: How many; 1 without dropout.

        Returns:
            (B, 1 + bones, …) and (B, 1, …); the entropy as a share of its maximum.
        """
        shallow = self._shallow(image)
        if samples == 1:
            mean = torch.softmax(self._deep(*shallow), dim=1)
        else:
            with _dropout_on(self):
                mean = torch.softmax(self._deep(*shallow), dim=1)
                for _ in range(samples - 1):
                    mean += torch.softmax(self._deep(*shallow), dim=1)
            mean /= samples
        entropy = -(mean * mean.clamp_min(1e-12).log()).sum(dim=1, keepdim=True)
        return mean, entropy / torch.log(torch.tensor(float(mean.shape[1])))

    def _shallow(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        first = self.unet.conv_0(image)
        second = self.unet.down_1(first)
        return first, second, self.unet.down_2(second)

    def _deep(self, first: Tensor, second: Tensor, third: Tensor) -> Tensor:
        fourth = self.unet.down_3(third)
        up = self.unet.upcat_4(self.unet.down_4(fourth), fourth)
        up = self.unet.upcat_2(self.unet.upcat_3(up, third), second)
        logits: Tensor = self.unet.final_conv(self.unet.upcat_1(up, first))
        return logits


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
