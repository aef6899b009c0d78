"""Soft tissue of the virtual hip patient in Hounsfield units: skin, fat, muscle, bowel with gas, air outside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from bonedensity.virtual.bone import Lattice
from bonedensity.virtual.solids import (
    Points,
    Solid,
    coverage,
    ellipsoid,
    smooth_union,
    superellipsoid,
    tapered_capsule,
)

AIR_HU, FAT_HU, MUSCLE_HU, SKIN_HU, BOWEL_HU, DISC_HU, GAS_HU = -1000.0, -105.0, 52.0, 70.0, 35.0, 85.0, -950.0
"""Anatomy sheet, section 5, at 120 kVp."""

SKIN_MM = 2.0

MARBLING_HU = 14.0
"""Standard deviation of the coarse texture inside muscle."""


def skin_solid(size: float, girth_mm: float) -> Solid:
    """Outline of trunk and thighs.

    Args:
        size: 1 for an average adult.
        girth_mm: Added to every half-axis of the average outline.
    """
    s, g = size, girth_mm
    trunk = superellipsoid((0, 6 * s, 160 * s), (168 * s + g, 106 * s + g, 238 * s), across=2.4, along=5.0)
    thighs = [
        tapered_capsule((sign * 92 * s, 10 * s, -20 * s), (sign * 92 * s, 6 * s, -330 * s), 88 * s + g, 68 * s + g)
        for sign in (-1, 1)
    ]
    return smooth_union(trunk, *thighs, blend_mm=24.0)


def paint_soft_tissue(
    lattice: Lattice,
    *,
    size: float,
    fat_mm: float,
    discs: Sequence[Solid],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """The patient without bones, in HU (K, J, I).

    Args:
        lattice: Grid.
        size: 1 for an average adult.
        fat_mm: Thickness of the fat under the skin.
        discs: Intervertebral discs, LPS mm.
        rng: Places bowel gas and marbling.
    """
    h = lattice.voxel_mm
    points = lattice.points((slice(None), slice(None), slice(None)))
    depth = -skin_solid(size, fat_mm - 22.0).distance(points).astype(np.float32)
    hu = np.full(lattice.shape, AIR_HU, np.float32)
    _lay(hu, coverage(-depth, h), SKIN_HU)
    _lay(hu, coverage(SKIN_MM - depth, h), FAT_HU)
    _lay(hu, coverage(fat_mm - depth, h), MUSCLE_HU + MARBLING_HU * _coarse_noise(lattice, 6.0, rng))
    _paint_abdomen(hu, lattice, points, size, rng)
    for disc in discs:
        _paint_solid(hu, lattice, disc, DISC_HU)
    return hu


def _paint_abdomen(
    hu: NDArray[np.float32], lattice: Lattice, points: Points, size: float, rng: np.random.Generator
) -> None:
    """Fat with bowel loops in front of the spine, psoas muscles, bladder and 8 to 13 bubbles of gas."""
    s, h = size, lattice.voxel_mm
    cavity = smooth_union(
        superellipsoid((0, -38 * s, 215 * s), (112 * s, 46 * s, 135 * s), across=2.5, along=3.0),
        ellipsoid((0, -5 * s, 45 * s), (58 * s, 45 * s, 70 * s)),
        blend_mm=20.0,
    )
    block = lattice.block(cavity.low, cavity.high)
    loops = np.where(_coarse_noise(lattice, 14.0, rng)[block] > -0.1, BOWEL_HU, FAT_HU).astype(np.float32)
    _lay(hu[block], coverage(cavity.distance(points[block]), h), gaussian_filter(loops, 2.0 / h))
    for sign in (-1, 1):
        psoas = tapered_capsule((sign * 40 * s, 8 * s, 240 * s), (sign * 88 * s, -38 * s, 30 * s), 17 * s, 19 * s)
        _paint_solid(hu, lattice, psoas, MUSCLE_HU)
    _paint_solid(hu, lattice, ellipsoid((0, -30 * s, 5 * s), np.array([36, 28, 27]) * s), 10.0)
    for _ in range(int(rng.integers(8, 14))):
        centre = rng.uniform([-90, -66, 60], [90, -22, 300]) * s
        _paint_solid(hu, lattice, ellipsoid(centre, rng.uniform(4.0, 15.0, 3)), GAS_HU)


def _paint_solid(hu: NDArray[np.float32], lattice: Lattice, solid: Solid, value: float) -> None:
    block = lattice.block(solid.low, solid.high)
    _lay(hu[block], coverage(solid.distance(lattice.points(block)), lattice.voxel_mm), value)


def _lay(hu: NDArray[np.float32], share: NDArray[np.floating], value: float | NDArray[np.floating]) -> None:
    """Fill a share of every voxel, in place."""
    hu += share * (value - hu)


def _coarse_noise(lattice: Lattice, width_mm: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Smooth noise with mean 0 and standard deviation 1; `width_mm` is its Gaussian's."""
    noise = gaussian_filter(rng.standard_normal(lattice.shape, dtype=np.float32), width_mm / lattice.voxel_mm)
    return noise / noise.std()
