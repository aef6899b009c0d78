"""Bodies so plain that every number of their images has a closed form: for quality tests of scanners."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.anatomy.labels import LUMBAR_L1_L4
from bonedensity.virtual.body import Body
from bonedensity.virtual.bone import Bone, Lattice, constant
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.solids import Points, Solid, sphere

AIR_HU, WATER_HU, FAT_HU, MUSCLE_HU = -1000.0, 0.0, -100.0, 50.0

STEP_MM = (40.0, 30.0, 34.0)
"""Width, depth and height of one step of the wedge."""

STEP_PITCH_MM = 37.0
BLOCK_HALF_MM = (100.0, 100.0, 130.0)
"""Half the block that holds the wedge; the wedge's rays pass 200 mm of it."""


def nobody(seed: int = 0) -> Person:
    """A person of no consequence."""
    return Person(f"plain-{seed}", seed, "female", 60.0, 160.0, 60.0)


def box(centre: ArrayLike, half: ArrayLike) -> Solid:
    """A box along the axes; half-edges in mm."""
    c, h = np.asarray(centre, dtype=np.float64), np.asarray(half, dtype=np.float64)

    def distance(p: Points) -> NDArray[np.floating]:
        return (np.abs(p - c.astype(p.dtype)) - h.astype(p.dtype)).max(axis=-1)

    return Solid(distance, c - h, c + h)


def ball_body(*, density: float, radius_mm: float, half_mm: float = 60.0, metal_mm: float = 0.0) -> Body:
    """A ball of mineral in the middle of a cube of water, called left femur; its mass is 4/3 pi r³ times the density.

    Args:
        density: mg/cm³ CHA.
        radius_mm: Of the ball.
        half_mm: Half the cube's edge.
        metal_mm: Radius of a ball of metal beside it; 0 for none.
    """
    cube = box((0, 0, 0), (half_mm,) * 3)
    metal = sphere((half_mm / 2, 0, 0), metal_mm) if metal_mm > 0 else None

    def soft(lattice: Lattice) -> NDArray[np.float32]:
        points = lattice.points((slice(None),) * 3)
        hu = np.where(cube.distance(points) < 0, WATER_HU, AIR_HU).astype(np.float32)
        return hu if metal is None else np.where(metal.distance(points) < 0, np.float32(8000), hu)

    femur = Bone("femur_left", sphere((0, 0, 0), radius_mm), constant(0.0), constant(density), 0.0)
    names = {"head_centre": (0, 0, 10), "neck_centre": (8, 0, 2), "shaft_20mm": (9, 0, -10), "shaft_50mm": (9, 0, -20)}
    landmarks = {f"femur_left_{name}": np.array(at, dtype=np.float64) for name, at in names.items()}
    edge = np.full(3, half_mm + 6.0)
    return Body(nobody(), (femur,), {}, soft, -edge, edge, landmarks, {"density_mg_cm3": density})


def step_wedge(areal: Sequence[float], *, fat_beside_mm: float = 0.0, lift_mm: float = 0.0) -> Body:
    """Four steps of known areal density, called L1 to L4 from above, in 200 mm of muscle.

    Args:
        areal: g/cm² from front to back, of L1, L2, L3, L4.
        fat_beside_mm: Muscle this thick is fat where there is no step in front or behind.
        lift_mm: The steps lie this far in front of the block's middle.
    """
    block, half = box((0, 0, 0), BLOCK_HALF_MM), np.array(STEP_MM) / 2
    middles = [np.array([0.0, -lift_mm, (1.5 - n) * STEP_PITCH_MM]) for n in range(4)]
    bones = tuple(
        Bone(name, box(at, half), constant(0.0), constant(value * 1e4 / STEP_MM[1]), 0.0)
        for name, at, value in zip(LUMBAR_L1_L4, middles, areal, strict=True)
    )

    def soft(lattice: Lattice) -> NDArray[np.float32]:
        points = lattice.points((slice(None),) * 3)
        hu = np.where(block.distance(points) < 0, MUSCLE_HU, AIR_HU)
        beside = (np.abs(points[..., 0]) > half[0] + 2) & (np.abs(points[..., 1] - 60.0) < fat_beside_mm / 2)
        return np.where(beside & (hu > AIR_HU), FAT_HU, hu).astype(np.float32)

    landmarks = {f"{name}_centre": at for name, at in zip(LUMBAR_L1_L4, middles, strict=True)}
    edge = np.array(BLOCK_HALF_MM)
    return Body(nobody(), bones, {}, soft, -edge - 6.0, edge + 6.0, landmarks, {"areal_g_cm2": list(areal)})
