"""A point of the anatomy, with how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

TRUSTED_MM = 4.0
"""Error at which a landmark's confidence has fallen to one half."""


@dataclass(frozen=True, slots=True, eq=False)
class Landmark:
    """One point.

    Attributes:
        point: LPS mm.
        error_mm: Standard uncertainty of its place, estimated from what it was fitted to.
        how: How it was found, in a few words.
    """

    point: NDArray[np.float64]
    error_mm: float
    how: str

    @property
    def confidence(self) -> float:
        """1 for a point without error, 0.5 at an error of 4 mm, towards 0 beyond."""
        return float(1 / (1 + (self.error_mm / TRUSTED_MM) ** 2))

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "point_mm": self.point.tolist(),
            "error_mm": self.error_mm,
            "confidence": self.confidence,
            "how": self.how,
        }
