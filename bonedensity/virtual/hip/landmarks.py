"""Named points of femur and hip bone, left side before posing (LPS mm)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.hip.femur import FemurShape
from bonedensity.virtual.hip.pelvis import PelvisShape
from bonedensity.virtual.hip.pelvis.socket import socket_radius
from bonedensity.virtual.hip.pelvis.wing import on_wing


def femur_landmarks(shape: FemurShape, name: str) -> dict[str, NDArray[np.float64]]:
    """Inside the bone or on its axes."""
    s = shape.scale
    points = {
        "head_centre": shape.head_centre,
        "neck_centre": shape.neck_centre,
        "neck_base": shape.along_neck(0.8 * shape.neck_length_mm),
        "intertrochanteric": shape.shaft_axis(0.55 * shape.lesser_up_mm),
        "greater_trochanter": shape.at(np.array([8.5 * s, -14.0 * s, shape.tip_up_mm - 4.0 * s])),
        "lesser_trochanter": shape.at(np.array([-18.0 * s, -13.0 * s, shape.lesser_up_mm])),
        "shaft_20mm": shape.shaft_point(20.0),
        "shaft_50mm": shape.shaft_point(50.0),
    }
    return {f"{name}_{key}": point for key, point in points.items()}


def pelvis_landmarks(shape: PelvisShape, name: str) -> dict[str, NDArray[np.float64]]:
    """Inside the bone, next to the surface's corner that is meant."""
    points = {
        "anterior_superior_iliac_spine": on_wing(shape, -64.0, 76.0),
        "posterior_superior_iliac_spine": on_wing(shape, 86.0, 100.0),
        "pubic_tubercle": shape.place((25.0, -51.0, -14.0)),
        "ischial_tuberosity": shape.place((47.0, 40.0, -60.0)),
        "teardrop": shape.hip_centre + (socket_radius(shape) + 6.0) * np.array([-0.93, -0.05, -0.36]),
    }
    return {f"{name}_{key}": point for key, point in points.items()}
