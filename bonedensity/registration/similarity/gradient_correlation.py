"""Gradient correlation between a radiograph and a DRR (Penney 1998; Otake 2012)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bonedensity.registration.similarity.base import MaskedSimilarity, refuse_flat, variance_sum
from bonedensity.registration.similarity.plain_sums import gradients

STRONGEST_EDGES = 99.0
"""Percentile at which the radiograph's gradients are limited: metal and gas must not outweigh bone."""


class GradientCorrelation(MaskedSimilarity):
    """Mean of the normalised cross-correlations of the two gradient components; 1 where edges agree everywhere.

    Grey values may follow any increasing curve that is nearly linear at an edge: only gradients are compared. -1 for
    a DRR that is flat. A component without any edge in the radiograph is left out of the mean.
    """

    RIM = 1
    SUMS = 7

    def _prepare(self, fixed: NDArray[np.float32]) -> None:
        greys = float(np.vdot(fixed, fixed))
        parts = [_normalised(gradient, self._region, greys) for gradient in gradients(fixed)]
        self._components = sum(bool(part.any()) for part in parts)
        refuse_flat(self._components)
        self._fixed = np.stack(parts).astype(np.float32)

    def _compare(self, moving: NDArray[np.float32]) -> float:
        out, count = self._sums, self._pixels
        self._compute.gradient_sums(
            moving, self._weights, self._line, self._buffer, self._fixed, self._inside, self._box, out
        )
        x, y, xx, yy, fx, fy, greys = out.tolist()
        right, down = variance_sum(x, xx, count, greys), variance_sum(y, yy, count, greys)
        if right == 0 and down == 0:
            return -1.0
        total = (fx / math.sqrt(right) if right else 0.0) + (fy / math.sqrt(down) if down else 0.0)
        return total / self._components


def _normalised(gradient: NDArray[np.float32], region: NDArray[np.bool_], greys: float) -> NDArray[np.float64]:
    """Limited, zero mean and unit length inside the region, zero outside; zeros where it is flat."""
    values = gradient[region].astype(np.float64)
    limit = float(np.percentile(np.abs(values), STRONGEST_EDGES))
    if limit > 0:
        values = np.clip(values, -limit, limit)
    deviation = variance_sum(values.sum(), float(np.vdot(values, values)), values.size, greys)
    out = np.zeros(gradient.shape)
    if deviation:
        out[region] = (values - values.mean()) / math.sqrt(deviation)
    return out
