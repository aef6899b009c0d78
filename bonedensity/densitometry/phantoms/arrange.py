"""Which of the rods in a CT are a phantom's, and in which order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bonedensity.densitometry.phantoms.phantom import Phantom
from bonedensity.densitometry.phantoms.rods import Rod
from bonedensity.densitometry.phantoms.slabs import Stack

OFF_PLACE = 0.15
"""A rod may lie this share of the pitch off its place."""

SAME_DIAMETER = 1.25
"""Ratio up to which two diameters are the same."""

SAME_TILT = 0.1
"""Difference up to which two axes are parallel (mm per mm)."""

Places = NDArray[np.float64]
"""(rods, 2) row and column in mm, in one slice."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A phantom's rods in a CT, as one way to see them.

    Attributes:
        rods: One for each of the phantom's, in its order, of one diameter; predicted by the others where not seen.
        seen: Whether each was seen.
    """

    rods: tuple[Rod, ...]
    seen: tuple[bool, ...]


def rows_of(phantom: Phantom, rods: Sequence[Rod], stack: Stack) -> Iterator[Row]:
    """Every way in which at least two, and half of the phantom's rods, stand in an equally spaced row.

    Both directions of a row are given; the HU tell later which is right. A row that goes on with more equal rods, or
    has one between, is another phantom's and left out.

    Args:
        phantom: Sought.
        rods: All that were found.
        stack: The CT.
    """
    if len(rods) < 2:
        return
    middle = float(np.median([rod.point[0] for rod in rods]))
    at = np.array([rod.at(middle) for rod in rods]) * stack.spacing[1:]
    count, given = len(phantom.densities), set()
    for first in range(len(rods)):
        for second in range(len(rods)):
            if first == second or not _alike(rods[first], rods[second], stack):
                continue
            for apart in range(1, count):
                step = (at[second] - at[first]) / apart
                if not phantom.pitch_mm[0] <= np.linalg.norm(step) <= phantom.pitch_mm[1]:
                    continue
                for place in range(count - apart):
                    chosen = _matched(rods, at, at[first] - place * step, step, count, rods[first])
                    if chosen is not None and chosen not in given:
                        given.add(chosen)
                        yield _row(rods, chosen, at, middle, stack)


def _alike(a: Rod, b: Rod, stack: Stack) -> bool:
    ratio = a.diameter_mm / b.diameter_mm
    apart = (a.slope - b.slope) * stack.spacing[1:] / stack.spacing[0]
    overlap = min(a.last, b.last) - max(a.first, b.first)
    return bool(1 / SAME_DIAMETER < ratio < SAME_DIAMETER and np.linalg.norm(apart) < SAME_TILT and overlap > 0)


def _matched(
    rods: Sequence[Rod], at: Places, origin: NDArray[np.float64], step: NDArray[np.float64], count: int, like: Rod
) -> tuple[int | None, ...] | None:
    """Rod at each place of a row; None where too few, or where the row is another phantom's."""
    pitch = float(np.linalg.norm(step))

    def rod_at(place: float) -> int | None:
        away = np.linalg.norm(at - (origin + place * step), axis=1)
        nearest = int(np.argmin(away))
        ratio = rods[nearest].diameter_mm / like.diameter_mm
        fits = away[nearest] <= OFF_PLACE * pitch and 1 / SAME_DIAMETER < ratio < SAME_DIAMETER
        return nearest if fits else None

    chosen = tuple(rod_at(place) for place in range(count))
    enough = sum(rod is not None for rod in chosen) >= max(2, (count + 1) // 2)
    return chosen if enough and not _goes_on(rods, at, origin, step, chosen, like) else None


def _goes_on(
    rods: Sequence[Rod],
    at: Places,
    origin: NDArray[np.float64],
    step: NDArray[np.float64],
    chosen: tuple[int | None, ...],
    like: Rod,
) -> bool:
    """Whether more rods as thick, and half as long at least, stand between the row's places or next to its ends."""
    pitch = float(np.linalg.norm(step))
    offset = at - origin
    along = offset @ step / pitch**2
    aside = np.linalg.norm(offset - along[:, None] * step, axis=1)
    near = (aside <= OFF_PLACE * pitch) & (along > -1 - OFF_PLACE) & (along < len(chosen) + OFF_PLACE)
    long = (like.last - like.first) / 2  # a spot of noise at the slab's corner is short
    others = [rod for n, rod in enumerate(rods) if near[n] and n not in chosen and rod.last - rod.first > long]
    return any(1 / SAME_DIAMETER < rod.diameter_mm / like.diameter_mm < SAME_DIAMETER for rod in others)


def _row(rods: Sequence[Rod], chosen: tuple[int | None, ...], at: Places, middle: float, stack: Stack) -> Row:
    """The row with its unseen rods predicted by a straight line through the seen ones."""
    seen = [place for place, rod in enumerate(chosen) if rod is not None]
    found = [rod for rod in chosen if rod is not None]
    lines = np.polynomial.polynomial.polyfit(seen, at[found], 1)
    first, last = np.median([[rods[r].first, rods[r].last] for r in found], axis=0)
    model = replace(
        rods[found[0]],
        slope=np.mean([rods[r].slope for r in found], axis=0),
        first=float(first),
        last=float(last),
        diameter_mm=float(np.median([rods[r].diameter_mm for r in found])),
    )
    whole = []
    for place, rod in enumerate(chosen):
        centre = (lines[0] + place * lines[1]) / stack.spacing[1:]
        predicted = replace(model, point=np.array([middle, *centre]), hu=float("nan"))
        whole.append(predicted if rod is None else replace(rods[rod], diameter_mm=model.diameter_mm))
    return Row(tuple(whole), tuple(rod is not None for rod in chosen))
