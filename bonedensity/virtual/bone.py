"""A virtual bone: a solid with a cortex of given thickness and a trabecular density, painted onto a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bonedensity.geometry import RigidTransform
from bonedensity.virtual.solids import Field, Points, Solid, field_moved
from bonedensity.virtual.solids.facing import KNOWN, REACH, Facing, facing

Block = tuple[slice, slice, slice]
"""Part of an array, as [k, j, i]."""


CELL = 4
"""Edge, in voxels, of the cells in which a solid is looked for."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """Cubic voxels along the patient's axes: i to the left, j to the back, k to the head.

    Attributes:
        shape: (K, J, I).
        origin: Centre of voxel (0, 0, 0), LPS mm.
        voxel_mm: Edge of a voxel.
    """

    shape: tuple[int, int, int]
    origin: NDArray[np.float64]
    voxel_mm: float

    def block(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> Block:
        """The part of the grid that covers a box (LPS mm)."""
        first = np.floor((low - self.origin) / self.voxel_mm).astype(int) - 1
        last = np.ceil((high - self.origin) / self.voxel_mm).astype(int) + 2
        first, last = np.maximum(first, 0)[::-1], np.maximum(last, 0)[::-1]
        return slice(first[0], last[0]), slice(first[1], last[1]), slice(first[2], last[2])

    def axes(self, block: Block) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Voxel centres of a block along z, y and x (LPS mm)."""
        z, y, x = (
            (self.origin[axis] + self.voxel_mm * np.arange(*part.indices(count))).astype(np.float32)
            for axis, part, count in zip((2, 1, 0), block, self.shape, strict=True)
        )
        return z, y, x

    def points(self, block: Block) -> Points:
        """Voxel centres (K, J, I, 3) in LPS mm, single precision."""
        return crossings(*self.axes(block))

    def points_at(self, block: Block, chosen: NDArray[np.bool_]) -> Points:
        """Voxel centres (N, 3) where a mask of the block holds, as `points(block)[chosen]`."""
        axes = self.axes(block)
        return np.stack([axes[a][at] for a, at in zip((2, 1, 0), np.nonzero(chosen)[::-1], strict=True)], axis=-1)


def crossings(z: NDArray[np.float32], y: NDArray[np.float32], x: NDArray[np.float32]) -> Points:
    """Points (K, J, I, 3) of a grid with these axes."""
    return np.stack(np.meshgrid(z, y, x, indexing="ij")[::-1], axis=-1)


@dataclass(frozen=True, slots=True)
class Bone:
    """One bone.

    Attributes:
        name: TotalSegmentator's label name.
        solid: Outer surface; for a paired bone that of the left side.
        cortex_mm: Thickness of the cortex at every point.
        trabecular: Mineral density inside the cortex (mg/cm³ CHA).
        cortical: Mineral density of the cortex (mg/cm³ CHA).
        side: -1 mirrors the bone to the right; else +1.
    """

    name: str
    solid: Solid
    cortex_mm: Field
    trabecular: Field
    cortical: float
    side: int = 1

    def moved(self, transform: RigidTransform) -> Bone:
        """The bone rotated and translated in the world (mm), with all that is inside it."""
        own = transform if self.side > 0 else mirrored_transform(transform)
        return replace(
            self,
            solid=self.solid.moved(own),
            cortex_mm=field_moved(self.cortex_mm, own),
            trabecular=field_moved(self.trabecular, own),
        )


@dataclass(frozen=True, slots=True)
class Painting:
    """What is painted so far, all (K, J, I).

    Attributes:
        share: Share of each voxel that is bone, 0 to 1.
        density: Mineral density averaged over the voxel (mg/cm³ CHA).
        labels: Label values.
    """

    share: NDArray[np.float32]
    density: NDArray[np.float32]
    labels: NDArray[np.uint8]

    @classmethod
    def empty(cls, lattice: Lattice) -> Painting:
        """No bone yet."""
        shape = lattice.shape
        return cls(np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.zeros(shape, np.uint8))


