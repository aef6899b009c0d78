"""Small pieces from which cortex thickness and trabecular density are written: bells, bundles, steps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.virtual.solids import Points, square


def bell(p: Points, centre: ArrayLike, width_mm: float) -> NDArray[np.floating]:
    """1 at a point, falling off as a Gaussian of that standard deviation (mm)."""
    return np.exp(-square(p - np.asarray(centre).astype(p.dtype)) / p.dtype.type(2 * width_mm**2))


def bundle(p: Points, line: ArrayLike, width_mm: float) -> NDArray[np.floating]:
    """1 on a line through points (N, 3), falling off as a Gaussian of that standard deviation (mm)."""
    points = np.asarray(line, dtype=np.float64)
    nearest = np.full(p.shape[:-1], np.inf, p.dtype)
    for start, end in pairwise(points):
        step = (end - start).astype(p.dtype)
        offset = p - start.astype(p.dtype)
        share = np.clip(offset @ step / (step @ step), 0, 1)
        nearest = np.minimum(nearest, square(offset - share[..., None] * step))
    return np.exp(-nearest / p.dtype.type(2 * width_mm**2))


def ageing(age: float, young: float, old: float, *, start: float = 25.0, end: float = 85.0) -> float:
    """Linear between the values at two ages (years), and flat beyond."""
    return float(np.interp(age, [start, end], [young, old]))
