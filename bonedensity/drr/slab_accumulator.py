"""Which kernel sums slabs on the processor at hand, and what its sums mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np


@dataclass(frozen=True, slots=True)
class Accumulator:
    """A way to sum slabs on a plane.

    Attributes:
        rows: `accumulate_rows` of `slab_kernels` or `slab_plain`.
        dtype: Of the plane's sums.
        worth: What a sum counts for one grey level.
    """

    rows: Callable[..., None]
    dtype: type[np.generic]
    worth: int


@cache
def accumulator() -> Accumulator:
    """The quickest that this processor runs."""
    from bonedensity.drr.slab_lanes import lanes_permute

    return in_lanes() if lanes_permute() else plain()


def in_lanes() -> Accumulator:
    """16-bit integers in vectors; only for processors with AVX-512BW, others stop at its first instruction."""
    from bonedensity.drr.slab_kernels import accumulate_rows
    from bonedensity.drr.slab_lanes import WORTH

    return Accumulator(accumulate_rows, np.int32, WORTH)


def plain() -> Accumulator:
    """float32, for every processor."""
    from bonedensity.drr.slab_plain import accumulate_rows

    return Accumulator(accumulate_rows, np.float32, 1)
