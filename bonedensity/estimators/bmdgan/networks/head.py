"""The regression head: CoAtNet's two transformer stages (Dai et al., NeurIPS 2021) on the generator's features."""

from __future__ import annotations

from torch import Tensor, nn

from bonedensity.estimators.bmdgan.config import BmdganConfig
from bonedensity.estimators.bmdgan.networks.parts import image_of, tokens_of
from bonedensity.estimators.bmdgan.networks.relative import RelativeAttention

EXPANSION = 4
"""Of the feed-forward step."""

FEATURE_STRIDE = 4
"""Of what the generator's features are to its image."""


class RegressionHead(nn.Module):
    """Numbers from features; each stage halves the resolution.

    Args:
        config: Size of the images, decoder, stages.
        outputs: Numbers for each image.
    """

    def __init__(self, config: BmdganConfig, outputs: int) -> None:
        super().__init__()
        rows, columns = config.rows // FEATURE_STRIDE, config.columns // FEATURE_STRIDE
        channels, blocks = 4 * config.decoder, []
        for depth, width in config.head:
            rows, columns = rows // 2, columns // 2
            for number in range(depth):
                blocks.append(HeadBlock(channels, width, config.head_dim, (rows, columns), halve=number == 0))
                channels = width
        self.blocks = nn.Sequential(*blocks)
        self.norm = nn.LayerNorm(channels)
        self.last = nn.Linear(channels, outputs)

    def forward(self, features: Tensor) -> Tensor:
        """(B, 4 decoder, H/4, W/4) to (B, outputs)."""
        seen = tokens_of(self.blocks(features)).mean(dim=1)
        numbers: Tensor = self.last(self.norm(seen))
        return numbers


class HeadBlock(nn.Module):
    """Attention over the whole map and a feed-forward step, each after its norm.

    Args:
        channels: That come in.
        width: That go out.
        head_dim: Channels of one head.
        size: Rows and columns that go out.
        halve: The first of a stage: both the shortcut and the attention start with a maximum over 2 x 2.
    """

    def __init__(self, channels: int, width: int, head_dim: int, size: tuple[int, int], *, halve: bool) -> None:
        super().__init__()
        self.pool: nn.Module = nn.MaxPool2d(2) if halve else nn.Identity()
        self.shortcut = nn.Conv2d(channels, width, 1) if halve else nn.Identity()
        self.before_attention, self.before_mix = nn.LayerNorm(channels), nn.LayerNorm(width)
        self.attention = RelativeAttention(channels, max(1, width // head_dim), *size, out=width)
        self.mix = nn.Sequential(nn.Linear(width, EXPANSION * width), nn.GELU(), nn.Linear(EXPANSION * width, width))

    def forward(self, image: Tensor) -> Tensor:
        """(B, channels, H, W) to (B, width, H or H/2, W or W/2)."""
        normed = self.before_attention(image.movedim(1, -1)).movedim(-1, 1)
        attended = self.attention(tokens_of(self.pool(normed)))
        shortcut = self.shortcut(self.pool(image))
        tokens = tokens_of(shortcut) + attended
        tokens = tokens + self.mix(self.before_mix(tokens))
        return image_of(tokens, *shortcut.shape[-2:])
