"""What a DRR integrates: attenuation, density or HU, and the factor to its unit."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bonedensity.drr.attenuation import linear_attenuation
from bonedensity.errors import CalibrationError
from bonedensity.imaging import Volume

Quantity = Literal["attenuation", "density", "hu"]
"""attenuation: dimensionless. density: g/cm². hu: mm of (HU + 1000), floored at 0."""

UNITS: dict[str, str] = {"attenuation": "1", "density": "g/cm²", "hu": "HU·mm"}
"""Unit of the projected image of each quantity."""

MG_PER_CM3_MM_IN_G_PER_CM2 = 1e-4
"""1 mg/cm³ over 1 mm of path is 1e-3 g/cm³ x 0.1 cm."""

EFFECTIVE_KEV = 60.0
"""Energy at which `attenuation` is taken from HU: near the mean of a 76-90 kVp beam behind 20 cm of water."""


def prepare(volume: Volume, quantity: Quantity) -> tuple[NDArray[np.float32], float]:
    """The array to integrate over mm, and the factor that turns the integral into the quantity's unit.

    Args:
        volume: In HU for `attenuation` and `hu`; in mg/cm³ for `density`.
        quantity: What to integrate.

    Returns:
        (array (K, J, I) float32, factor).

    Raises:
        CalibrationError: The volume's unit does not fit the quantity.
    """
    needed = "mg/cm³" if quantity == "density" else "HU"
    if volume.unit != needed:
        raise CalibrationError(
            f"A {quantity} projection needs a volume in {needed}, but “{volume.name}” is in {volume.unit}: "
            + ("calibrate the CT first (HU to mg/cm³)." if quantity == "density" else "give the CT in HU.")
        )
    if quantity == "density":
        return np.asarray(volume.array, dtype=np.float32), MG_PER_CM3_MM_IN_G_PER_CM2
    above_air = np.maximum(np.asarray(volume.array, dtype=np.float32) + np.float32(1000.0), np.float32(0.0))
    if quantity == "hu":
        return above_air, 1.0
    return above_air, linear_attenuation("water", EFFECTIVE_KEV) / 1000.0
