"""DAFormer (Hoyer et al., CVPR 2022): SegFormer's encoder and a fusion of its four levels that sees context."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, scaled_dot_product_attention

from bonedensity.estimators.bmdgan.config import BmdganConfig
from bonedensity.estimators.bmdgan.networks.parts import DropPath, conv_norm, group_norm, image_of, tokens_of

REDUCTIONS = (8, 4, 2, 1)
"""By how much keys and values are coarser than queries, along each side, in each stage."""

DILATIONS = (1, 6, 12, 18)
"""Of the fusion's parallel convolutions."""

EXPANSION = 4
"""Of the feed-forward step."""


class DAFormerBackbone(nn.Module):
    """A backbone of the paper's ablation; reads channels, heads, modules, blocks, drop path and hidden.

    Stages are `blocks` times 1 and the three modules deep.

    Args:
        config: Size.

    Attributes:
        widths: Channels of its one map.
    """

    def __init__(self, config: BmdganConfig) -> None:
        super().__init__()
        depths = [config.blocks * count for count in (1, *config.modules)]
        shares = torch.linspace(0, config.drop_path, sum(depths)).tolist()
        into = (1, *config.channels[:3])
        self.embed = nn.ModuleList(
            nn.Conv2d(a, b, 7 if n == 0 else 3, 4 if n == 0 else 2, 3 if n == 0 else 1)
            for n, (a, b) in enumerate(zip(into, config.channels, strict=True))
        )
        self.stages = nn.ModuleList()
        for channels, heads, depth, reduction in zip(config.channels, config.heads, depths, REDUCTIONS, strict=True):
            blocks = [MixBlock(channels, heads, reduction, shares.pop(0)) for _ in range(depth)]
            self.stages.append(nn.ModuleList([nn.LayerNorm(channels), *blocks, nn.LayerNorm(channels)]))
        width = config.hidden // 2
        self.narrow = nn.ModuleList(nn.Conv2d(channels, width, 1) for channels in config.channels)
        self.contexts = nn.ModuleList(_context(4 * width, width, dilation) for dilation in DILATIONS)
        self.fuse = conv_norm(len(DILATIONS) * width, width, 3, relu=True)
        self.widths = (width,)

    def forward(self, image: Tensor) -> list[Tensor]:
        """(B, 1, H, W) to one map at 1/4."""
        maps = []
        for embed, stage in zip(self.embed, self.stages, strict=True):
            image = embed(image)
            rows, columns = image.shape[-2:]
            first, *blocks, last = stage.children()
            tokens = first(tokens_of(image))
            for block in blocks:
                tokens = block(tokens, rows, columns)
            image = image_of(last(tokens), rows, columns)
            maps.append(image)
        return [self._fused(maps)]

    def _fused(self, maps: list[Tensor]) -> Tensor:
        size = maps[0].shape[-2:]
        narrowed = [narrow(each) for narrow, each in zip(self.narrow, maps, strict=True)]
        alike = [interpolate(each, size=size, mode="bilinear", align_corners=False) for each in narrowed]
        stacked = torch.cat(alike, dim=1)
        fused: Tensor = self.fuse(torch.cat([context(stacked) for context in self.contexts], dim=1))
        return fused


class MixBlock(nn.Module):
    """Attention with coarser keys and values, then a feed-forward step with a depth-wise convolution inside.

    Args:
        channels: In and out.
        heads: Of attention.
        reduction: By how much keys and values are coarser along each side.
        drop_path: Share of images for which a branch is left out in training.
    """

    def __init__(self, channels: int, heads: int, reduction: int, drop_path: float) -> None:
        super().__init__()
        inner = EXPANSION * channels
        self.heads = heads
        self.before_attention, self.before_mix = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.query, self.key_value = nn.Linear(channels, channels), nn.Linear(channels, 2 * channels)
        self.reduce: nn.Module = nn.Identity()
        if reduction > 1:
            self.reduce = nn.Conv2d(channels, channels, reduction, reduction)
        self.reduced = nn.LayerNorm(channels)
        self.out = nn.Linear(channels, channels)
        self.widen, self.mix = nn.Linear(channels, inner), nn.Conv2d(inner, inner, 3, padding=1, groups=inner)
        self.narrow = nn.Linear(inner, channels)
        self.drop = DropPath(drop_path)

    def forward(self, tokens: Tensor, rows: int, columns: int) -> Tensor:
        """(B, rows columns, channels) to the same."""
        tokens = tokens + self.drop(self._attended(self.before_attention(tokens), rows, columns))
        wide = image_of(self.widen(self.before_mix(tokens)), rows, columns)
        return tokens + self.drop(self.narrow(nn.functional.gelu(tokens_of(self.mix(wide)))))

    def _attended(self, tokens: Tensor, rows: int, columns: int) -> Tensor:
        fewer = self.reduced(tokens_of(self.reduce(image_of(tokens, rows, columns))))
        key, value = self._split(self.key_value(fewer)).chunk(2, dim=1)
        mixed = scaled_dot_product_attention(self._split(self.query(tokens)), key, value)
        out: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return out

    def _split(self, tokens: Tensor) -> Tensor:
        """(B, N, k channels) to (B, k heads, N, channels / heads)."""
        width = self.query.in_features // self.heads
        return tokens.unflatten(-1, (-1, width)).transpose(1, 2)


def _context(channels: int, out: int, dilation: int) -> nn.Module:
    """A dilated convolution, depth-wise and then 1x1; the first is 1x1 alone, as in DeepLab."""
    if dilation == 1:
        return conv_norm(channels, out, relu=True)
    apart = nn.Conv2d(channels, channels, 3, 1, dilation, dilation, groups=channels, bias=False)
    return nn.Sequential(apart, group_norm(channels), nn.ReLU(), conv_norm(channels, out, relu=True))
