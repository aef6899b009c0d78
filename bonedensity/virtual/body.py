"""A part of a person's body as smooth solids, before it is painted onto any grid or seen by any scanner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.bone import Bone, Lattice
from bonedensity.virtual.population.person import Person

PaintSoftTissue = Callable[[Lattice], NDArray[np.float32]]
"""HU at 120 kVp (K, J, I) of everything but bone mineral: air, skin, fat, muscle, organs, gas, marrow, discs, metal."""


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """Bones and soft tissue of one person in one posture; LPS mm, the region's own origin.

    Attributes:
        person: Whose it is.
        bones: In the order in which they are painted: where two meet, the first keeps the place.
        gap_mm: By bone's name, joint space kept to every bone painted before it (mm); 0 where not given.
        paint_soft_tissue: The rest of the body on a grid.
        low: Corner of the box that a scan covers (mm).
        high: The opposite corner (mm).
        landmarks: Name to a point (mm).
        truth: JSON values: dimensions, posture, variants.
    """

    person: Person
    bones: tuple[Bone, ...]
    gap_mm: Mapping[str, float]
    paint_soft_tissue: PaintSoftTissue
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    landmarks: Mapping[str, NDArray[np.float64]]
    truth: Mapping[str, Any]
