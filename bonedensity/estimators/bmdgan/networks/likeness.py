"""How far an image's features are from those of the training images, by Mahalanobis' distance."""

from __future__ import annotations

import torch
from torch import Tensor, nn

AXES = 12
"""Principal directions in which the spread is told; along all others it is taken to be the same (Tipping 1999)."""

LEAST_SPREAD = 0.1
"""Along any direction of standardised features: few training images hardly vary in most of them."""

LEAST_SHARE = 0.01
"""Least standard deviation of a feature as a share of its mean: weights are kept in half precision, and what is below
that must not look like a difference."""


class Likeness(nn.Module):
    """A normal distribution of features pooled over the image, with principal axes; fitted, not trained.

    Args:
        channels: Of the features.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        count = 2 * channels
        axes = min(AXES, count)
        self.register_buffer("mean", torch.zeros(count))
        self.register_buffer("scale", torch.ones(count))
        self.register_buffer("axes", torch.zeros(axes, count))
        self.register_buffer("spread", torch.ones(axes))
        self.register_buffer("rest", torch.ones(()))

    @staticmethod
    def pooled(features: Tensor) -> Tensor:
        """Mean and standard deviation over the image, (B, 2 channels), of features (B, channels, H, W)."""
        flat = features.float().flatten(2)
        return torch.cat([flat.mean(dim=2), flat.std(dim=2)], dim=1)

    def fit(self, pooled: Tensor) -> None:
        """Take the distribution of pooled features (n, 2 channels), n at least 2."""
        count, width = pooled.shape
        mean = pooled.mean(dim=0)
        scale = torch.maximum(pooled.std(dim=0), LEAST_SHARE * mean.abs()).clamp_min(1e-4)
        _, singular, axes = torch.linalg.svd((pooled - mean) / scale, full_matrices=False)
        variance = singular.square() / (count - 1)
        kept = min(len(self.get_buffer("axes")), count - 1)
        left = width - kept
        rest = (variance[kept:].sum() / left if left else variance.new_zeros(())).sqrt().clamp_min(LEAST_SPREAD)
        self.get_buffer("mean").copy_(mean)
        self.get_buffer("scale").copy_(scale)
        self.get_buffer("axes").zero_()[:kept] = axes[:kept]
        self.get_buffer("spread").fill_(1.0)[:kept] = variance[:kept].sqrt().clamp_min(LEAST_SPREAD)
        self.get_buffer("rest").copy_(rest)

    def forward(self, features: Tensor) -> Tensor:
        """Distances (B,), about 1 for images like those of the training."""
        centred = (self.pooled(features) - self.get_buffer("mean")) / self.get_buffer("scale")
        along = centred @ self.get_buffer("axes").T
        beside = centred - along @ self.get_buffer("axes")
        squares = (along / self.get_buffer("spread")).square().sum(dim=1)
        squares = squares + (beside / self.get_buffer("rest")).square().sum(dim=1)
        return (squares / centred.shape[1]).sqrt()
