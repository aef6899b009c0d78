"""HU of a rod: the mean of its core, slice by slice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import trim_mean

from bonedensity.densitometry.phantoms.rods import Rod
from bonedensity.densitometry.phantoms.slabs import Stack
from bonedensity.densitometry.phantoms.spots import disc_and_ring

MOST_SLICES = 120
"""More slices than this no longer change a rod's mean."""

TRIMMED = 0.1
"""Share of slices left out at either end: streaks and the rod's ends."""

AIR_HU = -900.0
"""No rod is this thin: it is air, or the empty corner of the scan."""


@dataclass(frozen=True, slots=True)
class RodValue:
    """What was measured in a rod.

    Attributes:
        hu: Trimmed mean over slices of the core's mean.
        standard_error: Of `hu`, from the spread over slices.
        slices: Number of slices.
    """

    hu: float
    standard_error: float
    slices: int


def rod_value(stack: Stack, rod: Rod) -> RodValue | None:
    """HU of a rod over the slices on which it was seen; None where it lies outside the image or in air."""
    low, high = max(0, int(np.ceil(rod.first))), min(stack.array.shape[0] - 1, int(rod.last))
    chosen = np.unique(np.linspace(low, high, min(high - low + 1, MOST_SLICES)).round().astype(int))
    spacing = (float(stack.spacing[1]), float(stack.spacing[2]))
    means = []
    for index in chosen:
        row, column = rod.at(float(index))
        core, _ = disc_and_ring(np.asarray(stack.array[index]), spacing, (row, column), rod.diameter_mm / 2)
        if len(core):
            means.append(float(core.mean(dtype=np.float64)))
    if len(means) < max(1, len(chosen) // 2):
        return None
    hu = float(trim_mean(means, TRIMMED))
    return None if hu < AIR_HU else RodValue(hu, float(np.std(means) / np.sqrt(len(means))), len(means))
