"""Gradient orientation: whether edges run the same way, however strong they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.registration.similarity.base import FLAT_SHARE, MaskedSimilarity, refuse_flat
from bonedensity.registration.similarity.plain_sums import gradients

STRONG_EDGES = 50.0
"""Percentile of the radiograph's gradient magnitude above which a pixel is compared (De Silva 2016)."""

WEAKEST = 0.05
"""Gradients of the DRR below this share of their root mean square have no direction and count as no agreement."""


class GradientOrientation(MaskedSimilarity):
    """Mean cosine between gradients of radiograph and DRR, at the radiograph's stronger edges; in [-1, 1].

    The contrast of an edge does not matter, only where it is and which side is bright: robust to soft tissue, metal
    and wrong densities. After De Silva 2016 and Haber 2006, with the cosine itself as the score of an angle. -1 for a
    DRR that is flat.
    """

    RIM = 1
    SUMS = 3

    def _prepare(self, fixed: NDArray[np.float32]) -> None:
        right, down = (gradient.astype(np.float64) for gradient in gradients(fixed))
        length = np.hypot(right, down)
        edge = np.sqrt(FLAT_SHARE * np.mean(np.square(fixed, dtype=np.float64)))
        limit = max(float(np.percentile(length[self._region], STRONG_EDGES)), float(edge))
        strong = self._region & (length > limit)
        self._count = int(strong.sum())
        refuse_flat(self._count)
        self._fixed = np.zeros((2, *self._shape), dtype=np.float32)
        self._fixed[0][strong] = right[strong] / length[strong]
        self._fixed[1][strong] = down[strong] / length[strong]

    def _compare(self, moving: NDArray[np.float32]) -> float:
        out = self._sums
        self._compute.orientation_sums(
            moving, self._weights, self._line, self._buffer, self._fixed, self._inside, self._box, WEAKEST, out
        )
        cosines, squares, greys = out.tolist()
        return cosines / self._count if squares > FLAT_SHARE * greys else -1.0
