"""A bundle's preprocessing, done by our own code: which grid it wants, and how HU become its network's input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import ModelError
from bonedensity.segmentation.bundle.literals import Config, entry, plain_value

WITHOUT_EFFECT = frozenset(
    {"LoadImage", "EnsureType", "EnsureChannelFirst", "CropForeground", "CastToType", "VistaPreTransform", "ToTensor"}
)
"""Steps that change neither grid nor numbers here: we read the image ourselves, and crop by our own means."""


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """What a network expects.

    Attributes:
        spacing_mm: Of its grid along R, A, S.
        steps: Intensity transforms in order, each its MONAI name (without the final d) and its plain arguments.
    """

    spacing_mm: tuple[float, float, float]
    steps: tuple[tuple[str, dict[str, Any]], ...]

    def prepared(self, hu: NDArray[np.float32]) -> NDArray[np.float32]:
        """HU of a whole volume as the network wants them."""
        for name, arguments in self.steps:
            hu = INTENSITY[name](hu, arguments)
        return hu


def preprocessing_of(config: Config) -> Preprocessing:
    """The preprocessing that a configuration describes.

    Raises:
        ModelError: A step that is not known here, an orientation other than RAS, or no spacing.
    """
    listed = config.get("preprocessing_transforms") or entry(config, "preprocessing#transforms")
    spacing, steps = None, []
    for step in listed:
        name = str(step.get("_target_", "")).rpartition(".")[2].removesuffix("d")
        if name == "Spacing":
            spacing = plain_value(config, step["pixdim"])
        elif name == "Orientation" and plain_value(config, step.get("axcodes")) == "RAS":
            continue
        elif name in INTENSITY:
            steps.append((name, {k: plain_value(config, v) for k, v in step.items() if k not in ("_target_", "keys")}))
        elif name not in WITHOUT_EFFECT:
            raise ModelError(f"The bundle prepares images by “{step.get('_target_')}”, which is not known here.")
    if not (isinstance(spacing, list) and len(spacing) == 3 and all(0.2 <= float(mm) <= 10 for mm in spacing)):
        raise ModelError("The bundle's configuration gives no voxel spacing (Spacingd with pixdim).")
    return Preprocessing((float(spacing[0]), float(spacing[1]), float(spacing[2])), tuple(steps))


def _normalised(hu: NDArray[np.float32], arguments: dict[str, Any]) -> NDArray[np.float32]:
    """MONAI's NormalizeIntensity: zero mean and unit variance, over non-zero voxels where so asked."""
    chosen = hu != 0 if arguments.get("nonzero") else np.ones(hu.shape, bool)
    mean = arguments.get("subtrahend", float(hu[chosen].mean()))
    width = arguments.get("divisor", float(hu[chosen].std())) or 1.0
    return np.where(chosen, (hu - np.float32(mean)) / np.float32(width), hu).astype(np.float32)


def _scaled(hu: NDArray[np.float32], arguments: dict[str, Any]) -> NDArray[np.float32]:
    """MONAI's ScaleIntensity: the whole range onto [minv, maxv]."""
    low, high = float(hu.min()), float(hu.max())
    to_low, to_high = float(arguments.get("minv", 0.0)), float(arguments.get("maxv", 1.0))
    if high == low:
        return np.full_like(hu, to_low)
    return ((hu - np.float32(low)) * np.float32((to_high - to_low) / (high - low)) + np.float32(to_low)).astype(
        np.float32
    )


def _windowed(hu: NDArray[np.float32], arguments: dict[str, Any]) -> NDArray[np.float32]:
    """MONAI's ScaleIntensityRange: [a_min, a_max] onto [b_min, b_max]."""
    a_min, a_max = float(arguments["a_min"]), float(arguments["a_max"])
    b_min, b_max = float(arguments.get("b_min", 0.0)), float(arguments.get("b_max", 1.0))
    scaled = (hu - np.float32(a_min)) * np.float32((b_max - b_min) / (a_max - a_min)) + np.float32(b_min)
    return np.clip(scaled, b_min, b_max) if arguments.get("clip") else np.asarray(scaled, np.float32)


INTENSITY = {"NormalizeIntensity": _normalised, "ScaleIntensity": _scaled, "ScaleIntensityRange": _windowed}
"""Intensity steps that are known, by MONAI's name."""
