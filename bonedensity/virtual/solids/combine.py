"""Solids from solids: joined with fillets, cut from one another, cut by a plane."""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.virtual.solids.solid import Field, Points, Solid, vector

FAR_MM = 12.0
"""Farther than this from a part's box (plus the fillet), the distance to the box stands for that to the part."""


def union(*solids: Solid) -> Solid:
    """All of several solids, with creases where they meet."""
    return smooth_union(*solids, blend_mm=0.0)


def smooth_union(*solids: Solid, blend_mm: float) -> Solid:
    """All of several solids, with fillets about `blend_mm` wide where they meet.

    A part is evaluated near its own box only, so that many parts cost hardly more than one.
    """
    low = np.min([solid.low for solid in solids], axis=0) - blend_mm / 4
    high = np.max([solid.high for solid in solids], axis=0) + blend_mm / 4
    parts = [_near_its_box(solid, FAR_MM + blend_mm) for solid in solids]

    def distance(p: Points) -> NDArray[np.floating]:
        return reduce(lambda a, b: smooth_minimum(a, b, blend_mm), (part(p) for part in parts))

    return Solid(distance, low, high)


def difference(solid: Solid, *removed: Solid) -> Solid:
    """The first solid without the others."""
    return smooth_difference(solid, *removed, blend_mm=0.0)


def smooth_difference(solid: Solid, *removed: Solid, blend_mm: float) -> Solid:
    """The first solid without the others, with edges rounded over about `blend_mm`."""
    parts = [_near_its_box(other, FAR_MM + blend_mm) for other in removed]

    def distance(p: Points) -> NDArray[np.floating]:
        first = -solid.distance(p)
        return -reduce(lambda a, b: smooth_minimum(a, b, blend_mm), (part(p) for part in parts), first)

    return Solid(distance, solid.low, solid.high)


def beyond(solid: Solid, point: ArrayLike, normal: ArrayLike) -> Solid:
    """The part of a solid on the side of a plane that `normal` points to."""
    origin, direction = vector(point), vector(normal)
    direction = direction / np.linalg.norm(direction)

    def distance(p: Points) -> NDArray[np.floating]:
        return np.maximum(solid.distance(p), -(p - origin.astype(p.dtype)) @ direction.astype(p.dtype))

    return Solid(distance, solid.low, solid.high)


def _near_its_box(solid: Solid, far_mm: float) -> Field:
    """The solid's distance where the box is nearer than `far_mm`; elsewhere that of the box, which is smaller."""
    middle, half = (solid.low + solid.high) / 2, (solid.high - solid.low) / 2

    def distance(p: Points) -> NDArray[np.floating]:
        from bonedensity.virtual.solids.kernels import box_distance

        points = np.ascontiguousarray(p).reshape(-1, 3)
        outside = np.empty(len(points), p.dtype)
        box_distance(points, middle.astype(p.dtype), half.astype(p.dtype), outside)
        near = np.flatnonzero(outside < far_mm)
        if len(near) == len(points):
            return solid.distance(p)
        if len(near):
            outside[near] = solid.distance(points[near])
        return outside.reshape(p.shape[:-1])

    return distance


def smooth_minimum(a: NDArray[np.floating], b: NDArray[np.floating], blend_mm: float) -> NDArray[np.floating]:
    """The smaller of two distances, with a fillet where they are equal (mm)."""
    if blend_mm == 0:
        return np.minimum(a, b)
    overlap = np.maximum(blend_mm - np.abs(a - b), 0) / blend_mm
    return np.minimum(a, b) - overlap**2 * blend_mm / 4
