"""Smooth maps of the plane through given points: thin-plate splines (Bookstein 1989)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import GeometryError


@dataclass(frozen=True, slots=True, eq=False)
class ThinPlate:
    """A map of the plane; straight far from its points.

    Attributes:
        points: Where its values are known (n, 2).
        bends: Weights of the kernels (n, 2).
        straight: Constant, along the first and along the second coordinate (3, 2).
    """

    points: NDArray[np.float64]
    bends: NDArray[np.float64]
    straight: NDArray[np.float64]

    def __call__(self, at: NDArray[np.floating]) -> NDArray[np.float64]:
        """Values (…, 2) at places (…, 2)."""
        flat = np.asarray(at, np.float64).reshape(-1, 2)
        values = _kernel(flat, self.points) @ self.bends + self.straight[0] + flat @ self.straight[1:]
        return np.asarray(values.reshape(np.shape(at)))


def thin_plate(points: NDArray[np.floating], values: NDArray[np.floating]) -> ThinPlate:
    """The least bent map with these values at these points.

    Args:
        points: (n, 2), at least three that are not on one line.
        values: (n, 2).

    Raises:
        GeometryError: Points on one line, two at one place, or numbers that are not finite.
    """
    at, wanted = np.asarray(points, np.float64), np.asarray(values, np.float64)
    if at.ndim != 2 or at.shape != wanted.shape or not (np.isfinite(at).all() and np.isfinite(wanted).all()):
        raise GeometryError(f"No smooth map leads through {at.shape} points with {wanted.shape} values.")
    flat = np.column_stack([np.ones(len(at)), at])
    system = np.block([[_kernel(at, at), flat], [flat.T, np.zeros((3, 3))]])
    try:
        solved = np.linalg.solve(system, np.concatenate([wanted, np.zeros((3, 2))]))
    except np.linalg.LinAlgError:
        raise GeometryError("No smooth map leads through these points: two coincide, or all lie on one line.") from None
    return ThinPlate(at, solved[:-3], solved[-3:])


def _kernel(at: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """r² log r² / 2 of all distances (m, n)."""
    apart = ((at[:, None] - points[None]) ** 2).sum(-1)
    return np.asarray(0.5 * apart * np.log(np.maximum(apart, 1e-300)))
