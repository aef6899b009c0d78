"""The outline of trunk and thighs."""

from __future__ import annotations

import numpy as np

from bonedensity.virtual.hip.soft.place import Place
from bonedensity.virtual.solids import Solid, smooth_union, sweep


def skin_solid(place: Place) -> Solid:
    """Around the hips (LPS mm): abdomen above, both thighs below."""
    return smooth_union(_trunk(place), _thigh(place, 1), _thigh(place, -1), blend_mm=30.0)


def _trunk(place: Place) -> Solid:
    """Widest at the trochanters and the crests, narrower at the waist."""
    soft = place.soft
    hip, waist, deep = place.hip_half_mm, soft.waist_mm / 2, soft.depth_mm / 2
    heights = np.array([-70.0, -25.0, 40.0, 110.0, 190.0, 270.0, 360.0]) * place.tall
    sideways = [0.96 * hip, hip, 0.5 * (0.97 * hip + max(waist, 0.9 * hip)), waist, waist, 0.97 * waist, 0.95 * waist]
    depths = np.array([0.9, 1.0, 1.02, 1.0, 0.98, 1.0, 1.04]) * deep
    middle = place.back_mm - depths
    centres = np.column_stack([np.zeros(len(heights)), middle, heights])
    return sweep(centres, np.column_stack([sideways, depths]), across=(1, 0, 0), exponent=2.5, dome=(0.25, 0.3))


def _thigh(place: Place, sign: int) -> Solid:
    """Around muscle and bone, with fat about it that grows with the trunk's depth."""
    s, fat = place.pelvis.scale, place.thigh_fat_mm
    middle, thick = 0.53 * place.hip_half_mm, 0.45 * place.hip_half_mm
    heights = np.array([-10.0, -80.0, -160.0, -330.0]) * place.tall
    inward = np.array([0.0, -3.0, -8.0, -22.0])
    front = -np.array([84.0, 84.0, 86.0, 82.0]) * s - fat
    back = np.minimum(np.array([84.0, 82.0, 82.0, 76.0]) * s + fat, place.back_mm - 3.0)
    centres = np.column_stack([sign * (middle + inward), (front + back) / 2, heights])
    half = np.column_stack([thick * np.array([1.0, 1.02, 0.95, 0.80]), (back - front) / 2])
    return sweep(place.with_leg(centres, sign), half, across=(1, 0, 0), exponent=2.3)
