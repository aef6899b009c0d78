"""HRFormer (Yuan et al., NeurIPS 2021): attention in local windows, and a feed-forward step that mixes between them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from bonedensity.estimators.bmdgan.config import BmdganConfig
from bonedensity.estimators.bmdgan.networks.multi_resolution import MultiResolution
from bonedensity.estimators.bmdgan.networks.parts import DropPath, conv_norm, group_norm
from bonedensity.estimators.bmdgan.networks.relative import RelativeAttention

EXPANSION = 4
"""Of the feed-forward step."""


def hrformer(config: BmdganConfig) -> MultiResolution:
    """The backbone that the paper took; reads every field but those of decoder, critics and head."""

    def branch(level: int, shares: Sequence[float]) -> nn.Module:
        channels, heads = config.channels[level], config.heads[level]
        return nn.Sequential(*(HRFormerBlock(channels, heads, config.window, share) for share in shares))

    return MultiResolution(config, branch, _down)


class WindowAttention(nn.Module):
    """Relative attention within windows that tile the image; the padding to whole windows is seen by nobody.

    Args:
        channels: In and out.
        heads: Of attention.
        window: Pixels along each side.
    """

    def __init__(self, channels: int, heads: int, window: int) -> None:
        super().__init__()
        self.window = window
        self.attention = RelativeAttention(channels, heads, window, window)

    def forward(self, image: Tensor) -> Tensor:
        """(B, H, W, C) to the same."""
        rows, columns = image.shape[1:3]
        size = self.window
        above, left = (-rows % size) // 2, (-columns % size) // 2
        below, right = -rows % size - above, -columns % size - left
        padded = nn.functional.pad(image, (0, 0, left, right, above, below))
        absent = None
        if above + below + left + right:
            there = torch.ones((1, rows, columns, 1), dtype=torch.bool, device=image.device)
            absent = ~_windows(nn.functional.pad(there, (0, 0, left, right, above, below)), size)[0, ..., 0]
        mixed = self.attention(_windows(padded, size), absent)
        whole = _unwindowed(mixed, size, padded.shape[1], padded.shape[2])
        return whole[:, above : above + rows, left : left + columns]


class HRFormerBlock(nn.Module):
    """Window attention, then a feed-forward step whose depth-wise convolution carries across window borders.

    Args:
        channels: In and out.
        heads: Of attention.
        window: Pixels along each side of a window.
        drop_path: Share of images for which a branch is left out in training.
    """

    def __init__(self, channels: int, heads: int, window: int, drop_path: float) -> None:
        super().__init__()
        inner = EXPANSION * channels
        self.before_attention, self.before_mix = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.attention = WindowAttention(channels, heads, window)
        self.mix = nn.Sequential(
            *(nn.Conv2d(channels, inner, 1), group_norm(inner), nn.GELU()),
            *(nn.Conv2d(inner, inner, 3, padding=1, groups=inner), group_norm(inner), nn.GELU()),
            *(nn.Conv2d(inner, channels, 1), group_norm(channels), nn.GELU()),
        )
        self.drop = DropPath(drop_path)

    def forward(self, image: Tensor) -> Tensor:
        """(B, C, H, W) to the same."""
        last = image.movedim(1, -1)
        last = last + self.drop(self.attention(self.before_attention(last)))
        mixed = self.mix(self.before_mix(last).movedim(-1, 1))
        return last.movedim(-1, 1) + self.drop(mixed)


def _windows(image: Tensor, size: int) -> Tensor:
    """(B, H, W, C) to (B, windows, size size, C)."""
    split = image.unflatten(1, (-1, size)).unflatten(3, (-1, size))
    return split.transpose(2, 3).flatten(3, 4).flatten(1, 2)


def _unwindowed(windows: Tensor, size: int, rows: int, columns: int) -> Tensor:
    """The reverse, for an image of `rows` x `columns`."""
    split = windows.unflatten(1, (rows // size, columns // size)).unflatten(3, (size, size))
    return split.transpose(2, 3).flatten(3, 4).flatten(1, 2)


def _down(channels: int, out: int, steps: int) -> nn.Sequential:
    """To a resolution 2^steps times coarser: depth-wise 3x3 of stride 2 and 1x1, a ReLU after all but the last."""
    layers: list[nn.Module] = []
    for step in range(steps):
        last = step == steps - 1
        depth_wise = nn.Conv2d(channels, channels, 3, 2, 1, groups=channels, bias=False)
        layers += [depth_wise, group_norm(channels), conv_norm(channels, out if last else channels, relu=not last)]
    return nn.Sequential(*layers)
