"""Densities averaged over views of one image: turned, sheared, shifted and scaled a little, as in training.

A density does not depend on where in the image the hip lies, but a network's answer does a little.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from bonedensity.estimators.bmdgan.data.augment import Augmentation, moved, random_affine

VIEWS = 12
"""The image itself among them. On calibration people half as many differ by a twentieth more between postures."""

CHANGES = Augmentation(8.0, 3.0, 0.06, 0.08, 0.0, 0.0, flips=False)
"""Within those of the training, and nothing but geometry."""

TOGETHER = 12
"""Images that go through the network at once: what it makes of more leaves a processor's cache."""


def over_views(regressor: nn.Module, radiograph: Tensor) -> Tensor:
    """Mean answer over the same views of every image.

    Args:
        regressor: (B, 1, rows, columns) to (B, outputs).
        radiograph: (B, 1, rows, columns) in [-1, 1].
    """
    rng = np.random.default_rng(0)
    others = [moved(radiograph[:, 0], random_affine(CHANGES, rng))[:, None] for _ in range(VIEWS - 1)]
    answers = torch.cat([regressor(part) for part in torch.cat([radiograph, *others]).split(TOGETHER)])
    return answers.unflatten(0, (VIEWS, len(radiograph))).mean(dim=0)
