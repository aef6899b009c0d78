"""Solids given by their signed distance (mm, negative inside), from which virtual bones and soft tissue are built.

Distances are exact for spheres, capsules and tori, and of first order near the surface for the others, which is
where they are used: to share a boundary voxel between two tissues, and to measure depth below a thin cortex.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.geometry import RigidTransform

Points = NDArray[np.floating]
"""(..., 3) in mm."""

Field = Callable[[Points], NDArray[np.floating]]
"""A number at every point: (..., 3) mm to (...)."""

NEAREST = 1e-3
"""Coordinates, as a share of the half-axis, are kept this far from 0: their powers must not vanish in float32."""


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
        return Solid(lambda p: self.distance(back.apply(p).astype(p.dtype)), moved.min(axis=0), moved.max(axis=0))

    def mirrored(self) -> Solid:
        """The solid on the other side of the plane x = 0."""
        flip = np.array([-1.0, 1.0, 1.0])
        corners = np.stack([self.low * flip, self.high * flip])
        return Solid(lambda p: self.distance(p * flip.astype(p.dtype)), corners.min(axis=0), corners.max(axis=0))

    def grown(self, margin_mm: float) -> Solid:
        """The solid with a layer added (or, below zero, taken away)."""
        return Solid(lambda p: self.distance(p) - margin_mm, self.low - margin_mm, self.high + margin_mm)


def sphere(centre: ArrayLike, radius: float) -> Solid:
    """A ball."""
    c = _vector(centre)
    return Solid(lambda p: _norm(p - c.astype(p.dtype)) - radius, c - radius, c + radius)


def ellipsoid(centre: ArrayLike, radii: ArrayLike) -> Solid:
    """An ellipsoid along the axes."""
    return superellipsoid(centre, radii)


def superellipsoid(centre: ArrayLike, radii: ArrayLike, *, across: float = 2.0, along: float = 2.0) -> Solid:
    """A rounded box or cylinder along the axes: 2 is round, larger exponents are squarer.

    Args:
        centre: Its middle (mm).
        radii: Half-axes x, y, z (mm).
        across: Exponent of the section across z.
        along: Exponent of the sections through z.
    """
    c, r = _vector(centre), _vector(radii)

    def distance(p: Points) -> NDArray[np.floating]:
        half = r.astype(p.dtype)
        q = np.maximum(np.abs((p - c.astype(p.dtype)) / half), p.dtype.type(NEAREST))
        x, y, z = q[..., 0], q[..., 1], q[..., 2]
        section = x**across + y**across
        level = section ** (along / across) + z**along
        gauge = level ** (1 / along)
        common = gauge / level
        sideways = common * section ** (along / across - 1)
        slope_x = sideways * x ** (across - 1) / half[0]
        slope_y = sideways * y ** (across - 1) / half[1]
        slope_z = common * z ** (along - 1) / half[2]
        return (gauge - 1) / np.sqrt(slope_x**2 + slope_y**2 + slope_z**2)

    return Solid(distance, c - r, c + r)


def capsule(start: ArrayLike, end: ArrayLike, radius: float) -> Solid:
    """A rod with round ends."""
    return tapered_capsule(start, end, radius, radius)


def tapered_capsule(start: ArrayLike, end: ArrayLike, start_radius: float, end_radius: float) -> Solid:
    """A rod with round ends of different radii: the hull of two balls, neither of which holds the other."""
    a, b = _vector(start), _vector(end)
    length = float(np.linalg.norm(b - a))
    axis = (b - a) / length
    sine = (start_radius - end_radius) / length
    lean = sine / np.sqrt(1 - sine**2)

    def distance(p: Points) -> NDArray[np.floating]:
        offset = p - a.astype(p.dtype)
        along = offset @ axis.astype(p.dtype)
        aside = np.sqrt(np.maximum(square(offset) - along**2, 0))
        nearest = np.clip(along - lean * aside, 0, length)
        return np.hypot(along - nearest, aside) - (start_radius - sine * nearest)

    reach = max(start_radius, end_radius)
    return Solid(distance, np.minimum(a, b) - reach, np.maximum(a, b) + reach)


def torus(centre: ArrayLike, ring_radius: float, tube_radius: float) -> Solid:
    """A ring about the z axis."""
    c = _vector(centre)

    def distance(p: Points) -> NDArray[np.floating]:
        q = p - c.astype(p.dtype)
        return np.hypot(np.hypot(q[..., 0], q[..., 1]) - ring_radius, q[..., 2]) - tube_radius

    reach = np.array([ring_radius + tube_radius, ring_radius + tube_radius, tube_radius])
    return Solid(distance, c - reach, c + reach)


def union(*solids: Solid) -> Solid:
    """All of several solids, with creases where they meet."""
    return smooth_union(*solids, blend_mm=0.0)


def smooth_union(*solids: Solid, blend_mm: float) -> Solid:
    """All of several solids, with fillets about `blend_mm` wide where they meet."""
    low = np.min([solid.low for solid in solids], axis=0) - blend_mm / 4
    high = np.max([solid.high for solid in solids], axis=0) + blend_mm / 4

    def distance(p: Points) -> NDArray[np.floating]:
        return reduce(lambda a, b: _smooth_minimum(a, b, blend_mm), (solid.distance(p) for solid in solids))

    return Solid(distance, low, high)


def difference(solid: Solid, *removed: Solid) -> Solid:
    """The first solid without the others."""

    def distance(p: Points) -> NDArray[np.floating]:
        return reduce(np.maximum, (-other.distance(p) for other in removed), solid.distance(p))

    return Solid(distance, solid.low, solid.high)


def beyond(solid: Solid, point: ArrayLike, normal: ArrayLike) -> Solid:
    """The part of a solid on the side of a plane that `normal` points to."""
    origin, direction = _vector(point), _vector(normal)
    direction = direction / np.linalg.norm(direction)

    def distance(p: Points) -> NDArray[np.floating]:
        return np.maximum(solid.distance(p), -(p - origin.astype(p.dtype)) @ direction.astype(p.dtype))

    return Solid(distance, solid.low, solid.high)


def coverage(distance: NDArray[np.floating], voxel_mm: float) -> NDArray[np.floating]:
    """Share (0 to 1) of a voxel that lies inside, for a flat boundary at a signed distance from its centre."""
    return np.clip(0.5 - distance / voxel_mm, 0, 1)


def square(p: Points) -> NDArray[np.floating]:
    """Squared length (mm²) of every vector (..., 3)."""
    return np.einsum("...i,...i", p, p)


def _smooth_minimum(a: NDArray[np.floating], b: NDArray[np.floating], blend_mm: float) -> NDArray[np.floating]:
    if blend_mm == 0:
        return np.minimum(a, b)
    overlap = np.maximum(blend_mm - np.abs(a - b), 0) / blend_mm
    return np.minimum(a, b) - overlap**2 * blend_mm / 4


def _vector(values: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64)


def _norm(p: Points) -> NDArray[np.floating]:
    return np.sqrt(square(p))
