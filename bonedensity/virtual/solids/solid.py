"""A region of space by its signed distance, and how it is moved, mirrored and grown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.geometry import RigidTransform

Points = NDArray[np.floating]
"""(..., 3) in mm."""

Field = Callable[[Points], NDArray[np.floating]]
"""A number at every point: (..., 3) mm to (...)."""


@dataclass(frozen=True, slots=True)
class Solid:
    """A region of space.

    Attributes:
        distance: Signed distance (mm) from points (mm) to the surface; negative inside.
        low: Corner of an axis-parallel box around the solid (mm).
        high: The opposite corner (mm).
    """

    distance: Field
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def moved(self, transform: RigidTransform) -> Solid:
        """The solid rotated and translated (mm)."""
        back = transform.inverse()
        corners = np.array(np.meshgrid(*np.stack([self.low, self.high], axis=1))).reshape(3, -1).T
        moved = transform.apply(corners)
        return Solid(lambda p: self.distance(carried(p, back)), moved.min(axis=0), moved.max(axis=0))

    def mirrored(self) -> Solid:
        """The solid on the other side of the plane x = 0."""
        flip = np.array([-1.0, 1.0, 1.0])
        corners = np.stack([self.low * flip, self.high * flip])
        return Solid(lambda p: self.distance(p * flip.astype(p.dtype)), corners.min(axis=0), corners.max(axis=0))

    def grown(self, margin_mm: float) -> Solid:
        """The solid with a layer added (or, below zero, taken away)."""
        return Solid(lambda p: self.distance(p) - margin_mm, self.low - margin_mm, self.high + margin_mm)


def carried(p: Points, transform: RigidTransform) -> Points:
    """Points (..., 3) moved rigidly, in their own precision."""
    rotation, translation = transform.rotation.astype(p.dtype), transform.translation.astype(p.dtype)
    return (p.reshape(-1, 3) @ rotation.T).reshape(p.shape) + translation


def field_moved(field: Field, transform: RigidTransform) -> Field:
    """A field that goes along with a solid that is moved."""
    back = transform.inverse()
    return lambda p: field(carried(p, back))


def coverage(distance: NDArray[np.floating], voxel_mm: float) -> NDArray[np.floating]:
    """Share (0 to 1) of a voxel that lies inside a flat boundary at a signed distance from its centre.

    It falls smoothly over one voxel to either side whatever the boundary's direction: enough for soft tissue. Bone,
    whose thin shells must keep their mass along every ray, is shared by `facing`.
    """
    from bonedensity.virtual.solids.kernels import voxel_share

    out = np.empty(distance.shape, distance.dtype)
    voxel_share(np.ascontiguousarray(distance).reshape(-1), 1 / voxel_mm, out.reshape(-1))
    return out


def square(p: Points) -> NDArray[np.floating]:
    """Squared length (mm²) of every vector (..., 3)."""
    return np.einsum("...i,...i", p, p)


def vector(values: ArrayLike) -> NDArray[np.float64]:
    """Numbers as a double-precision array."""
    return np.asarray(values, dtype=np.float64)
