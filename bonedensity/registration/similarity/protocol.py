"""What a similarity is: built from the radiograph, called with DRRs."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Similarity(Protocol):
    """A radiograph made ready to be compared with many DRRs."""

    def __call__(self, moving: NDArray[np.float32], /) -> float:
        """How alike the DRR, (rows, columns), is to the radiograph; larger is better, always finite."""
        ...


class SimilarityFactory(Protocol):
    """Makes a similarity from a radiograph; a class whose constructor takes these arguments is one."""

    def __call__(
        self, fixed: NDArray[np.float32], region: NDArray[np.bool_] | None = None, *, smoothing_px: float = 0.0
    ) -> Similarity:
        """Prepare the comparison.

        Args:
            fixed: The radiograph at one level, (rows, columns), bone bright.
            region: (rows, columns) True where to compare; None for everywhere.
            smoothing_px: Gaussian smoothing wished for both images (standard deviation, pixels).
        """
        ...


def copied(similarity: Similarity) -> Similarity:
    """A twin for another thread: built-in similarities hold buffers, so each thread needs its own.

    A user's own similarity without a method `copy` is shared as it is, and must then bear several threads.
    """
    copy = getattr(similarity, "copy", None)
    twin: Similarity = similarity if copy is None else copy()
    return twin
