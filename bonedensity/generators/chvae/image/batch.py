"""What a network is trained on at once."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Batch(NamedTuple):
    """Some people at one visit.

    Attributes:
        image: (B, 1, P, P) in [0, 1].
        attributes: In the graph's order and units (B, n) float64.
        corners: Shares of columns and rows (B, 16, 2); NaN where they are not known.
    """

    image: Tensor
    attributes: Tensor
    corners: Tensor
