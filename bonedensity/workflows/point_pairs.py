"""Points marked on CT and X-ray, brought together: by their names, or else in their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

FEWEST_NAMED = 3
"""From so many names in common on, names decide; fewer are taken for chance."""


@dataclass(frozen=True, slots=True)
class PointPairs:
    """Pairs.

    Attributes:
        pairs: Name to {"ct": [x, y, z], "xray": [u, v]}: CT LPS mm, X-ray pixels.
        by_name: Names decided; else the order did.
        left_out: Names of points without a partner.
    """

    pairs: Mapping[str, dict[str, list[float]]]
    by_name: bool
    left_out: tuple[str, ...]


def paired(on_ct: Mapping[str, ArrayLike], on_xray: Mapping[str, ArrayLike]) -> PointPairs:
    """Bring points of both images together.

    Args:
        on_ct: Name to (x, y, z), in the order of marking.
        on_xray: Name to (u, v), in the order of marking.
    """
    common = [name for name in on_ct if name in on_xray]
    by_name = len(common) >= FEWEST_NAMED
    partners = [(name, name) for name in common] if by_name else list(zip(on_ct, on_xray, strict=False))
    pairs = {first: {"ct": _listed(on_ct[first]), "xray": _listed(on_xray[second])} for first, second in partners}
    used = ({first for first, _ in partners}, {second for _, second in partners})
    left = [name for points, taken in zip((on_ct, on_xray), used, strict=True) for name in points if name not in taken]
    return PointPairs(pairs, by_name, tuple(left))


def _listed(point: ArrayLike) -> list[float]:
    numbers: list[float] = np.asarray(point, dtype=np.float64).tolist()
    return numbers
