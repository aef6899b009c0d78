"""Metal in a hip: a total replacement of stem, head and cup, or a plate with screws on the shaft."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bonedensity.virtual.bone import Bone
from bonedensity.virtual.hip.femur import FemurShape
from bonedensity.virtual.hip.pelvis import PelvisShape
from bonedensity.virtual.hip.pelvis.socket import socket_axis, socket_radius
from bonedensity.virtual.solids import (
    Solid,
    beyond,
    capsule,
    difference,
    smooth_union,
    sphere,
    sweep,
    tapered_capsule,
)

METAL_HU = 8000.0
"""Titanium and cobalt-chromium lie beyond what a CT stores; this is beyond it too."""

HEAD_MM = 16.0
"""Radius of the artificial head."""

SHELL_MM = 4.0
"""Thickness of the metal cup; the liner inside it is plastic."""


@dataclass(frozen=True, slots=True, eq=False)
class Metal:
    """Metal of one hip, left side (LPS mm).

    Attributes:
        femoral: Goes along with the femur.
        pelvic: Goes along with the pelvis.
        removed: What the surgeon took from the femur.
    """

    femoral: tuple[Solid, ...] = ()
    pelvic: tuple[Solid, ...] = ()
    removed: tuple[Solid, ...] = ()


def total_hip(femur: FemurShape, pelvis: PelvisShape) -> Metal:
    """Stem in the canal, head in a cup; the bone's head and most of its neck are gone."""
    s, head = femur.scale, femur.head_centre
    down = [femur.shaft_axis(femur.lesser_up_mm - d) for d in (0.0, 40.0, 85.0)]
    canal = 0.24 * femur.shaft_mm
    shoulder = femur.along_neck(0.75 * femur.neck_length_mm)
    stem = sweep(
        [shoulder, femur.at((-1.0, 0, -12.0 * s)), *down],
        np.array(
            [(9.0 * s, 6.0), (9.5 * s, 6.5), (1.2 * canal, 1.05 * canal), (canal, canal), (0.8 * canal, 0.8 * canal)]
        ),
        across=femur.axes[:, 0],
    )
    neck = capsule(shoulder, head, 6.0)
    metal = smooth_union(stem, neck, blend_mm=4.0)
    inner = socket_radius(pelvis)
    ball = difference(sphere(pelvis.hip_centre, inner + 0.5), sphere(pelvis.hip_centre, inner + 0.5 - SHELL_MM))
    cup = beyond(ball, pelvis.hip_centre, -socket_axis(pelvis))
    cut = femur.along_neck(0.62 * femur.neck_length_mm)
    gone = beyond(sphere(head, femur.neck_length_mm + 25.0), cut, femur.neck_to_head)
    return Metal((metal, sphere(head, HEAD_MM)), (cup,), (gone, metal))


def plate(femur: FemurShape) -> Metal:
    """A side plate with a neck screw and shaft screws."""
    s, aside = femur.scale, femur.axes[:, 0]
    surface = 0.5 * femur.shaft_mm + 2.5
    on_shaft = [femur.shaft_axis(femur.lesser_up_mm - d) + surface * aside for d in (-12.0, 25.0, 90.0)]
    on_shaft[0] = on_shaft[0] + 3.5 * s * aside
    side_plate = sweep(on_shaft, [(3.0, 8.0)] * 3, across=aside, exponent=4.0, dome=(0.3, 0.3))
    entry = femur.along_neck(femur.neck_length_mm) + 22.0 * s * aside - 14.0 * s * femur.axes[:, 2]
    neck_screw = tapered_capsule(entry, femur.along_neck(0.05 * femur.neck_length_mm), 4.0, 5.5)
    screws = [
        capsule(point + surface * aside, point - (surface - 1.0) * aside, 2.2)
        for point in (femur.shaft_axis(femur.lesser_up_mm - d) for d in (25.0, 45.0, 65.0, 82.0))
    ]
    metal = (side_plate, neck_screw, *screws)
    return Metal(metal, (), metal)


def without(bone: Bone, metal: Metal) -> Bone:
    """The bone with what metal and surgeon have taken removed."""
    if not metal.removed:
        return bone
    return replace(bone, solid=difference(bone.solid, *metal.removed))
