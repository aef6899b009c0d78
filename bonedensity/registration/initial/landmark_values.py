"""Landmark pairs as the JSON object that a file holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import GeometryError
from bonedensity.registration.landmarks import LandmarkPairs


@dataclass(frozen=True, slots=True, eq=False)
class NamedPairs:
    """Landmark pairs and their names, in one order."""

    names: tuple[str, ...]
    pairs: LandmarkPairs

    def __len__(self) -> int:
        return len(self.names)


def landmark_pairs_from_json(values: Mapping[str, Any]) -> NamedPairs:
    """From `{"name": {"ct": [x, y, z], "xray": [u, v]}, …}`: LPS mm in the CT, pixels on the first radiograph.

    Raises:
        GeometryError: A landmark without its two points, or with something else than finite numbers.
    """
    if not values:
        raise GeometryError('The landmark file is empty: give {"name": {"ct": [x, y, z], "xray": [u, v]}, …}.')
    in_ct = [_point(name, value, "ct", 3) for name, value in values.items()]
    on_xray = [_point(name, value, "xray", 2) for name, value in values.items()]
    return NamedPairs(tuple(values), LandmarkPairs(np.array(in_ct), np.array(on_xray)))


def _point(name: str, value: Any, key: str, count: int) -> NDArray[np.float64]:
    try:
        point = np.array([float(number) for number in value[key]])
    except (KeyError, TypeError, ValueError):
        point = np.empty(0)
    if point.shape != (count,) or not np.isfinite(point).all():
        raise GeometryError(
            f"The landmark “{name}” needs “{key}” with {count} finite numbers: "
            '{"ct": [x, y, z] in mm, "xray": [u, v] in pixels}.'
        )
    return point
