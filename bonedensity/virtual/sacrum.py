"""The sacrum of the virtual hip patient; world LPS mm with the mid-point of both hips at 0."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from bonedensity.geometry import RigidTransform
from bonedensity.virtual.bone import Bone, constant
from bonedensity.virtual.solids import (
    Solid,
    capsule,
    difference,
    smooth_union,
    superellipsoid,
    tapered_capsule,
    union,
)

SACRAL_SLOPE_DEG = 40.0
"""Lean of the upper end plate to the front."""

SACRAL_PLATE = np.array([0.0, 22.0, 98.0])
"""Middle of the upper end plate for size 1 (LPS mm)."""

STEPS_MM, LEANS_DEG = (27.0, 23.0, 20.0, 17.0), (40.0, 40.0, 28.0, 14.0, -2.0)
"""From body to body, S1 to S5, and how each body's axis leans to the front."""

BODY_RADII_MM = ((24, 16, 15), (20, 13, 14), (17, 11, 13), (14, 9, 11), (11, 7, 10))
"""Half width, depth and height, S1 to S5."""

WINGS_MM = (
    (20, (41.0, 14.0, -3.0), 12, 11),
    (17, (38.0, 8.0, 0.0), 11, 10),
    (14, (27.0, 3.0, 0.0), 9, 7),
    (11, (19.0, 1.0, 0.0), 7, 6),
)
"""S1 to S4: start beside the body's middle, end from the body's middle, both radii."""

OPENINGS_MM = (23.0, 20.0, 16.5, 14.0)
"""Distance of the sacral foramina from the mid-line."""


def leaning(origin: NDArray[np.float64], lean_deg: float) -> RigidTransform:
    """World from a frame at `origin` (mm) whose z axis leans to the front."""
    rotation = Rotation.from_rotvec([lean_deg, 0, 0], degrees=True).as_matrix()
    return RigidTransform.from_rotation_translation(rotation, origin)


def make_sacrum(*, size: float, density_factor: float) -> Bone:
    """The sacrum with a thin shell (mg/cm³)."""
    return Bone("sacrum", sacrum_solid(size), constant(1.1), constant(145.0 * density_factor), 850.0)


def sacrum_solid(size: float) -> Solid:
    """Five fused bodies that curve to the back, wings, a crest behind the canal, four pairs of openings, coccyx."""
    frames = _frames(size)
    bodies = [
        superellipsoid((0, 0, 0), size * np.array(radii), along=3.0).moved(frame)
        for frame, radii in zip(frames, BODY_RADII_MM, strict=True)
    ]
    first, third, last = frames[0], frames[2], frames[4]
    crest = tapered_capsule(first.apply([0, 27 * size, 0]), third.apply([0, 17 * size, 0]), 5 * size, 3 * size)
    canal = tapered_capsule(
        first.apply([0, 20 * size, 24 * size]), third.apply([0, 12 * size, -10 * size]), 7 * size, 3 * size
    )
    solid = smooth_union(*bodies, *_wings(frames, size), crest, blend_mm=8.0)
    coccyx = tapered_capsule(last.apply([0, 0, -8 * size]), last.apply([0, -14 * size, -28 * size]), 6 * size, 3 * size)
    return union(difference(solid, canal, *_openings(frames, size)), coccyx)


def _frames(size: float) -> list[RigidTransform]:
    """World from body, S1 to S5."""
    down = -leaning(np.zeros(3), SACRAL_SLOPE_DEG).rotation[:, 2]
    centre = size * (SACRAL_PLATE + 14 * down)
    frames = [leaning(centre, LEANS_DEG[0])]
    for step, lean in zip(STEPS_MM, LEANS_DEG[1:], strict=True):
        centre = centre - size * step * leaning(np.zeros(3), lean).rotation[:, 2]
        frames.append(leaning(centre, lean))
    return frames


def _wings(frames: list[RigidTransform], size: float) -> list[Solid]:
    solids = []
    for frame, (beside, end, start_radius, end_radius) in zip(frames[:4], WINGS_MM, strict=True):
        for sign in (-1, 1):
            mirror = size * np.array([sign, 1, 1])
            start_point = frame.translation + mirror * np.array([beside, 2.0, 0.0])
            end_point = frame.translation + mirror * np.array(end)
            solids.append(tapered_capsule(start_point, end_point, size * start_radius, size * end_radius))
    return solids


def _openings(frames: list[RigidTransform], size: float) -> list[Solid]:
    back = leaning(np.zeros(3), SACRAL_SLOPE_DEG).rotation[:, 1]
    solids = []
    for upper, lower, beside in zip(frames[:4], frames[1:], OPENINGS_MM, strict=True):
        middle = (upper.translation + lower.translation) / 2
        for x in (-beside * size, beside * size):
            centre = middle + np.array([x, 0, 0])
            solids.append(capsule(centre - 40 * size * back, centre + 40 * size * back, 4.2 * size))
    return solids
