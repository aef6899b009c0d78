"""The closed surface of a label as triangles, by surface nets: no voxel steps, and no graphics library."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from bonedensity.errors import AnatomyError
from bonedensity.imaging.volume import Volume

SMOOTHING = 0.6
"""Standard deviation, in cells of the surface's grid, of what takes the steps off."""

LEVEL = 0.45
"""Share of bone where the surface lies."""

KEPT = 0.6
"""Least value of a cell full of bone after smoothing: a plate one cell thick, such as an iliac wing, stays whole."""

AXES = (0, 1, 2)


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Triangles.

    Attributes:
        points: (N, 3) in LPS mm.
        triangles: (M, 3) indices of points; counter-clockwise as seen from outside.
        normals: (N, 3) of length 1, outward.
    """

    points: NDArray[np.float32]
    triangles: NDArray[np.int32]
    normals: NDArray[np.float32]


def surface_of(mask: NDArray[np.bool_], grid: Volume, *, cell_mm: float = 2.5) -> Surface:
    """The surface of a mask, thinned to one point for about `cell_mm`.

    Surface nets (Gibson, MICCAI 1998, "Constrained elastic surface nets"): each cell of the grid that the surface
    passes has one point, at the mean of where it crosses the cell's edges.

    Args:
        mask: (K, J, I).
        grid: Where its voxels lie.
        cell_mm: Size of a cell; at least a voxel.

    Raises:
        AnatomyError: The mask is empty.
    """
    if not mask.any():
        raise AnatomyError("There is no voxel to make a surface of: segment the bone again.")
    start = np.array([np.flatnonzero(mask.any(axis=_others(axis)))[0] for axis in AXES])
    stop = np.array([np.flatnonzero(mask.any(axis=_others(axis)))[-1] + 1 for axis in AXES])
    factor = np.maximum(np.round(cell_mm / grid.spacing[::-1]), 1).astype(int)
    inside = mask[tuple(slice(low, high) for low, high in zip(start, stop, strict=True))]
    field, room = _blocks(inside, factor)
    smooth = np.maximum(gaussian_filter(field, SMOOTHING, mode="constant"), np.float32(KEPT) * field)
    nodes, quads = _net(smooth)
    voxels = (nodes - room + 0.5) * factor - 0.5 + start
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    if np.linalg.det(grid.index_to_patient[:3, :3]) > 0:
        triangles = triangles[:, ::-1]  # (k, j, i) is the mirror image of (i, j, k)
    points = grid.to_patient(voxels[:, ::-1])
    return Surface(
        points.astype(np.float32), triangles.astype(np.int32), _normals(points, triangles).astype(np.float32)
    )


def _others(axis: int) -> tuple[int, ...]:
    return tuple(other for other in AXES if other != axis)


def _blocks(mask: NDArray[np.bool_], factor: NDArray[np.int_]) -> tuple[NDArray[np.float32], int]:
    """Share of the mask in blocks of voxels, and how many empty blocks stand around them."""
    room = 3
    size = -(-np.array(mask.shape) // factor)
    padded = np.zeros(size * factor, dtype=np.float32)
    padded[tuple(slice(0, count) for count in mask.shape)] = mask
    counts = [number for pair in zip(size, factor, strict=True) for number in pair]
    return np.pad(padded.reshape(counts).mean(axis=(1, 3, 5)), room), room


def _net(field: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points in cells (k, j, i), and quads that go round each crossed edge from its inner end's right."""
    cells = np.array(field.shape) - 1
    total, count = np.zeros((*cells, 3)), np.zeros(cells)
    crossings = [_crossed(field, axis) for axis in AXES]
    for axis, (at, places, _) in zip(AXES, crossings, strict=True):
        for cell in _around(at, axis):
            np.add.at(total, tuple(cell.T), places)
            np.add.at(count, tuple(cell.T), 1)
    used = count > 0
    number = np.full(tuple(cells), -1)
    number[used] = np.arange(used.sum())
    quads = []
    for axis, (at, _, falls) in zip(AXES, crossings, strict=True):
        ring = np.stack([number[tuple(cell.T)] for cell in _around(at, axis)], axis=1)
        quads.append(np.where(falls[:, None], ring, ring[:, ::-1]))
    return total[used] / count[used][:, None], np.concatenate(quads)


def _crossed(field: NDArray[np.float32], axis: int) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
    """Edges along an axis that the surface crosses: their lower ends, where, and whether the field falls there."""
    low, high = np.delete(field, -1, axis), np.delete(field, 0, axis)
    at = np.argwhere((low >= LEVEL) != (high >= LEVEL))
    first, second = low[tuple(at.T)], high[tuple(at.T)]
    places = at.astype(np.float64)
    places[:, axis] += (LEVEL - first) / (second - first)
    return at, places, first > second


def _around(at: NDArray[np.int64], axis: int) -> list[NDArray[np.int64]]:
    """The four cells about each edge, in turn."""
    second, third = (axis + 1) % 3, (axis + 2) % 3
    steps = np.zeros((4, 3), dtype=int)
    steps[[1, 2], second] = steps[[2, 3], third] = 1
    return [at - step for step in steps]


def _normals(points: NDArray[np.float64], triangles: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of each point: its triangles' normals, each weighted with its area."""
    first, second, third = (points[triangles[:, corner]] for corner in AXES)
    across = np.cross(second - first, third - first)
    total = np.zeros_like(points)
    for corner in AXES:
        np.add.at(total, triangles[:, corner], across)
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12))
