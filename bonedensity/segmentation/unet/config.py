"""The Bayesian U-Net's sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bonedensity.anatomy.labels import BONES, BY_NAME
from bonedensity.errors import ModelError

SizeName = Literal["tiny", "small", "paper"]

BONE_NAMES = tuple(bone.name for bone in BONES if not bone.name.startswith("rib_") and bone.name != "vertebrae_S1")
"""Output channels after the background, in this order. S1 belongs to the sacrum here; ribs are not segmented."""


@dataclass(frozen=True, slots=True)
class UnetConfig:
    """One size.

    Attributes:
        spacing_mm: Of the voxels that the network sees.
        features: Channels of MONAI's BasicUNet: five levels and the last convolution.
        dropout: Probability, in the two deepest levels.
        window: Voxels along each axis that are seen at once.
        samples: Monte-Carlo samples of the dropout.
        low_hu: What becomes 0.
        high_hu: What becomes 1.
        bones: Output channels after the background.
    """

    spacing_mm: float
    features: tuple[int, int, int, int, int, int]
    dropout: float
    window: int
    samples: int
    low_hu: float = -400.0
    high_hu: float = 1100.0
    bones: tuple[str, ...] = BONE_NAMES


SIZES: dict[SizeName, UnetConfig] = {
    "tiny": UnetConfig(6.0, (4, 8, 8, 16, 16, 4), 0.3, 32, 3),
    "small": UnetConfig(3.0, (16, 16, 32, 64, 128, 16), 0.3, 96, 5),
    "paper": UnetConfig(1.5, (32, 64, 128, 256, 512, 32), 0.5, 128, 10),
}
"""tiny: for tests. small: shipped, for a processor. paper: channels and samples of Hiasa et al. 2020, in 3D."""


def config_of(values: Mapping[str, Any]) -> UnetConfig:
    """A configuration from a card's plain values.

    Raises:
        ModelError: A value is missing, unknown or none that a network can have.
    """
    try:
        config = UnetConfig(**{**values, "features": tuple(values["features"]), "bones": tuple(values["bones"])})
    except (KeyError, TypeError) as error:
        raise ModelError(f"The card describes no Bayesian U-Net: {error}.") from None
    unknown = [name for name in config.bones if name not in BY_NAME]
    if unknown or len(config.features) != 6 or not 0.3 <= config.spacing_mm <= 12 or not 16 <= config.window <= 512:
        raise ModelError(f"The card describes a Bayesian U-Net that cannot be: {', '.join(unknown) or dict(values)}.")
    return config
