"""Compiled inner loops over points: distance to a tube and to a box, share of a voxel."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

NEAREST = 1e-4
"""Gauges are kept this far from 0, where their slope is not defined."""

FLAT_MM = 1e-3
"""A dome shorter than this is a flat end."""


@numba.njit(nogil=True, cache=True, error_model="numpy")
def tube_distance(points: NDArray, table: NDArray, dome_mm: NDArray, out: NDArray) -> None:  # pragma: no cover
    """First-order signed distance (mm) to a tube; see `sweep`.

    Args:
        points: (N, 3) mm, contiguous.
        table: (M, 12) stations: centre, along, across, half-axes, exponent; the points' precision.
        dome_mm: (2,) length of the first and last rounded end.
        out: (N,), written.
    """
    pieces = len(table) - 1
    start = table[:-1, :3].T.copy()
    step = (table[1:, :3] - table[:-1, :3]).T.copy()
    inverse = 1 / (step[0] ** 2 + step[1] ** 2 + step[2] ** 2)
    apart = np.empty(pieces, points.dtype)
    here = np.empty(12, points.dtype)
    zero, one = points.dtype.type(0), points.dtype.type(1)
    for n in range(len(points)):
        x, y, z = points[n, 0], points[n, 1], points[n, 2]
        for m in range(pieces):
            u, v, w = x - start[0, m], y - start[1, m], z - start[2, m]
            share = min(max((u * step[0, m] + v * step[1, m] + w * step[2, m]) * inverse[m], zero), one)
            u, v, w = u - share * step[0, m], v - share * step[1, m], w - share * step[2, m]
            apart[m] = u * u + v * v + w * w
        piece = 0
        for m in range(1, pieces):
            if apart[m] < apart[piece]:
                piece = m
        u, v, w = x - start[0, piece], y - start[1, piece], z - start[2, piece]
        along = (u * step[0, piece] + v * step[1, piece] + w * step[2, piece]) * inverse[piece]
        share = min(max(along, zero), one)
        for c in range(12):
            here[c] = table[piece, c] + share * (table[piece + 1, c] - table[piece, c])
        first, last = piece == 0 and along <= 0, piece == pieces - 1 and along >= 1
        out[n] = _from_section(x, y, z, here, first, last, dome_mm)


@numba.njit(nogil=True, cache=True, error_model="numpy", inline="always")
def _from_section(
    x: float, y: float, z: float, here: NDArray, first: bool, last: bool, dome_mm: NDArray
) -> float:  # pragma: no cover
    """Distance of one point to the section of its station, or to the dome at an end."""
    zero = here.dtype.type(0)
    u, v, w = x - here[0], y - here[1], z - here[2]
    aside = abs(u * here[6] + v * here[7] + w * here[8])
    beyond = abs(u * here[3] + v * here[4] + w * here[5]) if first or last else zero
    up = np.sqrt(max(u * u + v * v + w * w - aside * aside - beyond * beyond, zero))
    least = here.dtype.type(NEAREST)
    section = _section(aside, up, here[9], here[10], here[11], least)
    if not (first or last):
        return section
    length = dome_mm[0] if first else dome_mm[1]
    if length <= FLAT_MM:
        return max(section, beyond)
    radius = (here[9] + here[10]) / 2
    out = max(section + radius, zero) / radius
    gauge = max(np.sqrt(out**2 + (beyond / length) ** 2), least)
    return (gauge - 1) * gauge / np.sqrt((out / radius) ** 2 + (beyond / length**2) ** 2)


@numba.njit(nogil=True, cache=True, error_model="numpy", inline="always")
def _section(
    aside: float, up: float, half_aside: float, half_up: float, power: float, least: float
) -> float:  # pragma: no cover
    """First-order distance to a superellipse, never deeper inside than its smaller half-axis; gauges are `least` up."""
    a, b = max(aside / half_aside, least), max(up / half_up, least)
    if power == 2:
        gauge = np.sqrt(a * a + b * b)
        slope = np.sqrt((a / half_aside) ** 2 + (b / half_up) ** 2) / gauge
    else:
        first, second = np.exp(power * np.log(a)), np.exp(power * np.log(b))
        gauge = np.exp(np.log(first + second) / power)
        slope = gauge / (first + second) * np.sqrt((first / (a * half_aside)) ** 2 + (second / (b * half_up)) ** 2)
    return max((gauge - 1) / slope, -min(half_aside, half_up))


@numba.njit(nogil=True, cache=True, error_model="numpy")
def box_distance(points: NDArray, middle: NDArray, half: NDArray, out: NDArray) -> None:  # pragma: no cover
    """Largest of the three distances (mm) beyond a box's sides, below zero inside.

    Args:
        points: (N, 3) mm, contiguous.
        middle: (3,) of the box, the points' precision.
        half: (3,) half its edges.
        out: (N,), written.
    """
    for n in range(len(points)):
        x, y = abs(points[n, 0] - middle[0]) - half[0], abs(points[n, 1] - middle[1]) - half[1]
        out[n] = max(max(x, y), abs(points[n, 2] - middle[2]) - half[2])


@numba.njit(nogil=True, cache=True, error_model="numpy")
def voxel_share(distance: NDArray, per_mm: float, out: NDArray) -> None:  # pragma: no cover
    """Share of a voxel; see `coverage`.

    Args:
        distance: (N,) mm.
        per_mm: Inverse of the voxel's edge.
        out: (N,), written.
    """
    scale, one, half = out.dtype.type(per_mm), out.dtype.type(1), out.dtype.type(0.5)
    for n in range(len(distance)):
        t = min(max(distance[n] * scale, -one), one)
        out[n] = half - t + half * t * abs(t)
