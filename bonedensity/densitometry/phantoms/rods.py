"""Rods: spots that stand in line from slab to slab."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import theilslopes

from bonedensity.densitometry.phantoms.slabs import SLAB_MM, Stack
from bonedensity.densitometry.phantoms.spots import Spot, round_spots

STEP_MM = 4.0
"""A rod's cross-section moves at most this far from slab to slab: 6 mm at a tilt of 30 degrees, and error."""

GAP_SLABS = 3
"""Slabs over which a rod may be lost, as in a streak."""

SHORTEST_MM = 18.0
"""Length from which a row of spots is a rod: three slabs."""

STRAIGHT_MM = 1.5
"""Root mean square distance of the spots from the rod's axis."""


@dataclass(frozen=True, slots=True, eq=False)
class Rod:
    """A cylinder in the CT.

    Attributes:
        point: On the axis, at `first` and `last`'s middle (slice, row, column).
        slope: Rows and columns that the axis moves from slice to slice.
        first: Lowest slice index at which it was seen.
        last: Highest.
        diameter_mm: Median over the slabs.
        hu: Median over the slabs.
    """

    point: NDArray[np.float64]
    slope: NDArray[np.float64]
    first: float
    last: float
    diameter_mm: float
    hu: float

    def at(self, slice_index: float) -> NDArray[np.float64]:
        """Row and column of the axis in a slice."""
        return np.asarray(self.point[1:] + (slice_index - self.point[0]) * self.slope, dtype=np.float64)


def find_rods(stack: Stack, rows: slice, diameter_mm: tuple[float, float]) -> list[Rod]:
    """All straight round rods in some rows of a CT.

    Args:
        stack: The CT.
        rows: Part of every slice.
        diameter_mm: Least and greatest diameter.
    """
    spacing = stack.spacing[1:]
    tracks: list[list[Spot]] = []
    for slab in stack.slabs(rows):
        _extend(tracks, round_spots(slab, diameter_mm), spacing, float(stack.spacing[0]))
    rods = [_rod(track, spacing) for track in tracks if _length(track, stack) >= SHORTEST_MM and len(track) >= 3]
    return [rod for rod in rods if rod is not None]


def _extend(tracks: list[list[Spot]], spots: list[Spot], spacing: NDArray[np.float64], slice_mm: float) -> None:
    """Give each spot to the nearest track that ends close by, or start a new one; in place."""
    free = list(range(len(tracks)))
    for spot in spots:
        best, best_mm = None, np.inf
        for number in free:
            end = tracks[number][-1]
            ahead = (spot.slice_index - end.slice_index) * slice_mm / SLAB_MM
            away = float(np.hypot((spot.row - end.row) * spacing[0], (spot.column - end.column) * spacing[1]))
            fits = 0.7 < spot.diameter_mm / end.diameter_mm < 1.4 and ahead <= GAP_SLABS + 0.5
            if fits and away < min(best_mm, STEP_MM * max(1.0, ahead)):
                best, best_mm = number, away
        if best is None:
            tracks.append([spot])
        else:
            tracks[best].append(spot)
            free.remove(best)


def _length(track: list[Spot], stack: Stack) -> float:
    return (track[-1].slice_index - track[0].slice_index) * float(stack.spacing[0]) + SLAB_MM


def _rod(track: list[Spot], spacing: NDArray[np.float64]) -> Rod | None:
    """The axis through the spots by medians of slopes; None where they do not stand in a line."""
    slices = np.array([spot.slice_index for spot in track])
    middle = float(slices[0] + slices[-1]) / 2
    point, slope, squared = [middle], [], 0.0
    for values, mm in zip(([s.row for s in track], [s.column for s in track]), spacing, strict=True):
        steepness, at_zero, *_ = theilslopes(values, slices)
        slope.append(float(steepness))
        point.append(float(at_zero + steepness * middle))
        squared += float(np.median((np.array(values) - at_zero - steepness * slices) ** 2)) * float(mm) ** 2
    if np.sqrt(squared) > STRAIGHT_MM:
        return None
    return Rod(
        np.array(point),
        np.array(slope),
        float(slices[0]),
        float(slices[-1]),
        float(np.median([spot.diameter_mm for spot in track])),
        float(np.median([spot.hu for spot in track])),
    )
