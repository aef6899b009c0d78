"""The image mechanism without its upper latent: what the hierarchy is compared with."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from bonedensity.generators.chvae.config import ChvaeConfig
from bonedensity.generators.chvae.image.blocks import dense
from bonedensity.generators.chvae.image.distributions import divergence, normal_of, standard_like
from bonedensity.generators.chvae.image.protocol import Abduction
from bonedensity.generators.chvae.image.two_level import TwoLevelVae


class ShallowVae(TwoLevelVae):
    """q(z1|x,c) and p(z1) standard normal; encoder and decoder as in the two levels.

    Args:
        config: Its size; `z2` is 0.
    """

    def __init__(self, config: ChvaeConfig) -> None:
        super().__init__(replace(config, z2=1))
        self.config = config
        del self.upper_posterior, self.lower_prior
        self.lower_posterior = dense(config.z1 + len(config.context), config.hidden, 2 * config.z1)

    def abduct(self, image: Tensor, context: Tensor, *, random: bool) -> Abduction:
        """Latents of images; see `ImageModel`."""
        seen = torch.cat([self.gather(self.encoder(image)[-1]), context], dim=1)
        latent = normal_of(self.lower_posterior(seen))
        return Abduction((latent.sample(random),), divergence(latent, standard_like(latent)))
