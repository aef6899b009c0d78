"""The femur's outer surface, from tubes along neck, shaft and trochanters."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from bonedensity.geometry import RigidTransform
from bonedensity.virtual.hip.femur.shape import FemurShape
from bonedensity.virtual.solids import (
    Solid,
    ellipsoid,
    smooth_difference,
    smooth_union,
    sphere,
    sweep,
    tapered_capsule,
    torus,
)

NECK = ((0.0, 1.04, 1.10), (0.30, 1.06, 1.06), (0.54, 1.0, 1.0), (0.76, 1.17, 1.10), (1.0, 1.36, 1.26))
"""Share of the way from head to shaft; half-axes there, over those of the narrowest section."""

BLOCK = (
    (-1.0, -0.5, -9, 21.0, 18.0), (0.5, -1, 4, 21.5, 18.5), (4.0, -2.5, 14, 16.5, 17.5), (7.0, -5, 21, 11.0, 14.0)
)  # fmt: skip
"""Between neck and trochanter: outwards, front and up from the neck's foot; half-axes to the side and to the front."""

TROCHANTER = ((14, 1, -14, 9, 15), (16.5, -1, -2, 9.5, 17), (14.5, -6, 10, 9, 14.5), (8.5, -14, 20, 7.5, 9))
"""The greater trochanter up to its tip; the tip's height is the shape's own."""

CREST = ((11, -18, 13, 5.5), (2, -19, 2, 5.0), (-8, -17, -8, 5.5))
"""Intertrochanteric crest: outwards, front, up, radius; then it runs to the lesser trochanter."""

BULGE_FROM_AXIS_MM = 21.5
"""Of the lesser trochanter's apex from the shaft's axis."""

SHAFT_DOWN_MM = (8.0, 35.0, 65.0, 100.0, 260.0)
SHAFT_HALF = ((1.27, 1.13), (1.09, 1.03), (1.01, 1.0), (1.0, 1.0), (0.97, 1.0))
"""Below the lesser trochanter; half-axes to the side and to the front, over half the shaft's diameter."""


def femur_solid(shape: FemurShape) -> Solid:
    """Outer surface of the left femur (LPS mm)."""
    s = shape.scale
    bones = [_neck(shape), _block(shape), _greater(shape), *_lesser(shape), _crest(shape), _shaft(shape)]
    body = smooth_union(*bones, _linea_aspera(shape), blend_mm=7.0 * s)
    whole = smooth_union(_head(shape), body, blend_mm=4.0 * s)
    hollowed = smooth_difference(whole, _fossa(shape), blend_mm=7.0 * s)
    return smooth_difference(hollowed, _fovea(shape), blend_mm=3.0 * s)


def _head(shape: FemurShape) -> Solid:
    """A ball, a little longer along the neck (Hoaglund80), with a rim of bone where it is worn."""
    r, neck = shape.head_radius_mm, shape.neck_to_head
    turn, _ = Rotation.align_vectors([neck], [[0.0, 0.0, 1.0]])
    frame = RigidTransform.from_rotation_translation(turn.as_matrix(), shape.head_centre)
    ball = ellipsoid((0, 0, 0), (0.99 * r, 0.99 * r, r)).moved(frame)
    if shape.osteophytes_mm <= 0:
        return ball
    ring = torus((0, 0, -0.45 * r), 0.88 * r, 0.12 * r + 0.5 * shape.osteophytes_mm).moved(frame)
    return smooth_union(ball, ring, blend_mm=3.0)


def _neck(shape: FemurShape) -> Solid:
    narrowest = shape.neck_width_mm / 2 * np.array([1.0, 1 / shape.neck_flatness])
    rows = np.array(NECK)
    centres = [shape.along_neck(share * shape.neck_length_mm) for share in rows[:, 0]]
    return sweep(centres, rows[:, 1:] * narrowest, across=shape.neck_up, exponent=2.2)


def _block(shape: FemurShape) -> Solid:
    rows = np.array(BLOCK) * shape.scale
    return sweep(shape.at(rows[:, :3]), rows[:, 3:], across=shape.axes[:, 0], exponent=2.3)


def _greater(shape: FemurShape) -> Solid:
    rows = np.array(TROCHANTER) * shape.scale
    top = shape.tip_up_mm - 0.5 * rows[-1, 3:].mean()
    rows[1:, 2] = np.interp(rows[1:, 2], rows[[0, -1], 2], [rows[0, 2], top])
    return sweep(shape.at(rows[:, :3]), rows[:, 3:], across=shape.axes[:, 0], exponent=2.3, dome=(1.0, 0.5))


def _lesser(shape: FemurShape) -> list[Solid]:
    s, up = shape.scale, shape.lesser_up_mm
    out = 1 + shape.lesser_bulge_mm / (BULGE_FROM_AXIS_MM * s)
    apex = shape.at(np.array([-17.5 * s * out, -12.5 * s * out, up]))
    root = shape.at(np.array([-7.0 * s, -5.0 * s, up + 3 * s]))
    above = shape.at(np.array([-9.0 * s, -8.0 * s, up + 12 * s]))
    return [tapered_capsule(root, apex, 12.5 * s, 6.0 * s), tapered_capsule(above, apex, 8.0 * s, 5.5 * s)]


def _crest(shape: FemurShape) -> Solid:
    rows = np.array(CREST) * shape.scale
    last = np.array([-15.0 * shape.scale, -13.5 * shape.scale, shape.lesser_up_mm + 6 * shape.scale])
    centres = np.concatenate([shape.at(rows[:, :3]), [shape.at(last)]])
    return sweep(centres, np.append(rows[:, 3], 5.0 * shape.scale), across=shape.axes[:, 1])


def _shaft(shape: FemurShape) -> Solid:
    heights = [-2.0 * shape.scale, *(shape.lesser_up_mm - down for down in SHAFT_DOWN_MM)]
    start = 20.0 * shape.scale
    half = np.array([(start, 0.85 * start), *(np.array(pair) * shape.shaft_mm / 2 for pair in SHAFT_HALF)])
    return sweep([shape.shaft_axis(up) for up in heights], half, across=shape.axes[:, 0], dome=(0.4, 0.4))


def _linea_aspera(shape: FemurShape) -> Solid:
    """The rough line at the back of the shaft, from the trochanters down."""
    back = -0.86 * shape.shaft_mm / 2 * shape.axes[:, 1]
    outwards = 2.0 * shape.scale * shape.axes[:, 0]
    points = [shape.shaft_axis(shape.lesser_up_mm - down) + back + outwards for down in (25.0, 70.0, 250.0)]
    return sweep(points, np.array([2.5, 3.5, 4.0]) * shape.scale, across=shape.axes[:, 0])


def _fovea(shape: FemurShape) -> Solid:
    direction = shape.neck_to_head + 0.28 * shape.axes[:, 2] * -1 - 0.12 * shape.axes[:, 1]
    direction = direction / np.linalg.norm(direction)
    radius = 9.0 * shape.scale
    return sphere(shape.head_centre + (shape.head_radius_mm + 0.66 * radius) * direction, radius)


def _fossa(shape: FemurShape) -> Solid:
    """The pit behind the neck, on the inner side of the greater trochanter."""
    s = shape.scale
    pit = shape.at(np.array([-5.0 * s, -20.0 * s, shape.tip_up_mm - 8.0 * s]))
    return sphere(pit, 10.0 * s)
