"""Everything but mineral on a grid: layers, organs, vessels, discs, canal and marrow of a trunk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.bone import Bone, Lattice
from bonedensity.virtual.solids import Points, Solid, coverage, sweep
from bonedensity.virtual.spine.coarse import coarsely
from bonedensity.virtual.spine.layers import SKIN_MM, Layers
from bonedensity.virtual.spine.organs import Filling, organs_of
from bonedensity.virtual.spine.trunk import Trunk
from bonedensity.virtual.spine.variant import SpineVariant
from bonedensity.virtual.spine.vessels import vessels_of
from bonedensity.virtual.streams import stream

SLAB = 8
"""Slices that are worked on at once."""

DISC_HU, CANAL_HU = 85.0, 22.0
"""At 120 kVp: cartilage, and cord in its fluid with some fat."""

COARSE_MM = 4.0
"""Distances to large solids are computed on a grid this coarse and interpolated."""

SMALL_MM = 14.0
"""Solids thinner than this are computed on the grid itself."""


def paint_trunk(lattice: Lattice, trunk: Trunk, variant: SpineVariant, bones: Sequence[Bone]) -> NDArray[np.float32]:
    """HU at 120 kVp (K, J, I) of everything but mineral: layers, organs, vessels, discs, canal, marrow.

    Args:
        lattice: Grid.
        trunk: The person's trunk.
        variant: Gives the aorta's chalk.
        bones: Marrow fills them.
    """
    hu = _paint_layers(lattice, trunk.layers)
    organs = organs_of(trunk.layers, trunk.placed, trunk.foot, trunk.lean, stream(trunk.seed, "organs"))
    vessels = vessels_of(trunk.placed, trunk.foot, variant.aortic_calcification, stream(trunk.seed, "vessels"))
    for filling in (*organs, *vessels, *_spine_fillings(trunk)):
        _fill(hu, lattice, filling.solid, filling.hu, within=trunk.layers)
    for bone in bones:
        _fill(hu, lattice, bone.solid if bone.side > 0 else bone.solid.mirrored(), trunk.marrow)
    return hu


def _paint_layers(lattice: Lattice, layers: Layers) -> NDArray[np.float32]:
    hu = np.empty(lattice.shape, np.float32)
    for first in range(0, lattice.shape[0], SLAB):
        block = (slice(first, min(first + SLAB, lattice.shape[0])), slice(None), slice(None))
        hu[block] = layers.hu(lattice.points(block), lattice.voxel_mm)
    return hu


def _spine_fillings(trunk: Trunk) -> list[Filling]:
    """Discs, and the canal from the sacrum up."""
    course = [trunk.foot + np.array([0.0, 26.0, -4.0])]
    half = [(12.0, 8.0)]
    for placed in trunk.placed.values():  # from L5 up
        v = placed.shape
        course.append(placed.pose.apply([0.0, v.mean_depth / 2 + v.canal[1] / 2 - v.hollow, 0.0]))
        half.append((v.canal[0] / 2, v.canal[1] / 2))
    canal = Filling(sweep(course, half, across=(1.0, 0.0, 0.0)), CANAL_HU)
    return [canal, *(Filling(placed.disc, DISC_HU) for placed in trunk.placed.values())]


def _fill(hu: NDArray[np.float32], lattice: Lattice, solid: Solid, value: float, within: Layers | None = None) -> None:
    """Fill a solid, in place; below the skin alone where layers are given."""
    block = lattice.block(solid.low, solid.high)
    part = hu[block]
    if 0 in part.shape:
        return
    points = lattice.points(block)
    share = coverage(_distance(solid, points, lattice.voxel_mm), lattice.voxel_mm)
    held = share > 0
    if within is not None:
        share[held] *= coverage(SKIN_MM + 2.0 - within.depth(points[held]), lattice.voxel_mm)
    part[held] += share[held] * (value - part[held])


def _distance(solid: Solid, points: Points, voxel_mm: float) -> NDArray[np.floating]:
    small = np.min(solid.high - solid.low) < SMALL_MM
    return coarsely(solid.distance, points, 1 if small else int(COARSE_MM / voxel_mm))
