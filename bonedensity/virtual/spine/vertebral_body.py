"""The vertebral body: a waisted cylinder with a kidney's section, hollow end plates, a wedge and bony spurs.

Frame of a vertebra: origin in the middle of the body, x to the left, y to the back, z to the head, mm.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.solids import Points, Solid
from bonedensity.virtual.spine.vertebra_shape import VertebraShape

FRONT_EXPONENT, BACK_EXPONENT = 2.05, 2.7
"""The section's front is nearly an ellipse, its back squarer."""

RIM_SHARE = 0.85
"""Share of the half height beyond which the body is as wide as its end plates."""

EDGE_MM = 2.5
"""Width over which walls and end plates round into each other."""

PLATE_SHARE = 0.84
"""Share of the end plate's half-axes that its hollow covers; outside lies the rim (Wang 2012: a rim of 3 to 7 mm)."""

APEX_BACK = 0.12
"""The hollow's deepest point lies so far behind the middle, as a share of the half depth (Spine 2002)."""

SPUR_MM = 3.2
"""Height over which a spur leaves the wall."""

NEAREST = 1e-3
"""Gauges are kept this far from 0, where their slope is not defined."""


def body_solid(shape: VertebraShape) -> Solid:
    """The body without its arch."""

    def distance(p: Points) -> NDArray[np.floating]:
        return _smooth_maximum(wall_distance(shape, p), plate_distance(shape, p), EDGE_MM)

    spur = max(shape.osteophytes)
    reach = np.array([max(shape.width) / 2 + spur, max(shape.depth) / 2 + spur, max(shape.front, shape.back) / 2])
    return Solid(distance, -reach - 1.0, reach + 1.0)


def wall_distance(shape: VertebraShape, p: Points) -> NDArray[np.floating]:
    """Signed distance (mm) to the side wall, as if it went on beyond the end plates."""
    x, y = p[..., 0], p[..., 1]
    t = np.clip(p[..., 2] / (shape.height / 2), -1.0, 1.0)
    waisted = 1 - np.minimum(np.abs(t) / RIM_SHARE, 1.0) ** 2
    a = _between(shape.width, t) / 2 * (1 - (1 - shape.waist) * waisted)
    b = _between(shape.depth, t) / 2 * (1 - 0.7 * (1 - shape.waist) * waisted)
    side = _section(x, y, a, b)
    side = side + shape.hollow * np.exp(-np.square(x / (0.45 * a))) * _ramp(y / b, 0.2, 0.9)
    return side - _spurs(shape, x / a, y / b, p[..., 2]) if max(shape.osteophytes) > 0 else side


def plate_distance(shape: VertebraShape, p: Points) -> NDArray[np.floating]:
    """Signed distance (mm) to the nearer end plate, as if both went on beyond the walls."""
    z = p[..., 2]
    tilt = (shape.back - shape.front) / sum(shape.depth) * p[..., 1]
    middle = shape.height / 2 + tilt
    upper = z - middle + _bowl(shape, p, 0)
    lower = -z - middle + _bowl(shape, p, 1)
    return np.maximum(upper, lower)


def _bowl(shape: VertebraShape, p: Points, plate: int) -> NDArray[np.floating]:
    a, b = PLATE_SHARE * shape.width[plate] / 2, PLATE_SHARE * shape.depth[plate] / 2
    behind = p[..., 1] / b - APEX_BACK
    inside = np.maximum(1 - np.square(p[..., 0] / a) - np.square(behind), 0)
    return shape.concavity[plate] * inside * np.sqrt(inside)


def _section(
    x: NDArray[np.floating], y: NDArray[np.floating], a: NDArray[np.floating], b: NDArray[np.floating]
) -> NDArray[np.floating]:
    """First-order distance to a superellipse whose back is squarer than its front."""
    power = np.where(y > 0, x.dtype.type(BACK_EXPONENT), x.dtype.type(FRONT_EXPONENT))
    u, v = np.maximum(np.abs(x) / a, NEAREST), np.maximum(np.abs(y) / b, NEAREST)
    level = u**power + v**power
    gauge = level ** (1 / power)
    slope = gauge / level * np.hypot(u ** (power - 1) / a, v ** (power - 1) / b)
    return (gauge - 1) / slope


def _spurs(
    shape: VertebraShape, u: NDArray[np.floating], v: NDArray[np.floating], z: NDArray[np.floating]
) -> NDArray[np.floating]:
    """How far (mm) spurs push the wall out: beaks at the rims, largest to the sides, none at the back."""
    upper_left, upper_right, lower_left, lower_right = shape.osteophytes
    front = _ramp(-v, -0.8, 0.2)
    left = _ramp(u, -0.3, 0.9)
    right = _ramp(-u, -0.3, 0.9)
    half = shape.height / 2
    upper = np.exp(-np.square((z - half) / SPUR_MM)) * (upper_left * left + upper_right * right)
    lower = np.exp(-np.square((z + half) / SPUR_MM)) * (lower_left * left + lower_right * right)
    return front * (upper + lower)


def _between(pair: tuple[float, float], t: NDArray[np.floating]) -> NDArray[np.floating]:
    """From the lower (t = -1) to the upper end plate (t = 1)."""
    return (pair[0] + pair[1]) / 2 + (pair[0] - pair[1]) / 2 * t


def _ramp(values: NDArray[np.floating], start: float, end: float) -> NDArray[np.floating]:
    t = np.clip((values - start) / (end - start), 0, 1)
    return t * t * (3 - 2 * t)


def _smooth_maximum(a: NDArray[np.floating], b: NDArray[np.floating], blend_mm: float) -> NDArray[np.floating]:
    overlap = np.maximum(blend_mm - np.abs(a - b), 0) / blend_mm
    return np.maximum(a, b) + overlap**2 * blend_mm / 4
