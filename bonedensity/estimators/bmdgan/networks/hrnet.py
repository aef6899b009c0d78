"""HRNetV2 (Wang et al., TPAMI 2021): the multi-resolution frame with convolutions throughout."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from bonedensity.estimators.bmdgan.config import BmdganConfig
from bonedensity.estimators.bmdgan.networks.multi_resolution import MultiResolution
from bonedensity.estimators.bmdgan.networks.parts import BasicBlock, conv_norm


def hrnet(config: BmdganConfig) -> MultiResolution:
    """A backbone of the paper's ablation; reads stem, bottlenecks, channels, modules and blocks."""

    def branch(level: int, shares: Sequence[float]) -> nn.Module:
        return nn.Sequential(*(BasicBlock(config.channels[level]) for _ in shares))

    return MultiResolution(config, branch, _down)


def _down(channels: int, out: int, steps: int) -> nn.Sequential:
    """3x3 convolutions of stride 2; channels change, and the ReLU is left out, in the last."""
    inner = (conv_norm(channels, channels, 3, 2, relu=True) for _ in range(steps - 1))
    return nn.Sequential(*inner, conv_norm(channels, out, 3, 2))
