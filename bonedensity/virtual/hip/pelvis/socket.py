"""The acetabulum: wall around the socket, the socket itself, its fossa and notch (left side, LPS mm)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.hip.pelvis.shape import PelvisShape
from bonedensity.virtual.solids import Solid, beyond, capsule, sphere, tapered_capsule

RECESS = 0.10
"""The rim lies this share of the socket's radius inside the plane through the head's centre."""

FOSSA_MM, FOSSA_DEPTH_MM = 14.0, 3.2
"""Radius of the ball that hollows the fossa, and how deep it goes."""


def socket_axis(shape: PelvisShape) -> NDArray[np.float64]:
    """Unit vector out of the socket: outwards, downwards, to the front."""
    inclination = np.radians(90.0 - shape.centre_edge_deg - np.degrees(np.arcsin(RECESS)))
    sideways = np.tan(inclination)
    axis = np.array([sideways, -sideways * np.tan(np.radians(shape.version_deg)), -1.0])
    return axis / np.linalg.norm(axis)


def socket_radius(shape: PelvisShape) -> float:
    """Of the bony socket (mm)."""
    return shape.head_radius_mm + shape.joint_space_mm


def cup(shape: PelvisShape) -> Solid:
    """The wall, cut off at the rim."""
    axis, inner = socket_axis(shape), socket_radius(shape)
    ball = sphere(shape.hip_centre, inner + shape.wall_mm * shape.scale)
    return beyond(ball, shape.hip_centre - RECESS * inner * axis, -axis)


def hollows(shape: PelvisShape) -> list[Solid]:
    """What is taken away: the ball of the socket, its mouth, the fossa in its floor and the notch below."""
    axis, inner, centre = socket_axis(shape), socket_radius(shape), shape.hip_centre
    into = _unit(-axis + np.array([0.0, 0.0, -0.55]))
    fossa = centre + (inner - FOSSA_MM + FOSSA_DEPTH_MM) * into
    notch = centre + 1.05 * inner * _unit(0.15 * axis + np.array([-0.1, 0.1, -1.0]))
    return [
        sphere(centre, inner),
        tapered_capsule(centre, centre + 60 * axis, inner, inner + 12),
        sphere(fossa, FOSSA_MM),
        capsule(fossa, notch, 8.0 * shape.scale),
    ]


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return vector / np.linalg.norm(vector)
