"""Inside the pelvis and belly, which are fat: bowel with gas and stool, bladder, rectum, womb or prostate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.bone import Lattice
from bonedensity.virtual.hip.soft.layers import paint_solid
from bonedensity.virtual.hip.soft.place import Place
from bonedensity.virtual.solids import Points, Solid, ellipsoid, smooth_union, sweep
from bonedensity.virtual.texture import strut_texture

BOWEL_HU, WATER_HU, ORGAN_HU, GAS_HU = 32.0, 8.0, 42.0, -940.0

LOOPS = 5
"""Loops of small bowel; the colon runs up on the right, across and down on the left."""


def paint_abdomen(hu: NDArray[np.float32], lattice: Lattice, place: Place) -> None:
    """In place."""
    rng = np.random.default_rng([place.soft.seed, 1])
    stool = strut_texture(place.soft.seed + 1, wavelengths_mm=(8.0, 25.0))

    def contents(p: Points) -> NDArray[np.floating]:
        return BOWEL_HU + 22.0 * stool(p)

    tubes = [*_loops(place, rng), *_colon(place, rng)]
    for tube in tubes:
        paint_solid(hu, lattice, tube, contents)
    s = place.pelvis.scale
    middle = place.at((2.3, 0, 0))[1]
    paint_solid(hu, lattice, ellipsoid((0, middle + 28 * s, 18 * s), np.array([24, 20, 30]) * s), ORGAN_HU)
    paint_solid(hu, lattice, _bladder(place), WATER_HU)
    rectum = sweep(
        [(0, 62 * s, 60 * s), (3, 60 * s, 20 * s), (0, 46 * s, -30 * s)], [17 * s, 19 * s, 11 * s], across=(1, 0, 0)
    )
    paint_solid(hu, lattice, rectum, contents)
    for bubble in _gas(place, tubes, rng):
        paint_solid(hu, lattice, bubble, GAS_HU, step_mm=2.0)


def _loops(place: Place, rng: np.random.Generator) -> list[Solid]:
    s, front = place.pelvis.scale, place.front_mm + 42.0
    solids = []
    for _ in range(LOOPS):
        centres = rng.uniform([-75, 0, 60], [75, 1, 250], (6, 3)) * s
        centres[:, 1] = rng.uniform(front, max(front + 40.0, -8.0), 6)
        solids.append(sweep(centres, rng.uniform(9, 13, 6) * s, across=_tilted(rng)))
    return solids


def _colon(place: Place, rng: np.random.Generator) -> list[Solid]:
    s, front = place.pelvis.scale, place.front_mm + 40.0
    wide = min(place.soft.waist_mm / 2 - 55.0, 105.0 * s)
    right = [
        (-wide, front + 60, 70 * s),
        (-wide, front + 50, 150 * s),
        (-wide * 0.9, front + 45, 240 * s),
        (-30, front + 15, 280 * s),
    ]
    left = [
        (wide, front + 70, 300 * s),
        (wide, front + 65, 190 * s),
        (0.95 * wide, front + 62, 100 * s),
        (25, 10, 70 * s),
    ]
    return [
        sweep(right, rng.uniform(18, 26, 4) * s, across=(1, 0.2, 0.3)),
        sweep(left, rng.uniform(12, 18, 4) * s, across=(1, 0.2, 0.3)),
    ]


def _gas(place: Place, tubes: list[Solid], rng: np.random.Generator) -> list[Solid]:
    """Bubbles in the bowel, each of a few balls, flattened as gas is in a lying person."""
    s, solids = place.pelvis.scale, list[Solid]()
    while len(solids) < place.soft.gas_bubbles:
        tube = tubes[int(rng.integers(len(tubes)))]
        trial = rng.uniform(tube.low, tube.high, (200, 3))
        inside = trial[tube.distance(trial) < -4.0]
        if len(inside):
            balls = []
            for _ in range(int(rng.integers(1, 4))):
                centre = inside[0] + rng.normal(0, 7.0, 3)
                balls.append(
                    ellipsoid(centre, rng.uniform(4.0, 13.0) * rng.uniform([0.8, 0.6, 0.8], [1.6, 0.9, 1.4]) * s)
                )
            solids.append(smooth_union(*balls, blend_mm=4.0))
    return solids


def _bladder(place: Place) -> Solid:
    r, s = place.soft.bladder_mm, place.pelvis.scale
    return ellipsoid((0, -26 * s + 0.15 * r, -6 * s + 0.5 * r), np.array([1.15, 0.85, 0.9]) * r)


def _tilted(rng: np.random.Generator) -> NDArray[np.float64]:
    return rng.standard_normal(3)
