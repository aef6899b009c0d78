"""The three lowest pairs of ribs, hung on their vertebrae."""

from __future__ import annotations

import numpy as np

from bonedensity.geometry import RigidTransform
from bonedensity.virtual.bone import Bone, constant
from bonedensity.virtual.solids import sweep
from bonedensity.virtual.spine.spine_shape import SpineShape
from bonedensity.virtual.spine.stack import PlacedVertebra

COURSES = {
    "T10": ((1.04, 0.62, 2.0), (38, 30, -3), (76, 36, -20), (113, 20, -48), (132, -14, -78), (130, -52, -104)),
    "T11": ((1.04, 0.58, 1.0), (37, 29, -5), (70, 36, -24), (101, 24, -54), (119, -6, -86)),
    "T12": ((1.04, 0.50, 0.0), (33, 27, -9), (57, 32, -29), (83, 27, -60)),
}
"""Left rib by its vertebra: head in half widths, half depths and mm, then points of its middle line from the body's
middle (mm, average man), without slope of the person's own. Set on CT; lengths 235, 190 and 115 mm."""

HALF_MM = {"T10": (6.4, 3.3), "T11": (5.8, 3.0), "T12": (5.0, 2.7)}
"""Half height and half thickness of a rib's section (sheet, 4: 11 to 14 by 6 to 8 mm)."""

CORTEX_MM, CORTICAL, SPONGY = 0.8, 1000.0, 0.75
"""Thickness (mm) and density (mg/cm³) of a rib's cortex; its spongy bone's density over a body's."""

SIDES = (("left", 1), ("right", -1))


def rib_bones(shape: SpineShape, placed: dict[str, PlacedVertebra], chest: float) -> list[Bone]:
    """Ribs 10 to 12 on both sides.

    Args:
        shape: Size, slope and density.
        placed: Vertebrae.
        chest: Width of the chest over an average man's.
    """
    return [_rib(shape, placed[level], level, side, sign, chest) for level in COURSES for side, sign in SIDES]


def _rib(shape: SpineShape, at: PlacedVertebra, level: str, side: str, sign: int, chest: float) -> Bone:
    head, *course = COURSES[level]
    v = at.shape
    start = np.array([head[0] * v.mean_width / 2, head[1] * v.mean_depth / 2, head[2]])
    steep = np.tan(np.radians(shape.rib_slope_deg))
    points = [start] + [
        np.array([x * chest, y * chest, z * shape.size - steep * (x - 30) * chest]) for x, y, z in course
    ]
    upright = RigidTransform.from_rotation_translation(_untilted(at.pose), at.pose.translation)
    placed = upright.apply(np.array(points) * np.array([sign, 1.0, 1.0]))
    half = np.array(HALF_MM[level]) * shape.size
    taper = np.interp(np.arange(len(points)), [0, 1, len(points) - 1], [0.75, 1.0, 0.72])
    solid = sweep(placed, taper[:, None] * half, across=(0.0, 0.0, 1.0), exponent=2.2, dome=(0.8, 0.6))
    spongy = SPONGY * shape.trabecular[level]
    return Bone(f"rib_{side}_{level[1:]}", solid, constant(CORTEX_MM * shape.cortex), constant(spongy), CORTICAL)


def _untilted(pose: RigidTransform) -> np.ndarray:
    """A vertebra's rotation with its lean to the front taken out: ribs follow the chest, not the end plates."""
    x = pose.rotation[:, 0]
    back = np.cross([0.0, 0.0, 1.0], x)
    back /= np.linalg.norm(back)
    return np.stack([x, back, np.cross(x, back)], axis=1)
