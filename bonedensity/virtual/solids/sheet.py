"""Curved plates of varying thickness with a free outline: the wing of the ilium, the blade of the scapula."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline, RectBivariateSpline
from scipy.spatial import cKDTree

from bonedensity.errors import GeometryError
from bonedensity.geometry import RigidTransform
from bonedensity.virtual.solids.combine import smooth_minimum
from bonedensity.virtual.solids.solid import Points, Solid, carried, vector

CELL_MM = 1.5
"""Step of the tables from which middle, thickness and outline are read."""

MARGIN_MM = 18.0
"""The tables reach this far beyond the outline."""

EDGE_POINTS = 400
"""Straight pieces of the outline."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a plate is at every (u, v).

    Attributes:
        values: (V, U, 4): middle's height, half thickness (mm), cosine of the middle's slope, distance to the
            outline (mm, negative inside).
        low: u and v of the first entry (mm).
    """

    values: NDArray[np.float32]
    low: NDArray[np.float64]


def sheet(
    world_from_sheet: RigidTransform,
    u: ArrayLike,
    v: ArrayLike,
    middle: ArrayLike,
    half: ArrayLike,
    outline: ArrayLike,
    *,
    edge_mm: float = 4.0,
) -> Solid:
    """A plate over the (u, v) plane of a frame, its middle at height w.

    Args:
        world_from_sheet: From (u, v, w) to the world (mm).
        u: (U,) rising positions of the control values (mm).
        v: (V,) the same along v.
        middle: (V, U) height of the plate's middle at them (mm); between them a bicubic spline, or linear where there
            are two.
        half: (V, U) half its thickness (mm), kept above 0.8.
        outline: (N, 2) control points (u, v) of a closed smooth line (mm).
        edge_mm: Width over which the rim is rounded.

    Raises:
        GeometryError: Tables that do not fit their positions.
    """
    us, vs, line = vector(u), vector(v), _closed(vector(outline))
    heights, halves = vector(middle), vector(half)
    if heights.shape != (len(vs), len(us)) or halves.shape != heights.shape:
        raise GeometryError(f"A sheet's tables must be {(len(vs), len(us))}, not {heights.shape} and {halves.shape}.")
    table = _table(us, vs, heights, halves, line)
    low, high = _box(table, world_from_sheet)
    sheet_from_world = world_from_sheet.inverse()

    def distance(p: Points) -> NDArray[np.floating]:
        q = carried(p, sheet_from_world)
        found, away = _look_up(table, q[..., :2])
        plate = (np.abs(q[..., 2] - found[..., 0]) - found[..., 1]) * found[..., 2]
        rim = found[..., 3] + away
        return -smooth_minimum(-plate, -rim, edge_mm)

    return Solid(distance, low, high)


def _closed(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A smooth closed line through control points, finely sampled."""
    ring = np.concatenate([points, points[:1]])
    knots = np.concatenate([[0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(ring, axis=0), axis=1)))])
    return np.asarray(CubicSpline(knots, ring, bc_type="periodic")(np.linspace(0, knots[-1], EDGE_POINTS + 1)))[:-1]


def _table(
    u: NDArray[np.float64],
    v: NDArray[np.float64],
    middle: NDArray[np.float64],
    half: NDArray[np.float64],
    line: NDArray[np.float64],
) -> Table:
    low, high = line.min(axis=0) - MARGIN_MM, line.max(axis=0) + MARGIN_MM
    across, along = (np.arange(a, b + CELL_MM, CELL_MM) for a, b in zip(low, high, strict=True))
    inside_u, inside_v = np.clip(across, u[0], u[-1]), np.clip(along, v[0], v[-1])
    degree = {"kx": min(3, len(v) - 1), "ky": min(3, len(u) - 1)}
    height, thickness = (RectBivariateSpline(v, u, values, **degree) for values in (middle, half))
    heights = height(inside_v, inside_u)
    slopes = np.gradient(heights, CELL_MM)
    cosine = 1 / np.sqrt(1 + slopes[0] ** 2 + slopes[1] ** 2)
    grid = np.stack(np.meshgrid(across, along), axis=-1)
    edge = _outline_distance(grid, line)
    layers = [heights, np.maximum(thickness(inside_v, inside_u), 0.8), cosine, edge]
    return Table(np.stack(layers, axis=-1).astype(np.float32), low)


def _outline_distance(grid: NDArray[np.float64], line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance to a closed line, negative inside (even-odd rule)."""
    fine = line[:, None] + np.linspace(0, 1, 4, endpoint=False)[:, None] * (np.roll(line, -1, axis=0) - line)[:, None]
    away, _ = cKDTree(fine.reshape(-1, 2)).query(grid)
    (x, y), following = line.T, np.roll(line, -1, axis=0)
    crossed = np.zeros(grid.shape[:2], bool)
    for x0, y0, x1, y1 in zip(x, y, *following.T, strict=True):
        spans = (y0 > grid[..., 1]) != (y1 > grid[..., 1])
        if spans.any():
            crossed ^= spans & (grid[..., 0] < x0 + (grid[..., 1] - y0) * (x1 - x0) / (y1 - y0))
    return np.where(crossed, -away, away)


def _box(table: Table, world_from_sheet: RigidTransform) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    v, u = np.nonzero(table.values[..., 3] < 2 * CELL_MM)
    flat = table.low + CELL_MM * np.stack([u, v], axis=1)
    middle, half = table.values[v, u, 0], table.values[v, u, 1]
    corners = [world_from_sheet.apply(np.column_stack([flat, middle + sign * half])) for sign in (-1, 1)]
    both = np.concatenate(corners)
    return both.min(axis=0) - CELL_MM, both.max(axis=0) + CELL_MM


def _look_up(table: Table, uv: Points) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Bilinear values, and how far outside the table the point is (mm)."""
    size = np.array(table.values.shape[1::-1])
    at = (uv - table.low.astype(uv.dtype)) / uv.dtype.type(CELL_MM)
    held = np.clip(at, 0, (size - 1.001).astype(uv.dtype))
    away = CELL_MM * np.sqrt(np.sum((at - held) ** 2, axis=-1))
    first = held.astype(np.intp)
    share = (held - first)[..., None]
    i, j = first[..., 0], first[..., 1]
    s, t = share[..., 0, :], share[..., 1, :]
    values = table.values
    below = values[j, i] + s * (values[j, i + 1] - values[j, i])
    above = values[j + 1, i] + s * (values[j + 1, i + 1] - values[j + 1, i])
    return below + t * (above - below), away
