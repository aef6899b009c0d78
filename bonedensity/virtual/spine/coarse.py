"""Smooth fields computed on every few voxels of a block and interpolated between."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.solids import Field, Points


def coarsely(field: Field, points: Points, step: int) -> NDArray[np.floating]:
    """A field at points (K, J, I, 3) of a grid, from its values at every `step`-th of them.

    Args:
        field: Smooth over `step` voxels.
        points: Of a regular grid.
        step: 1 computes all of them.
    """
    if step < 2 or 0 in points.shape:
        return field(points)
    shape = points.shape[:-1]
    at = [np.unique(np.append(np.arange(0, n, step), n - 1)) for n in shape]
    values = field(points[np.ix_(*at)])
    for axis, (known, count) in enumerate(zip(at, shape, strict=True)):
        values = _interpolated(values, known, count, axis)
    return values


def _interpolated(values: NDArray[np.floating], known: NDArray[np.intp], count: int, axis: int) -> NDArray[np.floating]:
    """Values known at some indices of an axis, at all of them."""
    if len(known) == 1:
        return values
    wanted = np.arange(count)
    left = np.clip(np.searchsorted(known, wanted, side="right") - 1, 0, len(known) - 2)
    weight = ((wanted - known[left]) / (known[left + 1] - known[left])).astype(values.dtype)
    weight = weight.reshape([-1 if other == axis else 1 for other in range(values.ndim)])
    low, high = values.take(left, axis=axis), values.take(left + 1, axis=axis)
    return low + weight * (high - low)
