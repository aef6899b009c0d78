"""A deep hierarchy in place of z1 and z2: latent maps at several scales (after Ribeiro et al., ICML 2023).

Two streams run from coarse to fine. One knows latents alone and gives each scale's prior, so latents are exogenous: an
intervention does not touch them. The other sees latents and the context, as constant maps at every scale, and ends in
the image.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from bonedensity.generators.chvae.config import ChvaeConfig
from bonedensity.generators.chvae.image.blocks import Encoder, Residual, UpScale, convolution
from bonedensity.generators.chvae.image.distributions import LaplacePixels, divergence, normal_of
from bonedensity.generators.chvae.image.protocol import Abduction


class LadderVae(nn.Module):
    """Latent maps at the coarsest scales of the decoder.

    Args:
        config: Its size; `ladder` holds channels of the latent at each of the coarsest scales.
    """

    def __init__(self, config: ChvaeConfig) -> None:
        super().__init__()
        self.config = config
        seen, widths = len(config.context), config.decoder
        self.start = config.pixels >> (len(widths) - 1)
        self.first = nn.Parameter(torch.zeros(1, widths[0], self.start, self.start))
        levels = range(len(config.ladder))
        # The encoder's features that are as fine as each level of the decoder, or the nearest there are.
        self.fed = [min(max(len(widths) - 2 - level, 0), len(config.encoder) - 1) for level in levels]
        self.encoder = Encoder(config.encoder[: max(self.fed) + 1], config.convolutions)
        self.posteriors = nn.ModuleList(
            nn.Sequential(
                *convolution(widths[k] + config.encoder[self.fed[k]] + seen, widths[k]),
                nn.Conv2d(widths[k], 2 * config.ladder[k], 1),
            )
            for k in levels
        )
        self.priors = nn.ModuleList(
            nn.Sequential(Residual(widths[k]), nn.Conv2d(widths[k], 2 * config.ladder[k], 1)) for k in levels
        )
        # From the coarsest level on to the one before the finest: nothing follows the last latent in this stream.
        self.taken = nn.ModuleList(nn.Conv2d(config.ladder[k], widths[k], 1) for k in levels[:-1])
        pairs = list(pairwise(widths))
        self.exogenous = nn.ModuleList(UpScale(a, b, 0) for a, b in pairs[: len(config.ladder) - 1])
        self.mixed = nn.ModuleList(
            nn.Sequential(*convolution(w + seen + z, w))
            for w, z in zip(widths, [*config.ladder, *[0] * (len(widths) - len(config.ladder))], strict=True)
        )
        self.scales = nn.ModuleList(UpScale(a, b, config.convolutions) for a, b in pairs)
        self.last = nn.Conv2d(widths[-1], 1, 1)
        self.pixels = LaplacePixels(config.scale_cap)

    def abduct(self, image: Tensor, context: Tensor, *, random: bool) -> Abduction:
        """Latents of images; see `ImageModel`."""
        features = self.encoder(image)
        stream, latents, apart = self.first.expand(len(image), -1, -1, -1), [], image.new_zeros(len(image))
        for level, (posterior, prior) in enumerate(zip(self.posteriors, self.priors, strict=True)):
            fed = functional.adaptive_avg_pool2d(features[self.fed[level]], stream.shape[-1])
            q = normal_of(posterior(torch.cat([stream, fed, _maps(context, stream)], dim=1)))
            apart = apart + divergence(q, normal_of(prior(stream)))
            latents.append(q.sample(random))
            if level < len(self.taken):
                stream = self.exogenous[level](stream + self.taken[level](latents[-1]))
        return Abduction(tuple(latents), apart)

    def decode(self, latents: tuple[Tensor, ...], context: Tensor) -> Tensor:
        """Mean images; see `ImageModel`."""
        x = self.first.expand(len(context), -1, -1, -1)
        for level, mixed in enumerate(self.mixed):
            known = [x, _maps(context, x), *latents[level : level + 1]]
            x = x + mixed(torch.cat(known, dim=1))
            if level < len(self.scales):
                x = self.scales[level](x)
        return torch.sigmoid(self.last(x))

    def identity(self, latents: tuple[Tensor, ...]) -> Tensor:
        """Numbers that tell one person's image from another's (B, features)."""
        return torch.cat([each.flatten(1) for each in latents], dim=1)

    def encoder_parameters(self) -> list[nn.Parameter]:
        """Of the trunk."""
        return list(self.encoder.parameters())


def _maps(context: Tensor, like: Tensor) -> Tensor:
    """Attributes as constant maps (B, attributes, rows, columns)."""
    return context[:, :, None, None].expand(-1, -1, *like.shape[-2:])
