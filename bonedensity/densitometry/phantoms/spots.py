"""Round, uniform spots in a slab: cross-sections of rods, brighter or darker than what is around them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, label

from bonedensity.densitometry.phantoms.slabs import Slab

LEVELS_HU = (*range(-225, 300, 25), *range(350, 1000, 50))
"""Rods are cut out at each of these levels: one lies between a rod and its surroundings."""

ROUNDNESS = (0.85, 1.15)
"""Area over that of the ellipse in the bounding box."""

LONGEST_TO_SHORTEST = 1.25
"""Of the bounding box; a rod tilted by 35 degrees has 1.22."""

CORE = 0.75
"""Share of the radius within which a rod is looked at: its edge is blurred."""

UNIFORMITY = 0.3
"""Standard deviation inside a rod over its contrast to the surroundings; bone and bowel have more."""

SAME_SPOT_MM = 3.0
"""Cut-outs nearer than this are the same rod at another level."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One cross-section.

    Attributes:
        slice_index: Of the slab.
        row: Centre, in rows of the whole slice.
        column: Centre.
        diameter_mm: Of the circle of the same area.
        hu: Mean inside.
    """

    slice_index: float
    row: float
    column: float
    diameter_mm: float
    hu: float


def round_spots(slab: Slab, diameter_mm: tuple[float, float]) -> list[Spot]:
    """Spots of a plausible diameter, one for each place.

    Args:
        slab: Where to look.
        diameter_mm: Least and greatest diameter.
    """
    found: list[Spot] = []
    for level in LEVELS_HU:
        for mask in (slab.hu > level, slab.hu < level):
            found.extend(_round_parts(slab, mask, diameter_mm))
    return _one_each(found, slab.spacing_mm)


def _round_parts(slab: Slab, mask: NDArray[np.bool_], diameter_mm: tuple[float, float]) -> Iterator[Spot]:
    parts, _ = label(mask)
    pixel = slab.spacing_mm[0] * slab.spacing_mm[1]
    areas = np.bincount(parts.ravel()) * pixel
    possible = (areas >= np.pi / 4 * diameter_mm[0] ** 2) & (areas <= np.pi / 4 * diameter_mm[1] ** 2)
    if not possible[1:].any():
        return
    boxes = find_objects(parts)
    for number in np.flatnonzero(possible[1:]) + 1:
        box, area = boxes[number - 1], float(areas[number])
        size = [(part.stop - part.start) * mm for part, mm in zip(box, slab.spacing_mm, strict=True)]
        if max(size) > LONGEST_TO_SHORTEST * min(size) + max(slab.spacing_mm):
            continue
        if not ROUNDNESS[0] < area / (np.pi / 4 * size[0] * size[1]) < ROUNDNESS[1]:
            continue
        inside = parts[box] == number
        spot = _spot(slab, inside, box, 2 * float(np.sqrt(area / np.pi)))
        if spot is not None:
            yield spot


def _spot(slab: Slab, inside: NDArray[np.bool_], box: tuple[slice, slice], diameter: float) -> Spot | None:
    """The cut-out as a spot; None where it is not uniform or touches the picture's border."""
    row, column = (float(at.mean()) + part.start for at, part in zip(np.nonzero(inside), box, strict=True))
    core, ring = disc_and_ring(slab.hu, slab.spacing_mm, (row, column), diameter / 2)
    if len(core) < 9 or len(ring) < 9:
        return None
    hu = float(core.mean())
    contrast = abs(hu - float(np.median(ring)))
    if contrast == 0 or float(core.std()) > UNIFORMITY * contrast:
        return None
    return Spot(slab.slice_index, row + slab.first_row, column, diameter, hu)


def disc_and_ring(
    hu: NDArray[np.floating], spacing_mm: tuple[float, float], centre: tuple[float, float], radius_mm: float
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """HU of the core of a disc, and of a ring around it; both empty where the disc leaves the picture.

    Args:
        hu: (rows, columns).
        spacing_mm: Of rows and columns.
        centre: Row and column.
        radius_mm: Of the disc.
    """
    reach = [int(np.ceil(1.6 * radius_mm / mm)) + 1 for mm in spacing_mm]
    whole = [radius_mm / mm for mm in spacing_mm]
    inside = all(r <= at <= n - 1 - r for at, r, n in zip(centre, whole, hu.shape, strict=True))
    if not inside:
        return np.empty(0), np.empty(0)
    rows, columns = (
        np.arange(max(0, round(at) - r), min(n, round(at) + r + 1))
        for at, r, n in zip(centre, reach, hu.shape, strict=True)
    )
    far = np.hypot((rows[:, None] - centre[0]) * spacing_mm[0], (columns[None, :] - centre[1]) * spacing_mm[1])
    near = hu[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return near[far <= CORE * radius_mm], near[(far > 1.2 * radius_mm) & (far < 1.6 * radius_mm)]


def _one_each(spots: list[Spot], spacing_mm: tuple[float, float]) -> list[Spot]:
    """The median cut-out of every place."""
    groups: list[list[Spot]] = []
    for spot in spots:
        for group in groups:
            away = ((spot.row - group[0].row) * spacing_mm[0], (spot.column - group[0].column) * spacing_mm[1])
            if np.hypot(*away) < SAME_SPOT_MM:
                group.append(spot)
                break
        else:
            groups.append([spot])
    return [sorted(group, key=lambda s: s.diameter_mm)[len(group) // 2] for group in groups]
