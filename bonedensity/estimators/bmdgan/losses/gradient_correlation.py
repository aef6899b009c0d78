"""Gradient correlation of image pairs: the number that registration uses, of whole batches and with a slope."""

from __future__ import annotations

import torch
from torch import Tensor

LEAST_VARIANCE = 1e-8
"""Sum of squared gradients under which an image is flat; also keeps the slope finite."""


def gradient_correlation(moving: Tensor, fixed: Tensor, *, strongest_edges: float = 100.0) -> Tensor:
    """Mean of the correlations of both gradient components (Penney 1998; the paper's equations 5 and 6).

    With `strongest_edges` 99 it is `bonedensity.registration`'s `GradientCorrelation` without smoothing. Here, edges of
    the truth are left as they are by default: it is a projection of bone, without metal or markers.

    Args:
        moving: (B, 1, H, W), which has a slope.
        fixed: (B, 1, H, W), the truth.
        strongest_edges: Percentile at which the truth's gradients are limited.

    Returns:
        (B,) in [-1, 1]; a component in which the truth has no edge is left out, and 1 where it has none at all: there
        is nothing to agree with.
    """
    found, truth = _gradients(moving.float()), _limited(_gradients(fixed.float()), strongest_edges)
    found, truth = (part - part.mean(dim=-1, keepdim=True) for part in (found, truth))
    energy, own = truth.square().sum(dim=-1), found.square().sum(dim=-1)
    present = (energy > LEAST_VARIANCE).to(energy.dtype)
    shared = (found * truth).sum(dim=-1)
    each = shared / (energy.clamp_min(LEAST_VARIANCE) * own.clamp_min(LEAST_VARIANCE)).sqrt()
    count = present.sum(dim=1)
    mean = (each * present).sum(dim=1) / count.clamp_min(1)
    return torch.where(count > 0, mean, torch.ones_like(mean))


def gradient_correlation_loss(moving: Tensor, fixed: Tensor) -> Tensor:
    """1 - mean gradient correlation.

    The paper's equation 7 adds the correlation to the loss as it stands; minimising that would push edges apart.
    """
    return 1 - gradient_correlation(moving, fixed).mean()


def _gradients(images: Tensor) -> Tensor:
    """Central differences to the right and down, without the rim: (B, 2, pixels)."""
    right = images[:, 0, 1:-1, 2:] - images[:, 0, 1:-1, :-2]
    down = images[:, 0, 2:, 1:-1] - images[:, 0, :-2, 1:-1]
    return torch.stack([right.flatten(1), down.flatten(1)], dim=1)


def _limited(gradients: Tensor, percentile: float) -> Tensor:
    if percentile >= 100:
        return gradients
    limits = torch.quantile(gradients.abs(), percentile / 100, dim=-1, keepdim=True)
    return torch.where(limits > 0, gradients.clamp(-limits, limits), gradients)
