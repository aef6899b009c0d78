"""Dimensions of the acetabulum on its label (anatomy sheet, 1.4 and 2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from virtual_dimensions_rays import Points, Specimen, across, entries, fitted_plane, fitted_sphere, unit

from bonedensity.anatomy.femur import FemurGeometry

DIRECTIONS = 6000
"""Rays from the head's centre, spread evenly."""

AZIMUTHS = np.radians(np.arange(0.0, 360.0, 3.0))
POLAR = np.radians(np.arange(30.0, 130.0, 1.0))
"""Angles about and from the socket's axis at which its rim is looked for."""

NEAR_MM = 3.0
"""Bone so near to the socket's sphere is its surface; the fossa lies deeper."""

NOTCH_DEG = 14.0
"""Where the rim lies so much deeper than its median, it is the notch."""

LIP_MM = 9.0
"""The rim's crest lies within this of the socket's sphere."""


@dataclass(frozen=True, slots=True, eq=False)
class Socket:
    """One acetabulum.

    Attributes:
        centre: Of the sphere through its joint surface (LPS mm).
        radius_mm: Of that sphere.
        axis: Unit vector out of the opening.
        rim_mm: Diameter of the circle through the rim's crest.
    """

    centre: Points
    radius_mm: float
    axis: Points
    rim_mm: float


def fit_socket(hip: Specimen, femur: FemurGeometry, out: Points) -> Socket:
    """The acetabulum around a femoral head.

    Args:
        hip: The hip bone's label.
        femur: The head within.
        out: Unit vector to the body's side.
    """
    centre, radius = _sphere(hip, femur)
    axis = unit(0.7 * out + [0.0, -0.25, -0.65])
    for _ in range(4):
        inner = _rim(hip, centre, radius, axis)
        _, normal = fitted_plane(inner)
        axis = normal if normal @ axis > 0 else -normal
    return Socket(centre, radius, axis, _crest_diameter(hip, centre, radius, axis))


def socket_dimensions(socket: Socket, out: Points, up: Points, front: Points) -> dict[str, float]:
    """Diameters (mm), and version on axial slices and inclination of the opening's axis (degrees).

    Args:
        socket: Of one side.
        out: Unit vector to the body's side.
        up: Unit vector to the head.
        front: Unit vector to the front.
    """
    lateral, down, forward = socket.axis @ out, -(socket.axis @ up), socket.axis @ front
    return {
        "acetabular diameter": 2 * socket.radius_mm,
        "acetabular rim width": socket.rim_mm,
        "inclination of the acetabular axis": float(np.degrees(np.arctan2(lateral, down))),
        "acetabular version": float(np.degrees(np.arctan2(forward, lateral))),
    }


def roof_dimensions(hip: Specimen, femur: FemurGeometry, out: Points, up: Points) -> dict[str, float]:
    """Wiberg's and Sharp's angle (degrees) in the coronal section through the head's centre.

    Wiberg's: how far the roof reaches outwards. Sharp's, the radiographic inclination: of the line from the socket's
    lower to its outer edge, against the line through both hips.

    Args:
        hip: The hip bone's label.
        femur: The head within.
        out: Unit vector to the body's side.
        up: Unit vector to the head.
    """
    angles = np.radians(np.arange(-175.0, 75.0, 0.5))
    ways = np.cos(angles)[:, None] * up + np.sin(angles)[:, None] * out
    reach = entries(hip, femur.head_centre, ways, 0.6 * femur.head_radius_mm, femur.head_radius_mm + 12.0)
    gone = ~np.isfinite(reach)
    top = int(np.abs(angles).argmin())
    if gone[top]:
        return {}
    outer = top + int(np.append(gone[top:], True).argmax()) - 1
    lower = top - int(np.append(gone[top::-1], True).argmax()) + 1
    edge, foot = (reach[at] * np.array([np.sin(angles[at]), np.cos(angles[at])]) for at in (outer, lower))
    slope = float(np.degrees(np.arctan2(edge[1] - foot[1], edge[0] - foot[0])))
    return {"centre-edge angle": float(np.degrees(angles[outer])), "acetabular inclination": slope}


def joint_space_mm(head: Specimen, hip: Specimen, femur: FemurGeometry, out: Points, up: Points) -> float:
    """Least distance between head and roof within 35 degrees of the load's way, along rays from the head's centre."""
    ways = _spread()
    ways = ways[ways @ unit(up + 0.15 * out) > np.cos(np.radians(35.0))]
    inner = entries(head, femur.head_centre, ways, 0.6 * femur.head_radius_mm, 1.3 * femur.head_radius_mm, leaves=True)
    outer = entries(hip, femur.head_centre, ways, 0.7 * femur.head_radius_mm, femur.head_radius_mm + 12.0)
    gap = (outer - inner)[np.isfinite(outer - inner)]
    return float(np.quantile(gap, 0.1)) if len(gap) > 20 else float("nan")


def _spread() -> Points:
    """Evenly spread unit vectors (golden spiral)."""
    index = np.arange(DIRECTIONS) + 0.5
    z, turn = 1 - 2 * index / DIRECTIONS, np.pi * (1 + 5**0.5) * index
    level = np.sqrt(1 - z**2)
    return np.column_stack([level * np.cos(turn), level * np.sin(turn), z])


def _sphere(hip: Specimen, femur: FemurGeometry) -> tuple[Points, float]:
    ways, r = _spread(), femur.head_radius_mm
    reach = entries(hip, femur.head_centre, ways, 0.7 * r, r + 7.0)
    hit = np.isfinite(reach)
    return fitted_sphere(femur.head_centre + reach[hit, None] * ways[hit])


def _rim(hip: Specimen, centre: Points, radius: float, axis: Points) -> Points:
    """Where the joint surface ends, on the way from the mouth inwards; without the notch."""
    first, second = across(axis, [0.0, 0.0, 1.0])
    around = np.cos(AZIMUTHS)[:, None] * first + np.sin(AZIMUTHS)[:, None] * second
    ways = np.cos(POLAR)[None, :, None] * axis + np.sin(POLAR)[None, :, None] * around[:, None]
    reach = entries(hip, centre, ways.reshape(-1, 3), radius - NEAR_MM, radius + NEAR_MM).reshape(ways.shape[:2])
    covered = np.isfinite(reach)
    steady = covered[:, :-3] & covered[:, 1:-2] & covered[:, 2:-1] & covered[:, 3:]
    edge, has = steady.argmax(axis=1), steady.any(axis=1)
    polar = np.degrees(POLAR[edge])
    has &= polar < np.median(polar[has]) + NOTCH_DEG
    rows = np.flatnonzero(has)
    return centre + reach[rows, edge[rows], None] * ways[rows, edge[rows]]


def _crest_diameter(hip: Specimen, centre: Points, radius: float, axis: Points) -> float:
    """Of the circle through the farthest bone out of the socket beside its mouth."""
    first, second = across(axis, [0.0, 0.0, 1.0])
    local = (hip.points - centre) @ np.column_stack([first, second, axis])
    off = np.hypot(local[:, 0], local[:, 1])
    ring = (off > radius - 4.0) & (off < radius + LIP_MM) & (local[:, 2] > -0.7 * radius)
    turn = np.arctan2(local[ring, 1], local[ring, 0])
    sector = np.floor((turn + np.pi) / (2 * np.pi) * 72).astype(int) % 72
    crest = [off[ring][sector == s][local[ring, 2][sector == s].argmax()] for s in np.unique(sector)]
    return float(2 * np.median(crest))
