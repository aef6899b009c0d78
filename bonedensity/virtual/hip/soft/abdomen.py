"""Inside the pelvis and belly, which are fat: bowel with gas and stool, bladder, rectum, womb or prostate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.bone import Lattice, smooth_step
from bonedensity.virtual.hip.soft.layers import coarse, everywhere, lay, paint_solid
from bonedensity.virtual.hip.soft.place import Place
from bonedensity.virtual.solids import Points, Solid, ellipsoid, smooth_union, sweep
from bonedensity.virtual.texture import strut_texture

BOWEL_HU, WATER_HU, ORGAN_HU, GAS_HU = 32.0, 8.0, 42.0, -940.0

LOOPS = 3
"""Loops of small bowel that may hold gas; the colon runs up on the right, across and down on the left."""

COILS_MM, FULLER, ABOVE_MM = (28.0, 60.0), 0.5, (0.0, 30.0)
"""The rest of the small bowel: twice the breadths of its coils, how much more than half of the room they fill (standard
deviations of their field; the rest is the fat of the mesentery), and the heights over which it begins."""

STOOL_MM, STOOL_HU, AIR_IN_STOOL = (5.0, 16.0), 45.0, (0.9, 1.4)
"""Grain of what the bowel holds, its spread, and from where to where (standard deviations) it turns to small bubbles: a
seventh of the room. Projections of a real CT show this mottling at 6 to 25 mm."""

GRAIN_MM = 3.0
"""Step at which both are computed."""

BALLS, BALL_MM = (3, 10), (2.5, 7.0)
"""Fewest and one more than most, and the mean radii, of the balls of a bubble of gas."""


def lay_coils(hu: NDArray[np.float32], lattice: Lattice, place: Place, room: NDArray[np.float32]) -> None:
    """Coils of small bowel in the fat of their mesentery, in no order; in place.

    Args:
        hu: (K, J, I).
        lattice: Its grid.
        place: The person's numbers.
        room: (K, J, I) share of each voxel within the belly's wall.
    """
    grain = strut_texture(place.soft.seed + 3, wavelengths_mm=COILS_MM)

    def bowel(p: Points) -> NDArray[np.floating]:
        return smooth_step(grain(p) + FULLER, -0.3, 0.3) * smooth_step(p[..., 2], *ABOVE_MM)

    lay(hu, room * coarse(lattice, everywhere(lattice), bowel), BOWEL_HU)


def paint_abdomen(hu: NDArray[np.float32], lattice: Lattice, place: Place) -> None:
    """In place."""
    rng = np.random.default_rng([place.soft.seed, 1])
    stool = strut_texture(place.soft.seed + 1, wavelengths_mm=STOOL_MM)

    def contents(p: Points) -> NDArray[np.floating]:
        grain = stool(p)
        return BOWEL_HU + STOOL_HU * grain + (GAS_HU - BOWEL_HU) * smooth_step(grain, *AIR_IN_STOOL)

    tubes = [*_loops(place, rng), *_colon(place, rng)]
    for tube in tubes:
        paint_solid(hu, lattice, tube, contents, grain_mm=GRAIN_MM)
    s = place.pelvis.scale
    middle = place.at((2.3, 0, 0))[1]
    paint_solid(hu, lattice, ellipsoid((0, middle + 28 * s, 18 * s), np.array([24, 20, 30]) * s), ORGAN_HU)
    paint_solid(hu, lattice, _bladder(place), WATER_HU)
    rectum = sweep(
        [(0, 62 * s, 60 * s), (3, 60 * s, 20 * s), (0, 46 * s, -30 * s)], [17 * s, 19 * s, 11 * s], across=(1, 0, 0)
    )
    paint_solid(hu, lattice, rectum, contents, grain_mm=GRAIN_MM)
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
    """Bubbles in the bowel, each of some balls beside each other, flattened as gas is in a lying person."""
    s, solids = place.pelvis.scale, list[Solid]()
    while len(solids) < place.soft.gas_bubbles:
        tube = tubes[int(rng.integers(len(tubes)))]
        trial = rng.uniform(tube.low, tube.high, (200, 3))
        inside = trial[tube.distance(trial) < -4.0]
        if len(inside):
            near = np.argsort(np.linalg.norm(inside - inside[0], axis=1))[: int(rng.integers(*BALLS))]
            flat = rng.uniform([0.8, 0.6, 0.8], [1.5, 0.9, 1.5], (len(near), 3)) * s
            radii = rng.uniform(*BALL_MM, (len(near), 1)) * flat
            solids.append(smooth_union(*map(ellipsoid, inside[near], radii), blend_mm=4.0))
    return solids


def _bladder(place: Place) -> Solid:
    r, s = place.soft.bladder_mm, place.pelvis.scale
    return ellipsoid((0, -26 * s + 0.15 * r, -6 * s + 0.5 * r), np.array([1.15, 0.85, 0.9]) * r)


def _tilted(rng: np.random.Generator) -> NDArray[np.float64]:
    return rng.standard_normal(3)
