"""The Bayesian U-Net's sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bonedensity.anatomy.labels import BONES, BY_NAME
from bonedensity.errors import ModelError

SizeName = Literal["tiny", "small", "paper"]

BONE_NAMES = tuple(bone.name for bone in BONES if not bone.name.startswith("rib_") and bone.name != "vertebrae_S1")
"""The bones that are told apart, in this order. S1 belongs to the sacrum here; ribs are not segmented."""


Window = tuple[int, int, int]
"""Voxels along R, A, S."""


@dataclass(frozen=True, slots=True)
class UnetConfig:
    """One size.

    Attributes:
        spacing_mm: Of the voxels that the network sees, and in which it tells bone from the rest. Inside it works, and
            tells one bone from another, in voxels twice as wide.
        stem: Channels of the strided convolution that comes first.
        features: Channels of MONAI's BasicUNet: five levels and the last convolution.
        dropout: Probability, in the deep levels.
        window: Voxels along R, A, S that are seen at once; even, 32 or more, one of them 64 or more.
        samples: Monte-Carlo samples of the dropout.
        low_hu: What becomes 0.
        high_hu: What becomes 1.
        bones: Which are told apart.
    """

    spacing_mm: float
    stem: int
    features: tuple[int, int, int, int, int, int]
    dropout: float
    window: Window
    samples: int
    low_hu: float = -400.0
    high_hu: float = 1100.0
    bones: tuple[str, ...] = BONE_NAMES


SIZES: dict[SizeName, UnetConfig] = {
    "tiny": UnetConfig(4.0, 8, (8, 8, 8, 16, 16, 8), 0.3, (48, 48, 64), 3),
    "small": UnetConfig(3.0, 16, (16, 32, 64, 128, 160, 16), 0.2, (64, 64, 96), 5),
    "paper": UnetConfig(1.0, 32, (32, 64, 128, 256, 512, 32), 0.5, (160, 160, 192), 10),
}
"""tiny: for tests. small: shipped, for a processor. paper: channels and samples of Hiasa et al. 2020, in 3D."""


def config_of(values: Mapping[str, Any]) -> UnetConfig:
    """A configuration from a card's plain values.

    Raises:
        ModelError: A value is missing, unknown or none that a network can have.
    """
    lists = ("features", "window", "bones")
    try:
        config = UnetConfig(**{**values, **{name: tuple(values[name]) for name in lists}})
    except (KeyError, TypeError) as error:
        raise ModelError(f"The card describes no Bayesian U-Net: {error}.") from None
    unknown = [name for name in config.bones if name not in BY_NAME]
    shaped = len(config.features) == 6 and len(config.window) == 3 and not any(n % 2 for n in config.window)
    sized = shaped and min(config.window) >= 32 and 64 <= max(config.window) <= 512
    if unknown or not 0.3 <= config.spacing_mm <= 12 or not sized:
        raise ModelError(f"The card describes a Bayesian U-Net that cannot be: {', '.join(unknown) or dict(values)}.")
    return config
