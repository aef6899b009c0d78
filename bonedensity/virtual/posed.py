"""Bones painted once, each on a fine grid of its own, and seen in any posture: line integrals of bones add up."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bonedensity.densitometry.areal import areal_density
from bonedensity.geometry import RayGrid, RigidTransform
from bonedensity.virtual.body import Body
from bonedensity.virtual.bone import Bone, Lattice
from bonedensity.virtual.painted import PaintedBones, covering_lattice, paint_bones
from bonedensity.virtual.solids import Solid

SAME_SHAPE_MM = 0.05
"""Largest difference of two bones' distances, at points of the bone, by which they are one bone moved."""

CHECKED_POINTS = 300
AROUND = 3
"""Voxels painted beyond what rays reach: surfaces are found from neighbours."""

OFF_WALLS_MM = 0.137
"""Shift of a grid, so that no ray runs along voxels' walls."""


@dataclass(slots=True, eq=False)
class PaintedOnce:
    """Bones of one body, painted when they are first asked for.

    Attributes:
        body: In the posture in which they are painted.
        voxel_mm: Of the grids.
        for_one_image: Whether only what the first rays reach is painted: quicker, but of use to no other image.
        painted: By name, what is painted so far.
    """

    body: Body
    voxel_mm: float
    for_one_image: bool = False
    painted: dict[str, PaintedBones] = field(default_factory=dict)

    def paint(self, rays: Mapping[str, RayGrid | None], threads: int | None = None) -> None:
        """Paint several bones side by side.

        Args:
            rays: By bone, in the body's frame (LPS mm), what will look at it; None for all around.
            threads: Default: one for each processor.
        """
        todo = [(name, seen_by) for name, seen_by in rays.items() if name not in self.painted]
        with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
            list(pool.map(lambda each: self.bone(*each), todo))

    def bone(self, name: str, rays: RayGrid | None = None) -> PaintedBones:
        """One bone, alone on its grid; where it serves one image, what these rays reach of it."""
        if name not in self.painted:
            outer = outer_solid(_named(self.body)[name])
            lattice = covering_lattice(outer.low - 2 + OFF_WALLS_MM, outer.high + 2, self.voxel_mm)
            if self.for_one_image and rays is not None:
                lattice = _reached(lattice, rays)
            self.painted[name] = paint_bones(self.body, lattice, only=[name])
        return self.painted[name]


@dataclass(frozen=True, slots=True, eq=False)
class PlacedBone:
    """A painted bone in another posture.

    Attributes:
        name: Label.
        painted: On its own grid.
        pose: Posed body from painted body.
    """

    name: str
    painted: PaintedBones
    pose: RigidTransform

    def areal_density(self, rays: RayGrid, mask: NDArray[np.bool_] | None = None) -> NDArray[np.float32]:
        """Mineral (g/cm²) along rays of the posed body's frame, exact; of the masked voxels (K, J, I) where given."""
        return areal_density(self.painted.mineral, rays.moved(self.pose.inverse().matrix), mask)


def placed_bones(once: PaintedOnce, body: Body, rays: RayGrid) -> Iterator[PlacedBone]:
    """The bones of a body that rays can meet, painted in another posture where they are the same bones moved.

    Args:
        once: What is painted.
        body: The same person in any posture.
        rays: In the body's frame (LPS mm).
    """
    before = _named(once.body)
    near = [bone for bone in body.bones if _within_reach(bone, rays)]
    candidates = [RigidTransform.identity(), *_motions(once.body.landmarks, body.landmarks, before)]
    poses = {bone.name: _pose_between(before.get(bone.name), bone, candidates) for bone in near}
    again = PaintedOnce(body, once.voxel_mm, once.for_one_image)
    again.paint({name: rays for name, pose in poses.items() if pose is None})
    once.paint({name: rays.moved(pose.inverse().matrix) for name, pose in poses.items() if pose is not None})
    for name, pose in poses.items():
        if pose is None:
            yield PlacedBone(name, again.bone(name), RigidTransform.identity())
        else:
            yield PlacedBone(name, once.bone(name), pose)


