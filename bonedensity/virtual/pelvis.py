"""The hip bone of the virtual hip patient, left side; world LPS mm with the mid-point of both hips at 0."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.bone import Bone, smooth_step
from bonedensity.virtual.solids import (
    Points,
    Solid,
    beyond,
    difference,
    ellipsoid,
    smooth_union,
    sphere,
    square,
    tapered_capsule,
)

JOINT_SPACE_MM = 4.0
"""Between the femoral head and the bony roof (anatomy sheet, 1.4)."""

SOCKET_WALL_MM = 9.0
"""Bone around the socket."""

SOCKET_AXIS = np.array([0.64, -0.33, -0.69])
"""Where the socket opens to: outwards, forwards, down (inclination about 42°, version about 20°)."""

WING_CENTRE = np.array([28.0, -28.0])
"""The wing is part of a cone-like surface about this vertical axis (x, y mm, size 1)."""

WING_MIDDLE_DEG, WING_TOP_MM, WING_FOOT_MM = 36.0, 122.0, -8.0


def hip_solid(head_centre: NDArray[np.float64], head_radius: float, size: float) -> Solid:
    """Outer surface: wing, socket, ischium and both pubic rami around the obturator foramen."""
    s = size
    inner, outer = head_radius + JOINT_SPACE_MM, head_radius + JOINT_SPACE_MM + SOCKET_WALL_MM * s
    cup = beyond(sphere(head_centre, outer), head_centre - 0.14 * outer * SOCKET_AXIS, -SOCKET_AXIS)
    tuber = head_centre + s * np.array([-30.0, 26.0, -70.0])
    pubis = s * np.array([15.0, -46.0, -36.0])

    def rod(
        start: NDArray[np.float64],
        a: tuple[float, ...],
        r: float,
        end: NDArray[np.float64],
        b: tuple[float, ...],
        q: float,
    ) -> Solid:
        return tapered_capsule(start + s * np.array(a), end + s * np.array(b), r * s, q * s)

    rods = [
        rod(head_centre, (-4, 12, 26), 11, head_centre, (-40, 62, 56), 9),  # buttress to the sacrum
        rod(head_centre, (-8, 26, -12), 14, tuber, (0, 0, 0), 13),  # ischium
        rod(head_centre, (-16, -18, -12), 11, pubis, (2, 1, 10), 7),  # upper ramus
        rod(pubis, (2, 4, -14), 6, tuber, (-6, -8, -8), 7.5),  # lower ramus
        rod(head_centre, (2, -22, 18), 10, head_centre, (10, -36, 40), 7),  # lower front spine
    ]
    body = beyond(ellipsoid(pubis, np.array([14.0, 8.0, 20.0]) * s), (2.4, 0, 0), (1, 0, 0))
    whole = smooth_union(cup, wing(s), *rods, body, blend_mm=10.0 * s)
    return difference(
        beyond(whole, (2.4, 0, 0), (1, 0, 0)), sphere(head_centre, inner), _socket_mouth(head_centre, inner)
    )


def _socket_mouth(head_centre: NDArray[np.float64], inner: float) -> Solid:
    """Keeps the way from socket to neck free."""
    return tapered_capsule(head_centre, head_centre + 60 * SOCKET_AXIS, inner, inner + 12)


def wing(size: float) -> Solid:
    """The iliac wing: a thin plate, part of a cone that widens upwards, thicker at its crest and its foot."""

    def distance(points: Points) -> NDArray[np.floating]:
        p = points / np.asarray(size, points.dtype)
        x, y, z = p[..., 0] - WING_CENTRE[0], p[..., 1] - WING_CENTRE[1], p[..., 2]
        radius = np.hypot(x, y)
        surface = 60.0 + 58.0 * np.sin(np.clip((z - 18.0) / 104.0, 0, 1) * np.pi / 2)
        arc = (np.arctan2(y, x) - np.radians(WING_MIDDLE_DEG)) * surface
        edge = _outline(arc, z)
        half = 1.9 + 4.5 * smooth_step(edge, -14.0, 0.0) + 7.0 * smooth_step(z, 55.0, 15.0)
        return size * np.maximum(0.88 * np.abs(radius - surface) - half, edge)

    return Solid(distance, size * np.array([20.0, -85.0, -12.0]), size * np.array([150.0, 100.0, 130.0]))


def _outline(arc: NDArray[np.floating], z: NDArray[np.floating]) -> NDArray[np.floating]:
    """Signed distance (mm) within the unrolled plate: an arched crest above, narrowing to the socket below."""
    height, middle = (WING_TOP_MM - WING_FOOT_MM) / 2, (WING_TOP_MM + WING_FOOT_MM) / 2
    crest = (np.sqrt((arc / 88.0) ** 2 + ((z - middle) / height) ** 2 + 1e-6) - 1) * height
    sides = 0.76 * (np.abs(arc) - 26.0 - 0.85 * (z - 22.0))
    return np.maximum(crest, sides)


def make_hip_bone(
    name: str, *, head_centre: NDArray[np.float64], head_radius: float, size: float, density_factor: float, side: int
) -> Bone:
    """The hip bone with its cortex, denser and thicker over the socket's roof (mg/cm³).

    Args:
        name: Label.
        head_centre: Of the left femoral head, LPS mm.
        head_radius: Its radius (mm).
        size: 1 for an average adult.
        density_factor: Multiplies the trabecular density.
        side: +1 left, -1 right (mirrored).
    """
    solid = hip_solid(head_centre, head_radius, size)
    roof = head_centre + np.array([0.15, 0.0, 1.0]) * (head_radius + 8.0)

    def near_roof(p: Points) -> NDArray[np.floating]:
        return np.exp(-square(p - roof.astype(p.dtype)) / (2 * 14.0**2))

    def cortex(p: Points) -> NDArray[np.floating]:
        return 1.1 + 1.2 * near_roof(p)

    def trabecular(p: Points) -> NDArray[np.floating]:
        return density_factor * (120.0 + 140.0 * near_roof(p))

    return Bone(name, solid, cortex, trabecular, 900.0, side)
