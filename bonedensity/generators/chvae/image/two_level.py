"""The published image mechanism: z2 → z1 → image, under a context of attributes."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from bonedensity.generators.chvae.config import ChvaeConfig
from bonedensity.generators.chvae.image.blocks import SLOPE_LEFT, Encoder, UpScale, dense
from bonedensity.generators.chvae.image.distributions import (
    LaplacePixels,
    Normal,
    divergence,
    normal_of,
    standard_like,
)
from bonedensity.generators.chvae.image.protocol import Abduction


class TwoLevelVae(nn.Module):
    """q(z2|x,c), q(z1|x,c,z2), p(z2) standard normal, p(z1|z2), and an image from z1 and c.

    A counterfactual keeps z1 as it was abducted and alters c alone.

    Args:
        config: Its size.
    """

    def __init__(self, config: ChvaeConfig) -> None:
        super().__init__()
        self.config = config
        seen = len(config.context)
        coarse = config.pixels >> len(config.encoder)
        self.encoder = Encoder(config.encoder, config.convolutions)
        self.gather = nn.Sequential(
            nn.Flatten(),
            nn.Linear(config.encoder[-1] * coarse**2, config.z1, bias=False),
            nn.BatchNorm1d(config.z1),
            nn.LeakyReLU(SLOPE_LEFT),
        )
        self.upper_posterior = nn.Linear(config.z1 + seen, 2 * config.z2)
        self.lower_posterior = dense(config.z1 + seen + config.z2, config.hidden, 2 * config.z1)
        self.lower_prior = dense(config.z2, config.hidden, 2 * config.z1)
        self.start = config.pixels >> (len(config.decoder) - 1)
        first = config.decoder[0]
        self.spread = nn.Linear(config.z1 + seen, first * self.start**2, bias=False)
        self.spread_norm = nn.Sequential(nn.BatchNorm2d(first), nn.LeakyReLU(SLOPE_LEFT))
        self.scales = nn.Sequential(*(UpScale(a, b, config.convolutions) for a, b in pairwise(config.decoder)))
        self.last = nn.Conv2d(config.decoder[-1], 1, 1)
        self.pixels = LaplacePixels(config.scale_cap)

    def abduct(self, image: Tensor, context: Tensor, *, random: bool) -> Abduction:
        """Latents of images; see `ImageModel`."""
        upper, seen = self._upper(image, context)
        z2 = upper.sample(random)
        lower = normal_of(self.lower_posterior(torch.cat([seen, z2], dim=1)))
        apart = divergence(lower, normal_of(self.lower_prior(z2))) + divergence(upper, standard_like(upper))
        return Abduction((lower.sample(random), z2), apart)

    def decode(self, latents: tuple[Tensor, ...], context: Tensor) -> Tensor:
        """Mean images; see `ImageModel`."""
        flat = self.spread(torch.cat([latents[0], context], dim=1))
        first = flat.view(len(flat), -1, self.start, self.start)
        return torch.sigmoid(self.last(self.scales(self.spread_norm(first))))

    def identity(self, latents: tuple[Tensor, ...]) -> Tensor:
        """Numbers that tell one person's image from another's (B, features)."""
        return latents[0]

    def encoder_parameters(self) -> list[nn.Parameter]:
        """Of the trunk, which learns quicker than the rest."""
        return [*self.encoder.parameters(), *self.gather.parameters()]

    def _upper(self, image: Tensor, context: Tensor) -> tuple[Normal, Tensor]:
        seen = torch.cat([self.gather(self.encoder(image)[-1]), context], dim=1)
        return normal_of(self.upper_posterior(seen)), seen
