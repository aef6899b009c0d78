"""The femoral head on its label: the ball that faces the socket."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, distance_transform_edt, label

from bonedensity.anatomy.labels import Side, femur_name, hip_bone_name, side_word
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap, Volume

JOINT_REACH_MM = 9.0
"""Femoral surface nearer to the hip bone than this belongs to the head: joint space plus label error."""

PLAUSIBLE_HEAD_RADIUS_MM = (16.0, 34.0)
"""Radii of adult femoral heads, with room for error."""

SPHERE_TOLERANCE_MM = 3.0
"""Distance from the fitted sphere up to which a surface point still counts as the head's."""

BALL_ENDS = 0.0
"""Share of its radius up to which the head is a ball towards the neck; spurs of worn heads and the neck begin there."""

FEWEST = 30
"""Voxels of surface from which a sphere can be told."""

SECOND_FEMUR, FEMURS_APART_MM = 0.2, 80.0
"""Pieces of one label, of this size against the largest and so far apart sideways, are two femurs."""


def refuse_two_femurs(volume: Volume, mask: NDArray[np.bool_], side: Side) -> None:
    """Refuse both femurs under one label: two large pieces side by side.

    Args:
        volume: The grid.
        mask: (K, J, I) of the label.
        side: The patient's side.

    Raises:
        AnatomyError: There are two.
    """
    pieces, count = label(mask)
    if count < 2:
        return
    sizes = np.bincount(pieces.ravel())[1:]
    first, second = np.argsort(sizes)[::-1][:2] + 1
    centres = [volume.to_patient(np.argwhere(pieces == piece)[:, ::-1].mean(axis=0)) for piece in (first, second)]
    apart = float(abs(centres[0][0] - centres[1][0]))
    if sizes[second - 1] > SECOND_FEMUR * sizes[first - 1] and apart > FEMURS_APART_MM:
        raise AnatomyError(
            f"The label {femur_name(side)} holds two bones {apart:.0f} mm apart: give each femur its own side's label."
        )


def head_surface(
    labels: LabelMap, mask: NDArray[np.bool_], side: Side
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(n, 3) surface voxels of a femur (LPS mm), and which of them face the hip bone.

    Args:
        labels: With femur and hip bone.
        mask: (K, J, I) of the femur.
        side: The patient's side.

    Raises:
        AnatomyError: The femur hardly touches the socket.
    """
    hip = labels.mask([hip_bone_name(side)])
    spacing = labels.volume.spacing[::-1]
    box = _around(mask, margin=int(np.ceil(2 * JOINT_REACH_MM / spacing.min())))
    near = distance_transform_edt(~hip[box], sampling=spacing) <= JOINT_REACH_MM
    surface = mask[box] & ~binary_erosion(mask[box], border_value=1)
    if (surface & near).sum() < FEWEST:
        where = side_word(side)
        raise AnatomyError(
            f"The {where} femoral head was not found: the {where} femur hardly touches the hip bone's socket on this "
            "scan. Check the segmentation, or mark the head by hand."
        )
    offset = np.array([s.start for s in box])
    return labels.volume.to_patient((np.argwhere(surface) + offset)[:, ::-1]), near[surface]


def head_sphere(
    surface: NDArray[np.float64],
    near_hip: NDArray[np.bool_],
    neck_axis: NDArray[np.float64],
    labels: LabelMap,
    side: Side,
) -> tuple[NDArray[np.float64], float]:
    """Centre and radius (mm) of the sphere through the surface that faces the hip bone, refitted to all near it.

    Args:
        surface: (n, 3) surface voxels of the femur (LPS mm).
        near_hip: (n) which of them face the hip bone.
        neck_axis: Unit vector from head to neck, or about; the surface on that side does not count.
        labels: Their grid.
        side: The patient's side.

    Raises:
        AnatomyError: No adult's head.
    """
    centre, radius = _sphere(surface[near_hip])
    for tolerance in (SPHERE_TOLERANCE_MM,) * 12 + (SPHERE_TOLERANCE_MM / 2,) * 8:
        off = np.abs(np.linalg.norm(surface - centre, axis=1) - radius)
        close = (off < tolerance) & ((surface - centre) @ neck_axis < BALL_ENDS * radius)
        if close.sum() < FEWEST:
            break
        centre, radius = _sphere(surface[close])
    low, high = PLAUSIBLE_HEAD_RADIUS_MM
    if not low <= radius <= high:
        raise AnatomyError(
            f"The {side_word(side)} femoral head fits a sphere of {radius:.0f} mm radius, which no adult has: the head "
            "is deformed, replaced or wrongly segmented. Mark the landmarks by hand."
        )
    half_voxel = float(labels.volume.spacing.mean()) / 2  # surface voxels' centres lie inside the bone's outline
    return centre, radius + half_voxel


def towards_neck(side: Side) -> NDArray[np.float64]:
    """About where the neck leaves the head: outwards and down."""
    return np.array([0.77, 0.0, -0.64]) * (1.0 if side == "L" else np.array([-1.0, 1.0, 1.0]))


def _around(mask: NDArray[np.bool_], *, margin: int) -> tuple[slice, ...]:
    filled = [np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    return tuple(
        slice(max(0, f[0] - margin), min(n, f[-1] + 1 + margin)) for f, n in zip(filled, mask.shape, strict=True)
    )


def _sphere(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Least-squares sphere (algebraic): |p|² = 2 c·p + (r² - |c|²)."""
    middle = points.mean(axis=0)
    shifted = points - middle
    design = np.column_stack([2 * shifted, np.ones(len(points))])
    solution = np.linalg.lstsq(design, (shifted**2).sum(axis=1), rcond=None)[0]
    centre = solution[:3]
    return centre + middle, float(np.sqrt(solution[3] + centre @ centre))
