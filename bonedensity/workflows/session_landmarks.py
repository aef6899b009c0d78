"""A femur's landmarks in a session: found by the worker, mended by a person, used by the measurement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.anatomy.femur_edited import moved_points
from bonedensity.anatomy.labels import Side


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Landmarks of one proximal femur (CT LPS mm).

    Attributes:
        side: The patient's side.
        found: Where the geometry put them, by name.
        points: Where they are now.
        confidence: Of each, from 0 to 1.
        missing: Name to the reason why one was not found.
    """

    side: Side
    found: Mapping[str, NDArray[np.float64]]
    points: Mapping[str, NDArray[np.float64]]
    confidence: Mapping[str, float]
    missing: Mapping[str, str]

    @classmethod
    def of(cls, side: Side, value: Mapping[str, Any]) -> Landmarks:
        """As the worker's task tells them."""
        found = {name: np.array(point, dtype=np.float64) for name, point in value["landmarks"].items()}
        confidence = {name: float(detail["confidence"]) for name, detail in value["details"].items()}
        return cls(side, found, found, confidence, dict(value["missing"]))

    def with_points(self, points: Mapping[str, ArrayLike]) -> Landmarks:
        """With these moved; names that are not among them are left alone."""
        known = {name: np.asarray(point, dtype=np.float64) for name, point in points.items() if name in self.found}
        return replace(self, points={**self.points, **known})

    @property
    def moved(self) -> tuple[str, ...]:
        """Names of those that a person moved."""
        return tuple(moved_points(self.found, self.points))

    def to_json(self) -> dict[str, list[float]]:
        """The points as a measurement takes them."""
        return {name: point.tolist() for name, point in self.points.items()}
