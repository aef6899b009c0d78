"""Voxels half as wide as the U-Net's, and its doubt in them."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from bonedensity.imaging import Volume
from bonedensity.segmentation.unet.probabilities import on_fine_voxels

LEAST_CHANCE = 0.0025
"""Probability, of bone or of none, below which there is nothing to settle."""

DOUBTFUL_LOGIT = 0.95 * math.log((1 - LEAST_CHANCE) / LEAST_CHANCE)
"""Where the logit is farther from nought the U-Net's answer stays as it is."""


def fine_grid(grid: Volume) -> Volume:
    """The grid of voxels half as wide, eight inside each; its numbers mean nothing."""
    affine = grid.index_to_patient.copy()
    affine[:3, 3] = grid.to_patient([-0.25, -0.25, -0.25])
    affine[:3, :3] /= 2
    return Volume(np.zeros([2 * n for n in grid.array.shape], np.uint8), affine, "1", grid.name)


def fine_logit(chance: Tensor) -> Tensor:
    """Logits of probabilities (B, 1, R, A, S), limited, in the voxels inside each (B, 1, 2R, 2A, 2S)."""
    limited = on_fine_voxels(chance).clamp(LEAST_CHANCE, 1 - LEAST_CHANCE)
    return torch.logit(limited)
