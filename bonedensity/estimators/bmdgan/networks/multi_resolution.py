"""Four resolutions side by side that exchange what they see: the frame of HRNet and HRFormer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from bonedensity.estimators.bmdgan.config import BmdganConfig
from bonedensity.estimators.bmdgan.networks.parts import Bottleneck, conv_norm

FIRST_WIDTH = 64
"""Of the first stage's bottlenecks where the stem is 64 wide; in proportion else."""

MakeBranch = Callable[[int, Sequence[float]], nn.Module]
"""Blocks of one resolution (0 is the finest) with their drop-path shares."""

MakeDown = Callable[[int, int, int], nn.Module]
"""From channels to channels over so many halvings."""


class MultiResolution(nn.Module):
    """Stem to 1/4, bottlenecks, then stages with two, three and four resolutions.

    Args:
        config: Stem, bottlenecks, channels, modules, blocks, drop path.
        make_branch: Blocks of one resolution.
        make_down: How a finer resolution reaches a coarser one.

    Attributes:
        widths: Channels of the four maps it gives.
    """

    def __init__(self, config: BmdganConfig, make_branch: MakeBranch, make_down: MakeDown) -> None:
        super().__init__()
        self.widths = config.channels
        self.stem = nn.Sequential(
            conv_norm(1, config.stem, 3, 2, relu=True), conv_norm(config.stem, config.stem, 3, 2, relu=True)
        )
        width = FIRST_WIDTH * config.stem // 64
        blocks = [Bottleneck(config.stem if n == 0 else 4 * width, width) for n in range(config.bottlenecks)]
        self.first = nn.Sequential(*blocks)
        self.enter = conv_norm(4 * width, config.channels[0], 3, relu=True)
        before = (4 * width, *config.channels[1:3])
        self.descend = nn.ModuleList(
            conv_norm(a, b, 3, 2, relu=True) for a, b in zip(before, config.channels[1:], strict=True)
        )
        self.stages = nn.ModuleList(_stages(config, make_branch, make_down))

    def forward(self, image: Tensor) -> list[Tensor]:
        """(B, 1, H, W) to maps at 1/4, 1/8, 1/16 and 1/32."""
        coarsest = self.first(self.stem(image))
        maps = [self.enter(coarsest)]
        for descend, stage in zip(self.descend, self.stages, strict=True):
            maps = stage([*maps, descend(coarsest)])
            coarsest = maps[-1]
        return maps


class Exchange(nn.Module):
    """Blocks on each resolution, then each receives the sum of all.

    Args:
        channels: Of the resolutions, finest first.
        branches: Their blocks.
        make_down: From finer to coarser.
    """

    def __init__(self, channels: Sequence[int], branches: Sequence[nn.Module], make_down: MakeDown) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)
        self.paths = nn.ModuleList(
            nn.ModuleList(_path(channels, source, target, make_down) for source in range(len(channels)))
            for target in range(len(channels))
        )

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        """Maps of every resolution to as many."""
        seen = [branch(each) for branch, each in zip(self.branches, maps, strict=True)]
        return [self._gathered(row, seen, like) for row, like in zip(self.paths, seen, strict=True)]

    @staticmethod
    def _gathered(row: nn.Module, seen: list[Tensor], like: Tensor) -> Tensor:
        total = torch.zeros_like(like)
        for path, each in zip(row.children(), seen, strict=True):
            part = path(each)
            if part.shape[-2:] != like.shape[-2:]:
                part = interpolate(part, size=like.shape[-2:], mode="bilinear", align_corners=False)
            total = total + part
        return torch.relu(total)


def _stages(config: BmdganConfig, make_branch: MakeBranch, make_down: MakeDown) -> list[nn.Sequential]:
    """Drop path grows from zero to its highest along the whole depth."""
    depth = sum(config.modules) * config.blocks
    shares = [config.drop_path * n / max(depth - 1, 1) for n in range(depth)]
    stages, done = [], 0
    for resolutions, count in zip((2, 3, 4), config.modules, strict=True):
        modules = []
        for _ in range(count):
            here = shares[done : done + config.blocks]
            branches = [make_branch(level, here) for level in range(resolutions)]
            modules.append(Exchange(config.channels[:resolutions], branches, make_down))
            done += config.blocks
        stages.append(nn.Sequential(*modules))
    return stages


def _path(channels: Sequence[int], source: int, target: int, make_down: MakeDown) -> nn.Module:
    """Coarser maps are narrowed here and interpolated by the exchange."""
    if source == target:
        return nn.Identity()
    if source > target:
        return conv_norm(channels[source], channels[target])
    return make_down(channels[source], channels[target], target - source)
