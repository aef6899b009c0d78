"""How the similarity grew while a registration searched: rows as they come, and lines to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The best similarity of one search of one image size.

    Attributes:
        size_px: Of the images compared.
        evaluations: (N,) DRRs compared so far, growing.
        similarities: (N,) best so far, never falling.
    """

    size_px: int
    evaluations: NDArray[np.float64]
    similarities: NDArray[np.float64]


@dataclass(slots=True)
class SearchTrace:
    """Rows of evaluations, similarity and image size."""

    _rows: list[tuple[float, float, int]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, rows: Sequence[Sequence[float]]) -> None:
        """Take rows of (evaluations, similarity, image size in pixels), later than all before."""
        self._rows += [(float(row[0]), float(row[1]), int(row[2])) for row in rows]

    @property
    def evaluations(self) -> int:
        """DRRs compared so far."""
        return int(self._rows[-1][0]) if self._rows else 0

    @property
    def similarity(self) -> float | None:
        """The best so far at the present image size; None before the first row."""
        curves = self.curves()
        size = curves[-1].size_px if curves else 0
        return max((float(curve.similarities[-1]) for curve in curves if curve.size_px == size), default=None)

    def curves(self) -> list[Curve]:
        """One curve for each search: the similarity falls only where another begins, at another start or size."""
        groups: list[list[tuple[float, float, int]]] = []
        for row in self._rows:
            if not groups or row[2] != groups[-1][-1][2] or row[1] < groups[-1][-1][1]:
                groups.append([])
            groups[-1].append(row)
        return [
            Curve(group[0][2], np.array([row[0] for row in group]), np.array([row[1] for row in group]))
            for group in groups
        ]


def placed(curves: Sequence[Curve], width: float, height: float) -> list[NDArray[np.float64]]:
    """Points (N, 2) of each curve in a plot of that size: x right, y down; similarities from 0 or below to the best."""
    if not curves:
        return []
    last = max(float(curve.evaluations[-1]) for curve in curves)
    low, high = limits(curves)
    return [
        np.stack(
            [curve.evaluations / max(last, 1.0) * width, (high - curve.similarities) / (high - low) * height], axis=1
        )
        for curve in curves
    ]


def limits(curves: Sequence[Curve]) -> tuple[float, float]:
    """Lowest and highest similarity of a plot: 0, or lower where a curve is, and a little above the best."""
    values = np.concatenate([curve.similarities for curve in curves]) if curves else np.zeros(1)
    return min(0.0, float(values.min())), max(0.1, 1.05 * float(values.max()))
