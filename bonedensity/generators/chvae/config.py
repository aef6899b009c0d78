"""CHVAE's sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from bonedensity.errors import ModelError

SizeName = Literal["tiny", "small", "paper", "deep"]

FrameName = Literal["image", "spine"]
FRAMES: tuple[FrameName, ...] = get_args(FrameName)

MORPHOMETRY = ("l1_l4_width", "l1_l4_height", "l1_l4_area")
"""What the published image mechanism sees of a person, and nothing else."""

WITH_AGE = (*MORPHOMETRY, "age", "sex")
"""Ours: the image may know age and sex too, since bone loses mineral with age at unchanged size."""


@dataclass(frozen=True, slots=True)
class ChvaeConfig:
    """One size.

    Attributes:
        pixels: Rows and columns of the images that the network sees.
        context: Attributes that the image depends on directly.
        encoder: Channels of each scale, each half as fine as the one before.
        decoder: Channels from the coarsest scale, with pixels / 2^(len - 1) rows, to the finest.
        convolutions: 3 x 3 convolutions a scale before the change of scale.
        z2: Numbers of the upper latent; 0 leaves it out: a plain ("shallow") variational autoencoder.
        z1: Numbers of the lower latent, from which the image is made.
        hidden: Units between the two.
        scale_cap: Largest scale of the Laplace likelihood (share of the grey range).
        ladder: Channels of the latent map at each of the coarsest scales of the decoder, in place of z1 and z2: the
            deep hierarchy of Ribeiro et al. 2023. Empty for the published two levels.
        frame: What the network sees: "image", the image as it lies, as published; or "spine", the image moved so that
            the corners of L1 to L4 lie where they lie in all others (`alignment`).
    """

    pixels: int
    context: tuple[str, ...]
    encoder: tuple[int, ...]
    decoder: tuple[int, ...]
    convolutions: int
    z2: int
    z1: int
    hidden: int
    scale_cap: float = 0.05
    ladder: tuple[int, ...] = ()
    frame: FrameName = "image"


SIZES: dict[SizeName, ChvaeConfig] = {
    "tiny": ChvaeConfig(64, WITH_AGE, (8, 16, 32, 32), (32, 32, 16, 8), 1, 16, 32, 64, frame="spine"),
    "small": ChvaeConfig(
        192, WITH_AGE, (8, 16, 24, 32, 64), (64, 48, 32, 16, 8), 1, 32, 64, 128, frame="spine"
    ),
    "paper": ChvaeConfig(192, MORPHOMETRY, (16, 24, 32, 64, 128), (128, 64, 32, 24, 16), 2, 50, 100, 256),
    "deep": ChvaeConfig(
        192, WITH_AGE, (16, 32, 64, 96), (96, 64, 32, 24, 16), 1, 1, 1, 1, ladder=(16, 16, 16, 8)
    ),
}  # fmt: skip
"""tiny: for tests. small: to be shipped, for a processor. paper: as published. deep: latent maps at four scales."""

_LISTS = ("context", "encoder", "decoder", "ladder")
_LARGEST = {"pixels": 512, "convolutions": 8, "z1": 4096, "z2": 4096, "hidden": 4096}


def config_of(values: Mapping[str, Any]) -> ChvaeConfig:
    """A configuration from a card's plain values.

    Raises:
        ModelError: A value is missing, unknown or none that a network can have.
    """
    if set(values) != (names := {each.name for each in fields(ChvaeConfig)}):
        raise ModelError(f"The card describes no CHVAE: {', '.join(sorted(set(values) ^ names))} is not as expected.")
    try:
        config = ChvaeConfig(**{**values, **{name: tuple(values[name]) for name in _LISTS}})
        check_config(config)
    except TypeError as error:
        raise ModelError(f"The card describes no CHVAE: {error}.") from None
    return config


def check_config(config: ChvaeConfig) -> None:
    """Refuse a configuration that no network can have.

    Raises:
        ModelError: Which value cannot be.
    """
    wrong = [name for name, most in _LARGEST.items() if not (name != "z2") <= getattr(config, name) <= most]
    for name in ("encoder", "decoder", "ladder"):
        widths = getattr(config, name)
        if len(widths) > 8 or not all(isinstance(width, int) and 1 <= width <= 1024 for width in widths):
            wrong.append(name)
    finest = 1 << max(len(config.encoder), len(config.decoder) - 1)
    if not wrong and (len(config.decoder) < 2 or not config.encoder or config.pixels % finest):
        wrong.append("pixels")
    if not config.context or not 0 < config.scale_cap <= 1 or len(config.ladder) > len(config.decoder):
        wrong.append("context, scale_cap or ladder")
    if config.frame not in FRAMES:
        wrong.append("frame")
    if wrong:
        raise ModelError(f"A CHVAE with these values cannot be: check {', '.join(wrong)}.")
