"""Local normalised cross-correlation: agreement of grey values window by window (Avants 2008; Grupp 2018)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bonedensity.registration.similarity.base import MaskedSimilarity, refuse_flat, variance_sum
from bonedensity.registration.similarity.engine import Engine
from bonedensity.registration.similarity.plain_windows import window_totals

STRONGEST_WINDOWS = 95.0
"""Percentile at which the weight of a window (the radiograph's local contrast) is limited: metal must not outweigh."""

SOFT_SHARE = 1e-4
"""Share of the DRR's variance added to that of each window: empty windows then count as no agreement."""

RADIUS_PX = 6
"""Windows of 13 x 13 pixels, at every level."""


class LocalCorrelation(MaskedSimilarity):
    """Mean correlation of grey values in windows around every pixel of the region; in [-1, 1].

    Brightness and contrast may differ from place to place (scatter, soft tissue, heel effect). Windows count by the
    radiograph's contrast in them. -1 for a DRR that is flat.

    Args:
        fixed: The radiograph, (rows, columns), bone bright.
        region: True where to compare; None for everywhere.
        smoothing_px: Gaussian smoothing of both images (standard deviation, pixels).
        radius_px: Of the windows (pixels).
        engine: Compiled or numpy.
    """

    PART = "windows"
    SUMS = 4

    def __init__(
        self,
        fixed: NDArray[np.float32],
        region: NDArray[np.bool_] | None = None,
        *,
        smoothing_px: float = 0.0,
        radius_px: int = RADIUS_PX,
        engine: Engine = "auto",
    ) -> None:
        self._radius = radius_px
        super().__init__(fixed, region, smoothing_px=smoothing_px, engine=engine)

    def _prepare(self, fixed: NDArray[np.float32]) -> None:
        inside = self._inside.astype(np.float64)
        shown = np.where(self._region, fixed - fixed[self._region].mean(), 0.0)
        count = np.maximum(np.round(window_totals(inside, self._radius)), 1.0)
        total = window_totals(shown, self._radius)
        deviation = np.maximum(window_totals(shown**2, self._radius) - total**2 / count, 0.0)
        greys = shown[self._region]
        refuse_flat(variance_sum(greys.sum(), float(np.vdot(greys, greys)), greys.size, float(np.vdot(fixed, fixed))))
        contrast = np.where(self._region, np.sqrt(deviation / count), 0.0)
        weight = np.minimum(contrast, np.percentile(contrast[self._region], STRONGEST_WINDOWS))
        varies = contrast > math.sqrt(SOFT_SHARE) * float(greys.std())
        scale = np.zeros(self._shape)
        scale[varies] = weight[varies] / weight[varies].sum() / np.sqrt(deviation[varies])
        self._prepared = (shown.astype(np.float32), self._inside, total / count, scale, count)

    def _allocate(self) -> None:
        super()._allocate()
        columns = self._shape[1]
        self._scratch = (np.empty((3, columns + 2 * self._radius)), np.empty((3, columns)))

    def _compare(self, moving: NDArray[np.float32]) -> float:
        out = self._sums
        self._compute.window_sums(
            moving,
            self._weights,
            self._line,
            self._buffer,
            self._prepared,
            self._box,
            self._radius,
            SOFT_SHARE,
            self._scratch,
            out,
        )
        correlation, total, square, greys = out.tolist()
        return correlation if variance_sum(total, square, self._pixels, greys) else -1.0
