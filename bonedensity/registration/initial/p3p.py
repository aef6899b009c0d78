"""Poses of a camera from three points (Grunert 1841; Haralick 1994): the starts of a landmark pose."""

from __future__ import annotations

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray

from bonedensity.geometry import RigidTransform

NEARLY_REAL = 0.1
"""Imaginary part, as a share of the real one, up to which a root counts: marking errors make double roots complex."""

NO_DIVISOR = 1e-9
"""Divisor (relative) below which the second depth ratio comes from its quadratic equation instead."""


def poses_from_three_points(points: NDArray[np.float64], directions: NDArray[np.float64]) -> list[RigidTransform]:
    """Up to eight poses `camera_from_points` that put three points on three rays; most often two or four.

    Args:
        points: (3, 3) mm, not on one line.
        directions: (3, 3) along the rays in the camera frame, depth positive, any length.
    """
    rays = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    found = []
    for depths in _depths(points, rays):
        found.append(rigid_between(points, depths[:, None] * rays))
    return found


def rigid_between(source: NDArray[np.float64], target: NDArray[np.float64]) -> RigidTransform:
    """The rigid transform that takes points (N, 3) nearest to others (Kabsch 1976)."""
    from_centre, to_centre = source.mean(axis=0), target.mean(axis=0)
    u, _, vt = np.linalg.svd((target - to_centre).T @ (source - from_centre))
    rotation = u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))]) @ vt
    return RigidTransform.from_rotation_translation(rotation, to_centre - rotation @ from_centre)


def _depths(points: NDArray[np.float64], rays: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Distances of the three points from the source; from the law of cosines in the three triangles at the source.

    With ratios u = s2/s1 and v = s3/s1, the difference of two of the equations is linear in u; what it gives, put into
    one of them, is a quartic in v.
    """
    c12, c13, c23 = rays[0] @ rays[1], rays[0] @ rays[2], rays[1] @ rays[2]
    d12, d13, d23 = (float(np.sum((points[i] - points[j]) ** 2)) for i, j in ((0, 1), (0, 2), (1, 2)))
    v = Polynomial([0.0, 1.0])
    third = 1 + v**2 - 2 * c13 * v
    numerator = (d23 - d12) * third - d13 * (v**2 - 1)
    divisor = 2 * d13 * (c12 - c23 * v)
    quartic = d13 * (divisor**2 + numerator**2 - 2 * c12 * numerator * divisor) - d12 * third * divisor**2
    depths = []
    for root in quartic.roots():
        ratio = float(np.real(root))
        if ratio <= 0 or abs(np.imag(root)) > NEARLY_REAL * ratio:
            continue
        first = np.sqrt(d13 / third(ratio))
        for other in _second_ratio(numerator(ratio), divisor(ratio), c12, d12 / d13 * third(ratio), d13):
            depths.append(first * np.array([1.0, other, ratio]))
    return depths


def _second_ratio(numerator: float, divisor: float, c12: float, squared: float, scale: float) -> list[float]:
    """u, from u = numerator / divisor, or where that is 0/0 from u² - 2 u c12 + 1 = squared."""
    if abs(divisor) > NO_DIVISOR * scale:
        return [numerator / divisor] if numerator / divisor > 0 else []
    root = np.sqrt(max(0.0, c12**2 - 1 + squared))
    return [u for u in (c12 - root, c12 + root) if u > 0]
