"""How bright the bodies of L1 to L4 are in the spine's frame, where they lie at the same place in everybody."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from bonedensity.generators.chvae.alignment.sampling import pixel_shares
from bonedensity.generators.chvae.alignment.spine_frame import frame_corners
from bonedensity.generators.chvae.morphometry.corners import SHAPE

DARKEST = 1e-3
"""Mean grey below which none is told from another."""


def log_body_grey(views: Tensor) -> Tensor:
    """Logarithm of the mean grey within the four bodies (B,) of views (B, 1, P, P) in [0, 1]."""
    inside = _inside(views.shape[-1]).to(views.device)
    return torch.log((views[:, 0] * inside).sum((1, 2)).div(inside.sum()).clamp_min(DARKEST))


@lru_cache(maxsize=4)
def _inside(pixels: int) -> Tensor:
    """1 within a body (pixels, pixels)."""
    at = pixel_shares(pixels, pixels)
    bodies = frame_corners().reshape(SHAPE)
    within = [((at > body.min(0)) & (at < body.max(0))).all(-1) for body in bodies]
    return torch.from_numpy(sum(within[1:], within[0])).float()
