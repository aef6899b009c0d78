"""The whole network that a user's weights fill: decomposition, regression, and what the training images were like."""

from __future__ import annotations

from torch import Tensor, nn

from bonedensity.estimators.bmdgan.config import BmdganConfig
from bonedensity.estimators.bmdgan.networks.generator import Encoder, Generator
from bonedensity.estimators.bmdgan.networks.head import RegressionHead
from bonedensity.estimators.bmdgan.networks.likeness import Likeness
from bonedensity.estimators.bmdgan.networks.views import over_views

OUTPUTS = 2
"""DXA and QCT, in standard deviations from the training people's mean."""


class Regressor(nn.Module):
    """Densities from a radiograph: an encoder, learnt by decomposition or from nothing, and the regression head.

    Args:
        config: Size.
    """

    def __init__(self, config: BmdganConfig) -> None:
        super().__init__()
        self.encoder = Encoder(config)
        self.head = RegressionHead(config, OUTPUTS)

    def forward(self, radiograph: Tensor) -> Tensor:
        """(B, 1, rows, columns) in [-1, 1] to standardised densities (B, 2)."""
        numbers: Tensor = self.head(self.encoder(radiograph))
        return numbers


class BmdganNetwork(nn.Module):
    """Generator of the proximal femur, regressor with an encoder of its own, and likeness of the generator's features.

    Tuning the regressor changes its encoder; the generator keeps the one that its decoder was trained with.

    Args:
        config: Size.
    """

    def __init__(self, config: BmdganConfig) -> None:
        super().__init__()
        self.config = config
        self.generator = Generator(config)
        self.regressor = Regressor(config)
        self.likeness = Likeness(4 * config.decoder)

    def forward(self, radiograph: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of (B, 1, rows, columns) in [-1, 1].

        Returns:
            Projection of the proximal femur, likewise; standardised densities (B, 2), the mean over several views;
            distances from the training images (B,).
        """
        features = self.generator.encoder(radiograph)
        return self.generator.decoder(features), over_views(self.regressor, radiograph), self.likeness(features)