def paint(painting: Painting, lattice: Lattice, bone: Bone, value: int, *, keep_off: Sequence[Solid] = ()) -> float:
    """Add a bone, in place.

    Args:
        painting: Changed in place.
        lattice: Its grid.
        bone: What to add.
        value: Its label.
        keep_off: Solids that the bone must not enter (already painted bones with their joint space).

    Returns:
        The bone's mineral mass (g) within the image.
    """
    outer = bone.solid if bone.side > 0 else bone.solid.mirrored()
    block = lattice.block(outer.low, outer.high)
    known = _near(outer, lattice, block)
    points = lattice.points_at(block, known)
    distance = outer.distance(points)
    within = distance < KNOWN * lattice.voxel_mm
    known[known] = within
    points, distance = points[within], distance[within]
    for other in keep_off:
        distance = np.maximum(distance, -other.distance(points))
    reached = distance < REACH * lattice.voxel_mm
    near, surface = _facing(known, distance, reached, lattice.voxel_mm)
    own = points[reached] * np.array([bone.side, 1, 1], np.float32)
    free = 1 - painting.share[block][near]
    whole = surface.share()
    share = np.minimum(whole, free)
    density = np.where(free > 0, _density(bone, own, surface, whole), 0)
    painting.share[block][near] += share
    painting.density[block][near] += density
    labels = painting.labels[block]
    labels[near] = np.where((labels[near] == 0) & (surface.distance < 0), value, labels[near])
    return float(density.sum(dtype=np.float64) * lattice.voxel_mm**3 * 1e-6)  # mg/cm³ · mm³ = 1e-6 g


def _near(solid: Solid, lattice: Lattice, block: Block) -> NDArray[np.bool_]:
    """Voxels that a solid can reach, from its distance at the middle of cells of `CELL` voxels: most of a box is not.

    Distances may be off by half, as those of flat ellipsoids are far from their surface.
    """
    axes = lattice.axes(block)
    if 0 in (len(axis) for axis in axes):
        return np.zeros([len(axis) for axis in axes], bool)
    middle = [axis[np.minimum(np.arange(0, len(axis), CELL) + CELL // 2, len(axis) - 1)] for axis in axes]
    reach = 2 * np.sqrt(3) * CELL / 2 * lattice.voxel_mm + lattice.voxel_mm
    cells = solid.distance(crossings(*middle)) < reach
    for number, axis in enumerate(axes):
        cells = np.repeat(cells, CELL, axis=number).take(range(len(axis)), axis=number)
    return cells


def mirrored_transform(transform: RigidTransform) -> RigidTransform:
    """The same motion seen in a mirror at the plane x = 0."""
    flip = np.diag([-1.0, 1.0, 1.0])
    return RigidTransform.from_rotation_translation(flip @ transform.rotation @ flip, flip @ transform.translation)


def constant(value: float) -> Field:
    """The same number everywhere."""
    return lambda p: np.full(p.shape[:-1], value, p.dtype)


def smooth_step(values: NDArray[np.floating], start: float, end: float) -> NDArray[np.floating]:
    """0 before `start`, 1 after `end` (which may lie before `start`), smooth between."""
    t = np.clip((values - start) / (end - start), 0, 1)
    return t * t * (3 - 2 * t)


def _facing(
    known: NDArray[np.bool_], distance: NDArray[np.floating], reached: NDArray[np.bool_], voxel_mm: float
) -> tuple[NDArray[np.bool_], Facing]:
    """The block's voxels that a bone reaches, and how its surface lies to them."""
    grid = np.full(known.shape, np.nan, np.float32)
    grid[known] = distance
    near = known.copy()
    near[known] = reached
    return near, facing(grid, near, voxel_mm)


def _density(bone: Bone, points: Points, surface: Facing, whole: NDArray[np.float32]) -> NDArray[np.floating]:
    """Averaged over each voxel, so that a cortex thinner than a voxel keeps its mass."""
    inside = surface.share(bone.cortex_mm(points))
    return bone.cortical * (whole - inside) + bone.trabecular(points) * inside