def _reached(lattice: Lattice, rays: RayGrid) -> Lattice:
    """The part of a grid that rays meet, a few voxels more, on the same voxels."""
    last = lattice.origin + lattice.voxel_mm * (np.array(lattice.shape[::-1]) - 1)
    low, high = reached_box(rays, lattice.origin, last)
    first = np.maximum(np.floor((low - lattice.origin) / lattice.voxel_mm) - AROUND, 0)
    end = np.minimum(np.ceil((high - lattice.origin) / lattice.voxel_mm) + AROUND, np.array(lattice.shape[::-1]) - 1)
    columns, rows, slices = (int(n) + 1 for n in np.maximum(end - first, 0))
    return Lattice((slices, rows, columns), lattice.origin + lattice.voxel_mm * first, lattice.voxel_mm)


def _named(body: Body) -> dict[str, Bone]:
    return {bone.name: bone for bone in body.bones}


def outer_solid(bone: Bone) -> Solid:
    """The bone's outer surface on its own side."""
    return bone.solid if bone.side > 0 else bone.solid.mirrored()


def _motions(
    before: Mapping[str, NDArray[np.float64]], after: Mapping[str, NDArray[np.float64]], bones: Mapping[str, Bone]
) -> list[RigidTransform]:
    """How each bone with three or more landmarks has moved, after Arun 1987."""
    found = []
    for name in bones:
        shared = [key for key in before if key.startswith(f"{name}_") and key in after]
        if len(shared) >= 3:
            found.append(_fitted(np.array([before[k] for k in shared]), np.array([after[k] for k in shared])))
    return found


def _fitted(points: NDArray[np.float64], moved: NDArray[np.float64]) -> RigidTransform:
    middle, target = points.mean(axis=0), moved.mean(axis=0)
    u, _, vt = np.linalg.svd((points - middle).T @ (moved - target))
    turn = vt.T @ np.diag([1.0, 1.0, np.sign(np.linalg.det(vt.T @ u.T))]) @ u.T
    return RigidTransform.from_rotation_translation(turn, target - turn @ middle)


def _pose_between(before: Bone | None, after: Bone, candidates: list[RigidTransform]) -> RigidTransform | None:
    """The candidate that takes one bone onto the other, or None."""
    if before is None:
        return None
    first, second = outer_solid(before), outer_solid(after)
    points = np.random.default_rng(0).uniform(first.low, first.high, (CHECKED_POINTS, 3))
    distance = first.distance(points)
    for pose in candidates:
        if np.abs(second.distance(pose.apply(points)) - distance).max() < SAME_SHAPE_MM:
            return pose
    return None


def _within_reach(bone: Bone, rays: RayGrid) -> bool:
    """Whether rays can meet the box around a bone."""
    outer = outer_solid(bone)
    low, high = reached_box(rays, outer.low, outer.high)
    return bool(np.all(low < high))


def reached_box(
    rays: RayGrid, low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The part of a box (LPS mm) that the beam's corner rays enclose; no part where a corner passes the other.

    Args:
        rays: All running more or less along one axis.
        low: Corner of the box.
        high: The opposite corner.
    """
    corners = np.array([[1.0, u, v] for v in (0, rays.rows - 1) for u in (0, rays.columns - 1)])
    first, last = corners @ rays.start.T, corners @ rays.end.T
    axis = int(np.abs((last - first).mean(axis=0)).argmax())
    points = []
    for depth in (low[axis], high[axis]):
        share = (depth - first[:, axis]) / (last[:, axis] - first[:, axis])
        points.append(first + share[:, None] * (last - first))
    beam = np.concatenate(points)
    return np.maximum(beam.min(axis=0), low), np.minimum(beam.max(axis=0), high)
