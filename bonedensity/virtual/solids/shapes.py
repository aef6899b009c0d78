"""Simple solids: ball, ellipsoid, rounded box, rods, ring."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.virtual.solids.solid import Points, Solid, square, vector

NEAREST = 1e-3
"""Coordinates, as a share of the half-axis, are kept this far from 0: their powers must not vanish in float32."""


def sphere(centre: ArrayLike, radius: float) -> Solid:
    """A ball."""
    c = vector(centre)
    return Solid(lambda p: np.sqrt(square(p - c.astype(p.dtype))) - radius, c - radius, c + radius)


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
    c, r = vector(centre), vector(radii)

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
    """A rod with round ends of different radii: the hull of two balls; where one holds the other, that ball alone."""
    a, b = vector(start), vector(end)
    length = float(np.linalg.norm(b - a))
    if length <= abs(start_radius - end_radius):
        return sphere(a, start_radius) if start_radius > end_radius else sphere(b, end_radius)
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
    c = vector(centre)

    def distance(p: Points) -> NDArray[np.floating]:
        q = p - c.astype(p.dtype)
        return np.hypot(np.hypot(q[..., 0], q[..., 1]) - ring_radius, q[..., 2]) - tube_radius

    reach = np.array([ring_radius + tube_radius, ring_radius + tube_radius, tube_radius])
    return Solid(distance, c - reach, c + reach)
