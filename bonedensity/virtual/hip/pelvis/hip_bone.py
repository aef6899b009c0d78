"""The hip bone: its outer surface, cortex and trabeculae."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.bone import Bone, smooth_step
from bonedensity.virtual.fields import bell, bundle
from bonedensity.virtual.hip.pelvis.rami import rami
from bonedensity.virtual.hip.pelvis.shape import PelvisShape
from bonedensity.virtual.hip.pelvis.socket import cup, hollows, socket_radius
from bonedensity.virtual.hip.pelvis.wing import wing
from bonedensity.virtual.solids import Field, Points, Solid, beyond, smooth_difference, smooth_union, union
from bonedensity.virtual.texture import strut_texture

CORTICAL_MG_CM3 = 980.0
"""Mineral of the pelvis's cortex with its pores."""


@dataclass(frozen=True, slots=True)
class Wear:
    """Osteoarthritis of one socket.

    Attributes:
        sclerosis: Extra density in the roof, 0 (none) to 1.
        cysts: Rows of x, y, z (mm from the hip centre, left side) and radius (mm).
    """

    sclerosis: float = 0.0
    cysts: tuple[tuple[float, float, float, float], ...] = ()


def hip_solid(shape: PelvisShape) -> Solid:
    """Outer surface of the left hip bone (LPS mm, the middle between the hips at 0)."""
    whole = smooth_union(cup(shape), wing(shape), *rami(shape), blend_mm=7.0 * shape.scale)
    own_half = beyond(whole, (shape.symphysis_mm / 2, 0, 0), (1, 0, 0))
    return smooth_difference(own_half, union(*hollows(shape)), blend_mm=2.0)


def make_hip_bone(name: str, shape: PelvisShape, *, side: int, wear: Wear | None = None) -> Bone:
    """The hip bone with its cortex and trabeculae.

    Args:
        name: Label.
        shape: Its numbers.
        side: +1 left, -1 right (mirrored).
        wear: Osteoarthritis of its socket.
    """
    worn = wear or Wear()
    return Bone(name, hip_solid(shape), _cortex(shape, worn), _trabeculae(shape, worn), CORTICAL_MG_CM3, side)


def _roof(shape: PelvisShape, above_mm: float) -> NDArray[np.float64]:
    """A point above the socket, on the way to the load (LPS mm)."""
    direction = np.array([0.12, 0.05, 1.0])
    return shape.hip_centre + (socket_radius(shape) + above_mm) * direction / np.linalg.norm(direction)


def _cortex(shape: PelvisShape, wear: Wear) -> Field:
    """Thin in the wing, thick in the roof (sourcil) (mm)."""
    roof, s = _roof(shape, 1.0), shape.scale
    brim = shape.place([(66, 8, 40), (56, 30, 58), (50, 42, 70)])

    def thickness(p: Points) -> NDArray[np.floating]:
        wing_part = smooth_step(p[..., 2], 40.0 * s, 70.0 * s)
        plain = 1.15 - 0.3 * wing_part + 0.7 * bundle(p, brim, 9.0 * s)
        return shape.cortex_factor * (plain + (1.3 + 1.6 * wear.sclerosis) * bell(p, roof, 11.0 * s))

    return thickness


def _trabeculae(shape: PelvisShape, wear: Wear) -> Field:
    """Dense above the socket and along the way of the load to the sacrum; thin in wing and rami (mg/cm³)."""
    s, roof = shape.scale, _roof(shape, 6.0)
    load = np.concatenate([[roof], shape.place([(64, 22, 50), (52, 48, 78)])])
    tuber, wall = shape.place((52, 40, -50)), shape.hip_centre
    texture = strut_texture(shape.texture_seed + 2, load[-1] - load[0], spread=0.6)

    def density(p: Points) -> NDArray[np.floating]:
        away = np.sqrt(np.sum((p - wall.astype(p.dtype)) ** 2, axis=-1)) - socket_radius(shape)
        value = 70.0 + 130.0 * bundle(p, load, 11.0 * s) + 110.0 * bell(p, roof, 10.0 * s)
        value = value + 60.0 * np.exp(-np.maximum(away, 0) / 6.0) + 45.0 * bell(p, tuber, 14.0 * s)
        value = shape.density_factor * value * np.maximum(1 + 0.28 * texture(p), 0)
        return _worn(p, shape, wear, value)

    return density


def _worn(p: Points, shape: PelvisShape, wear: Wear, density: NDArray[np.floating]) -> NDArray[np.floating]:
    if wear.sclerosis > 0:
        density = density + 420.0 * wear.sclerosis * bell(p, _roof(shape, 3.0), 7.0)
    for *centre, radius in wear.cysts:
        away = np.sqrt(np.sum((p - (shape.hip_centre + centre).astype(p.dtype)) ** 2, axis=-1))
        density = density * smooth_step(away, radius - 0.7, radius + 0.7)
        density = density + 250.0 * np.exp(-(((away - radius - 1.2) / 0.9) ** 2))
    return density
