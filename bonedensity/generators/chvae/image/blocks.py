"""Small parts of encoder and decoder."""

from __future__ import annotations

from torch import Tensor, nn

SLOPE_LEFT = 0.1
"""Of every LeakyReLU."""


def convolution(inside: int, outside: int) -> list[nn.Module]:
    """3 x 3, batch normalisation, LeakyReLU."""
    return [
        nn.Conv2d(inside, outside, 3, padding=1, bias=False),
        nn.BatchNorm2d(outside),
        nn.LeakyReLU(SLOPE_LEFT, inplace=True),
    ]


def dense(inside: int, hidden: int, outside: int) -> nn.Sequential:
    """Two layers with LeakyReLU between them."""
    return nn.Sequential(nn.Linear(inside, hidden), nn.LeakyReLU(SLOPE_LEFT), nn.Linear(hidden, outside))


class Residual(nn.Module):
    """Two 3 x 3 convolutions beside the identity, which is all that they are at first.

    Args:
        width: Channels.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        last = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(last.weight)
        assert last.bias is not None
        nn.init.zeros_(last.bias)
        self.body = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.LeakyReLU(SLOPE_LEFT), last)

    def forward(self, x: Tensor) -> Tensor:
        """(B, width, rows, columns), the same."""
        changed: Tensor = x + self.body(x)
        return changed


class Encoder(nn.Module):
    """Scales of 3 x 3 convolutions, each ended by a 4 x 4 convolution of stride 2.

    Args:
        widths: Channels of each scale.
        convolutions: 3 x 3 convolutions a scale.
    """

    def __init__(self, widths: tuple[int, ...], convolutions: int) -> None:
        super().__init__()
        scales, before = [], 1
        for width in widths:
            layers: list[nn.Module] = []
            for _ in range(convolutions):
                layers += convolution(before, width)
                before = width
            layers += [
                nn.Conv2d(before, width, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.LeakyReLU(SLOPE_LEFT, inplace=True),
            ]
            scales.append(nn.Sequential(*layers))
            before = width
        self.scales = nn.ModuleList(scales)

    def forward(self, image: Tensor) -> list[Tensor]:
        """(B, 1, P, P) to the features of each scale, finest first."""
        features = []
        for scale in self.scales:
            image = scale(image)
            features.append(image)
        return features


class UpScale(nn.Module):
    """Convolutions, twice as many pixels by repetition, and a residual block.

    Args:
        inside: Channels before.
        outside: Channels after.
        convolutions: 3 x 3 convolutions before.
    """

    def __init__(self, inside: int, outside: int, convolutions: int) -> None:
        super().__init__()
        before: list[nn.Module] = []
        for _ in range(convolutions):
            before += convolution(inside, inside)
        self.body = nn.Sequential(
            *before, nn.Upsample(scale_factor=2.0, mode="nearest"), *convolution(inside, outside), Residual(outside)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, inside, r, r) to (B, outside, 2r, 2r)."""
        wider: Tensor = self.body(x)
        return wider
