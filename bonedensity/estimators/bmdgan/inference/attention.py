"""What the regression looked at: gradient times activation of the encoder's features (after Selvaraju 2017)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from bonedensity.estimators.bmdgan.networks.model import Regressor


def attention_map(regressor: Regressor, radiograph: Tensor, output: int = 0) -> Tensor:
    """How much each place moves one density.

    Args:
        regressor: Which.
        radiograph: (1, 1, rows, columns) in [-1, 1].
        output: Place of the density among the head's.

    Returns:
        (rows, columns) from 0 to 1; all 0 where nothing moves it.
    """
    with torch.no_grad():
        features = regressor.encoder(radiograph)
    features = features.clone().requires_grad_(True)
    with torch.enable_grad():
        number = regressor.head(features)[0, output]
        (slope,) = torch.autograd.grad(number, features)
    weight = (slope * features).sum(dim=1, keepdim=True).abs().detach()
    whole = interpolate(weight, size=radiograph.shape[-2:], mode="bilinear", align_corners=False)[0, 0]
    top = whole.max()
    return whole / top if float(top) > 0 else torch.zeros_like(whole)
