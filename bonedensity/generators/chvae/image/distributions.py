"""Normal latents and the Laplace likelihood of pixels."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

LOG_SD = (-8.0, 2.0)
"""Ends of the logarithm of a latent's standard deviation."""

LEAST_SCALE = 1e-6
FIRST_LOG_SCALE = -5.0
"""Of the likelihood, before training."""


class Normal(NamedTuple):
    """Independent normal distributions (B, …)."""

    mean: Tensor
    log_sd: Tensor

    def at(self, noise: Tensor | None) -> Tensor:
        """A sample from standard normal noise; the mean where there is none."""
        return self.mean if noise is None else self.mean + torch.exp(self.log_sd) * noise

    def sample(self, random: bool) -> Tensor:
        """A sample, or the mean."""
        return self.at(torch.randn_like(self.mean) if random else None)


def normal_of(numbers: Tensor) -> Normal:
    """The first half of channels as means, the second as logarithms of standard deviations."""
    mean, log_sd = numbers.chunk(2, dim=1)
    return Normal(mean, log_sd.clamp(*LOG_SD))


def divergence(q: Normal, p: Normal) -> Tensor:
    """Kullback-Leibler divergence of q from p, summed over all but the first axis (B,)."""
    ratio = torch.exp(2 * (q.log_sd - p.log_sd))
    apart = (q.mean - p.mean) ** 2 * torch.exp(-2 * p.log_sd)
    each = p.log_sd - q.log_sd + 0.5 * (ratio + apart - 1)
    return each.flatten(1).sum(1)


def standard_like(q: Normal) -> Normal:
    """The standard normal distribution of the same shape."""
    return Normal(torch.zeros_like(q.mean), torch.zeros_like(q.log_sd))


class LaplacePixels(nn.Module):
    """One learnt scale for all pixels of [0, 1].

    Args:
        cap: Largest scale.
    """

    def __init__(self, cap: float) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(FIRST_LOG_SCALE))
        self._cap = cap

    @property
    def scale(self) -> Tensor:
        """Between LEAST_SCALE and the cap."""
        return torch.exp(self.log_scale).clamp(LEAST_SCALE, self._cap)

    def negative_log(self, image: Tensor, mean: Tensor) -> Tensor:
        """-log p of images, summed over pixels (B,)."""
        scale = self.scale
        return ((image - mean).abs() / scale + torch.log(2 * scale)).flatten(1).sum(1)
