"""How much answers to several images of one hip differ: in what posture it is shown does not change its density."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

LEAST_VARIANCE = 1e-6
"""Of standardised answers: less counts as none, and keeps the slope of its root finite."""


def unsteadiness(answers: Tensor, hips: Tensor) -> Tensor:
    """Mean over hips of the standard deviation of the answers to their images.

    What RMS-CV measures of a finished model, in a form with a slope. No density needs to be known for it.

    Args:
        answers: (B, targets), standardised.
        hips: (B,) number of each image's hip; one that is shown once says nothing.

    Returns:
        One number; 0 where no hip is shown twice.
    """
    same = (hips[:, None] == hips[None]).to(answers.dtype)
    share = same / same.sum(dim=1, keepdim=True)
    variance = share @ (answers - share @ answers).square()
    spread = variance.clamp_min(LEAST_VARIANCE).sqrt().mean(dim=1)
    repeated = (same.sum(dim=1) > 1) / same.sum(dim=1)  # the images of a hip weigh 1 together
    return (spread * repeated).sum() / repeated.sum().clamp_min(1)


def hip_numbers(hips: Sequence[str]) -> Tensor:
    """(n,) the same whole number for the same hip."""
    return torch.from_numpy(np.unique(np.asarray(hips), return_inverse=True)[1])
