"""Tubes along a smooth line, with a rounded section that turns and changes on the way: rami, necks, shafts, ribs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline, PchipInterpolator

from bonedensity.errors import GeometryError
from bonedensity.virtual.solids.solid import Points, Solid, vector

STATIONS_PER_SPAN = 5
"""Straight pieces between two control points."""


@dataclass(frozen=True, slots=True)
class Stations:
    """A sampled tube: M stations along its line.

    Attributes:
        centre: (M, 3) mm.
        along: (M, 3) unit tangents.
        across: (M, 3) unit vectors of the first half-axis, at right angles to `along`.
        half_axes: (M, 2) mm: along `across`, and at right angles to it.
        exponent: (M,): 2 is an ellipse, larger is squarer.
        dome_mm: Length of the rounded first and last end (mm).
    """

    centre: NDArray[np.float64]
    along: NDArray[np.float64]
    across: NDArray[np.float64]
    half_axes: NDArray[np.float64]
    exponent: NDArray[np.float64]
    dome_mm: tuple[float, float]

    @property
    def table(self) -> NDArray[np.float64]:
        """(M, 12): centre, along, across, half-axes, exponent."""
        return np.column_stack([self.centre, self.along, self.across, self.half_axes, self.exponent])


def sweep(
    centres: ArrayLike,
    half_axes: ArrayLike,
    *,
    across: ArrayLike = (0.0, 0.0, 1.0),
    exponent: ArrayLike = 2.0,
    dome: tuple[float, float] = (1.0, 1.0),
) -> Solid:
    """A tube with a superelliptic section along a smooth line through control points.

    Args:
        centres: (N, 3) control points of the centre line (mm), N of 2 or more.
        half_axes: (N, 2) half-axes of the section at them (mm): along `across`, and at right angles to it and to
            the line; (N,) for round sections.
        across: (3,) or (N, 3): direction of the first half-axis; only its part at right angles to the line counts.
        exponent: Number or (N,): 2 is an ellipse, 4 a rounded rectangle.
        dome: Length of the first and last rounded end, as a share of the section's mean half-axis there.

    Raises:
        GeometryError: Numbers of points and sections that do not fit, or a direction along the line.
    """
    stations = _stations(vector(centres), vector(half_axes), vector(across), vector(exponent), dome)
    low, high = _box(stations)

    def distance(p: Points) -> NDArray[np.floating]:
        from bonedensity.virtual.solids.kernels import tube_distance

        out = np.empty(p.shape[:-1], p.dtype)
        table, dome = stations.table.astype(p.dtype), np.array(stations.dome_mm, p.dtype)
        tube_distance(np.ascontiguousarray(p).reshape(-1, 3), table, dome, out.reshape(-1))
        return out

    return Solid(distance, low, high)


def _box(stations: Stations) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Around every section; a squarer one reaches farther into the corners than an ellipse."""
    square_reach = 2.0 ** np.maximum(0.5 - 1 / stations.exponent, 0)[:, None]
    upright = np.cross(stations.along, stations.across)
    a, b = stations.half_axes[:, :1] * stations.across, stations.half_axes[:, 1:] * upright
    reach = square_reach * np.hypot(a, b)
    for end, length in ((0, stations.dome_mm[0]), (-1, stations.dome_mm[1])):
        reach[end] = np.hypot(reach[end], length * stations.along[end])
    return (stations.centre - reach).min(axis=0), (stations.centre + reach).max(axis=0)


def _stations(
    centres: NDArray[np.float64],
    half_axes: NDArray[np.float64],
    across: NDArray[np.float64],
    exponent: NDArray[np.float64],
    dome: tuple[float, float],
) -> Stations:
    count = len(centres)
    axes = np.repeat(half_axes[:, None], 2, axis=1) if half_axes.ndim == 1 else half_axes
    if count < 2 or centres.shape != (count, 3) or axes.shape != (count, 2):
        raise GeometryError(f"A tube takes (N, 3) points and N or (N, 2) half-axes, not {centres.shape}, {axes.shape}.")
    knots = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(centres, axis=0), axis=1))])
    at = np.interp(np.linspace(0, count - 1, (count - 1) * STATIONS_PER_SPAN + 1), np.arange(count), knots)
    line = CubicSpline(knots, centres, bc_type="natural")
    along = _unit(line(at, 1))
    controls = np.column_stack([np.broadcast_to(across, (count, 3)), axes, np.broadcast_to(exponent, count)])
    between = _between(knots, controls, at)
    wanted, sections = between[:, :3], between[:, 3:5]
    sideways = wanted - along * np.sum(wanted * along, axis=1, keepdims=True)
    if np.linalg.norm(sideways, axis=1).min() < 1e-3:
        raise GeometryError("A tube's first half-axis runs along its line; turn `across` to the side.")
    return Stations(
        line(at), along, _unit(sideways), sections, between[:, 5],
        (dome[0] * float(sections[0].mean()), dome[1] * float(sections[-1].mean())),
    )  # fmt: skip


def _between(knots: NDArray[np.float64], values: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Monotone between the control points, so that no section shrinks below its neighbours."""
    return np.asarray(PchipInterpolator(knots, values)(at))


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
