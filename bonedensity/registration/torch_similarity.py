"""Gradient correlation of many DRRs at once in torch, differentiable; the same number as `GradientCorrelation`."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from bonedensity.registration.similarity.base import CANCELLED_SHARE
from bonedensity.registration.similarity.gradient_correlation import GradientCorrelation

SMALLEST_VARIANCE = 1e-30
"""Keeps the root of a flat image's variance, and its derivative, finite."""


class TorchGradientCorrelation(GradientCorrelation):
    """What a radiograph needs to be compared with tensors; arguments and refusals of `GradientCorrelation`."""

    def of_tensor(self, moving: Tensor) -> Tensor:
        """Similarities of DRRs.

        Args:
            moving: (B, rows, columns) float32.

        Returns:
            (B,) in [-1, 1]; -1, with no slope, where the DRR is flat.
        """
        fixed = torch.from_numpy(self._fixed).to(moving.device)
        inside = torch.from_numpy(self._inside).to(moving.device)
        grey = _along(_along(moving, self._weights, 1), self._weights, 2)
        total = torch.zeros_like(moving[:, 0, 0])
        edges = torch.zeros_like(total, dtype=torch.bool)
        for part, gradient in zip(fixed, _gradients(grey), strict=True):
            mean = (gradient * inside).sum(dim=(1, 2), keepdim=True) / self._pixels
            centred = (gradient - mean) * inside
            variance = centred.square().sum(dim=(1, 2))
            has_edges = variance > CANCELLED_SHARE * (gradient * inside).square().sum(dim=(1, 2))
            share = (part * centred).sum(dim=(1, 2)) / variance.clamp(min=SMALLEST_VARIANCE).sqrt()
            total = total + torch.where(has_edges, share, torch.zeros_like(share))
            edges |= has_edges
        return torch.where(edges, total / self._components, torch.full_like(total, -1.0))


def _gradients(grey: Tensor) -> tuple[Tensor, Tensor]:
    """Central differences to the right and down, zero on the rim; each (B, rows, columns)."""
    right = grey[:, 1:-1, 2:] - grey[:, 1:-1, :-2]
    down = grey[:, 2:, 1:-1] - grey[:, :-2, 1:-1]
    return torch.nn.functional.pad(right, (1, 1, 1, 1)), torch.nn.functional.pad(down, (1, 1, 1, 1))


def _along(images: Tensor, weights: np.ndarray, axis: int) -> Tensor:
    """Smoothed along one axis, edges mirrored with the edge pixel repeated, as `similarity.smoothing`."""
    reach, size = len(weights) - 1, images.shape[axis]
    if reach == 0:
        return images
    mirrored = torch.from_numpy(np.pad(np.arange(size), reach, mode="symmetric")).to(images.device)
    lines = images.index_select(axis, mirrored)
    total = float(weights[0]) * lines.narrow(axis, reach, size)
    for k in range(1, reach + 1):
        both = lines.narrow(axis, reach - k, size) + lines.narrow(axis, reach + k, size)
        total = total + float(weights[k]) * both
    return total
