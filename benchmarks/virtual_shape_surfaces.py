"""Surfaces of real labels and of virtual solids as points, and how far one lies from the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, gaussian_filter
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from bonedensity.virtual.solids import Solid

CUT_MM = 6.0
"""Surface nearer than this to the scan's lowest or highest slice is a cut face."""

STEP_MM, TRIMMED = 2.5, 0.95

POINT_ROUNDS, PLANE_ROUNDS = 20, 20
"""Of the alignment: first towards the nearest samples, then towards the planes through them, on which points slide."""

Points = NDArray[np.float64]

Similarity = tuple[float, NDArray[np.float64], NDArray[np.float64]]
"""Scale, rotation (3, 3) and translation (mm)."""


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A virtual bone's surface.

    Attributes:
        points: (n, 3) on it, about `STEP_MM` apart (LPS mm).
        normals: (n, 3) unit vectors out of the bone.
    """

    points: Points
    normals: Points


def real_surface(array: NDArray[np.integer], to_patient: NDArray[np.float64], values: tuple[int, ...]) -> Points:
    """Points of a label's surface, mirrored to the left side (LPS mm), without the cut faces."""
    mask = np.isin(array, values)
    smooth = gaussian_filter(mask.astype(np.float32), 0.6)
    rim = np.argwhere(mask & ~binary_erosion(mask))
    slope = np.stack([part[tuple(rim.T)] for part in np.gradient(smooth)], axis=1)
    excess = smooth[tuple(rim.T)] - 0.5
    steepness = np.maximum((slope**2).sum(axis=1, keepdims=True), 1e-3)
    index = rim - np.clip(excess[:, None] * slope / steepness, -1, 1)
    points = index[:, ::-1] @ to_patient[:3, :3].T + to_patient[:3, 3]
    ends = to_patient[2, 3] + to_patient[2, 2] * np.array([0, array.shape[0] - 1])
    kept = points[(points[:, 2] > ends.min() + CUT_MM) & (points[:, 2] < ends.max() - CUT_MM)]
    return kept * np.array([-1.0, 1.0, 1.0])


def virtual_surface(solid: Solid, lowest: float = -np.inf) -> Surface:
    """Points of a solid's surface: grid points near it, moved onto it along the slope of its distance."""
    axes = [np.arange(a, b + STEP_MM, STEP_MM) for a, b in zip(solid.low, solid.high, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3).astype(np.float32)
    grid = grid[grid[:, 2] > lowest]
    cells = grid[np.abs(solid.distance(grid)) < 0.8 * STEP_MM]
    away = solid.distance(cells)
    slope = np.stack(
        [(solid.distance(cells + 0.2 * axis) - away) / 0.2 for axis in np.eye(3, dtype=np.float32)], axis=1
    )
    steepness = np.maximum((slope**2).sum(axis=1, keepdims=True), 0.25)
    normals = slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-6)
    return Surface((cells - away[:, None] * slope / steepness).astype(np.float64), normals.astype(np.float64))


def aligned_distance(real: Points, virtual: Surface) -> float:
    """Mean distance (mm, at the real bone's size) from real points to the virtual surface after a similarity."""
    tree = cKDTree(virtual.points)
    moved, size = real + virtual.points.mean(axis=0) - real.mean(axis=0), 1.0
    for number in range(POINT_ROUNDS + PLANE_ROUNDS):
        away, nearest = tree.query(moved)
        kept = away <= np.quantile(away, TRIMMED)
        target, normals = virtual.points[nearest[kept]], virtual.normals[nearest[kept]]
        step = similarity if number < POINT_ROUNDS else slid
        scale, rotation, shift = step(moved[kept], target, normals)
        moved, size = scale * moved @ rotation.T + shift, size * scale
    return float(surface_distance(moved, virtual, tree).mean() / size)


def surface_distance(points: Points, virtual: Surface, tree: cKDTree) -> NDArray[np.float64]:
    """Distance (mm) of each point from the plane through the nearest sample of a surface, as far as samples stand."""
    away, nearest = tree.query(points)
    height = np.abs(np.sum((points - virtual.points[nearest]) * virtual.normals[nearest], axis=1))
    beside = np.sqrt(np.maximum(away**2 - height**2, 0.0))
    return np.hypot(height, np.maximum(beside - STEP_MM, 0.0))


def similarity(source: Points, target: Points, _: Points) -> Similarity:
    """Least squares scale, rotation and translation (Umeyama 1991)."""
    from_middle, to_middle = source.mean(axis=0), target.mean(axis=0)
    a, b = source - from_middle, target - to_middle
    left, strength, right = np.linalg.svd(b.T @ a)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    rotation = left @ np.diag(sign) @ right
    scale = float((strength * sign).sum() / (a**2).sum())
    return scale, rotation, to_middle - scale * rotation @ from_middle


def slid(source: Points, target: Points, normals: Points) -> Similarity:
    """The same for the distances along the surface's normals (linearised: the step is small)."""
    middle = source.mean(axis=0)
    arm = source - middle
    design = np.column_stack([np.cross(arm, normals), normals, np.sum(arm * normals, axis=1)])
    found = np.linalg.lstsq(design, np.sum((target - source) * normals, axis=1), rcond=None)[0]
    rotation, scale = Rotation.from_rotvec(found[:3]).as_matrix(), 1 + float(found[6])
    return scale, rotation, middle + found[3:6] - scale * rotation @ middle
