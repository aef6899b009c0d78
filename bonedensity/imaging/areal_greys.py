"""Areal densities as the greys of a 16-bit image."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

AREAL_STEP_G_CM2 = 1e-4
"""One grey of an areal density image."""

HIGHEST_GREY = 65535


def greys_of_areal(areal_g_cm2: ArrayLike) -> NDArray[np.uint16]:
    """Areal densities (g/cm²) in whole steps; what noise made negative is 0."""
    steps = np.rint(np.asarray(areal_g_cm2) / AREAL_STEP_G_CM2)
    return np.clip(steps, 0, HIGHEST_GREY).astype(np.uint16)
