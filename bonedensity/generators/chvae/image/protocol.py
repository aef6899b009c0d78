"""What every image mechanism can do."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from torch import Tensor, nn

from bonedensity.generators.chvae.config import ChvaeConfig
from bonedensity.generators.chvae.image.distributions import LaplacePixels


class Abduction(NamedTuple):
    """What of images is not explained by attributes.

    Attributes:
        latents: (B, …) each.
        divergence: From the prior (nats), (B,).
    """

    latents: tuple[Tensor, ...]
    divergence: Tensor


class ImageModel(Protocol):
    """An image mechanism; images are (B, 1, P, P) in [0, 1], contexts (B, attributes) on the causal model's scale."""

    config: ChvaeConfig
    pixels: LaplacePixels

    def abduct(self, image: Tensor, context: Tensor, *, random: bool) -> Abduction:
        """Latents of images under their context: samples of the posterior, or its means where not `random`."""

    def decode(self, latents: tuple[Tensor, ...], context: Tensor) -> Tensor:
        """Mean images of latents under a context."""

    def identity(self, latents: tuple[Tensor, ...]) -> Tensor:
        """Numbers that tell one person's image from another's (B, features)."""

    def encoder_parameters(self) -> list[nn.Parameter]:
        """Parameters that learn at the encoder's rate."""
