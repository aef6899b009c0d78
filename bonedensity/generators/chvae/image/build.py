"""The image mechanism of a configuration."""

from __future__ import annotations

from bonedensity.generators.chvae.config import ChvaeConfig, check_config
from bonedensity.generators.chvae.image.ladder import LadderVae
from bonedensity.generators.chvae.image.shallow import ShallowVae
from bonedensity.generators.chvae.image.two_level import TwoLevelVae


def build_image_model(config: ChvaeConfig) -> TwoLevelVae | LadderVae:
    """The network, before any training.

    Raises:
        ModelError: A configuration that no network can have.
    """
    check_config(config)
    if config.ladder:
        return LadderVae(config)
    return TwoLevelVae(config) if config.z2 else ShallowVae(config)
