"""Gradient orientation: whether edges run the same way, however strong they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.registration.similarity.base import FLAT_SHARE, MaskedSimilarity, refuse_flat
from bonedensity.registration.similarity.plain_sums import gradients

STRONGEST_EDGES = 99.0
"""Percentile at which the radiograph's gradients are limited when their root mean square is taken (metal)."""

WEAKEST = 0.9
"""An edge of the DRR is a gradient above this share of their root mean square.

A little less than in the radiograph, where it is the root mean square itself, so that an image agrees with itself.
"""


LEAST_SHARE = 0.5
"""Of the radiograph's edges: where the DRR has an edge at fewer of them, the mean is still taken over this many."""


class GradientOrientation(MaskedSimilarity):
    """Mean cosine between gradients of radiograph and DRR, where both have an edge; in [-1, 1].

    The contrast of an edge does not matter, only where it is and which side is bright: robust to metal and wrong
    densities. After De Silva 2016, with the cosine as the score of an angle and with edges above the root mean square
    of the gradients in place of their median. -1 for a DRR that is flat.
    """

    RIM = 1
    SUMS = 4

    def _prepare(self, fixed: NDArray[np.float32]) -> None:
        right, down = (gradient.astype(np.float64) for gradient in gradients(fixed))
        length = np.hypot(right, down)
        edge = np.sqrt(FLAT_SHARE * np.mean(np.square(fixed, dtype=np.float64)))
        within = length[self._region]
        limited = np.minimum(within, np.percentile(within, STRONGEST_EDGES))
        strong = self._region & (length > max(float(np.sqrt(np.mean(limited**2))), float(edge)))
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
        cosines, squares, greys, both = out.tolist()
        return cosines / max(both, LEAST_SHARE * self._count) if squares > FLAT_SHARE * greys else -1.0
