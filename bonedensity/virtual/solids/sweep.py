"""Tubes along a smooth line, with a rounded section that turns and changes on the way: rami, necks, shafts, ribs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline, PchipInterpolator

from bonedensity.errors import GeometryError
from bonedensity.virtual.solids.solid import Points, Solid, square, vector

STATIONS_PER_SPAN = 5
"""Straight pieces between two control points."""

CHUNK = 4096
"""Points that are worked on at once, so that intermediate results stay in the processor's cache."""

NEAREST = 1e-4
"""Gauges are kept this far from 0, where their slope is not defined."""


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
    def elliptic(self) -> bool:
        """Whether every section is an ellipse."""
        return bool((self.exponent == 2).all())

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
        flat = p.reshape(-1, 3)
        parts = [_distance(flat[i : i + CHUNK], stations) for i in range(0, len(flat), CHUNK)]
        return np.concatenate(parts).reshape(p.shape[:-1]) if parts else np.zeros(p.shape[:-1], p.dtype)

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
    wanted = _between(knots, np.broadcast_to(across, (count, 3)), at)
    sideways = wanted - along * np.sum(wanted * along, axis=1, keepdims=True)
    if np.linalg.norm(sideways, axis=1).min() < 1e-3:
        raise GeometryError("A tube's first half-axis runs along its line; turn `across` to the side.")
    sections = _between(knots, axes, at)
    return Stations(
        line(at), along, _unit(sideways), sections, _between(knots, np.broadcast_to(exponent, (count,)), at),
        (dome[0] * float(sections[0].mean()), dome[1] * float(sections[-1].mean())),
    )  # fmt: skip


def _between(knots: NDArray[np.float64], values: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Monotone between the control points, so that no section shrinks below its neighbours."""
    return np.asarray(PchipInterpolator(knots, values)(at))


def _distance(p: Points, stations: Stations) -> NDArray[np.floating]:
    piece, share = _nearest(p, stations.centre.astype(p.dtype))
    here = _mixed(stations.table.astype(p.dtype), piece, share)
    half, power = here[:, 9:11], None if stations.elliptic else here[:, 11]
    offset = p - here[:, :3]
    beyond = np.einsum("ni,ni->n", offset, here[:, 3:6])
    u = np.abs(np.einsum("ni,ni->n", offset, here[:, 6:9]))
    first, last = (piece == 0) & (share <= 0), (piece == len(stations.centre) - 2) & (share >= 1)
    ends = first | last
    w = np.where(ends, np.abs(beyond), 0)
    v = np.sqrt(np.maximum(square(offset) - u**2 - w**2, 0))
    section = _section(u, v, half, power)
    if ends.any():
        dome = np.where(first[ends], *stations.dome_mm).astype(p.dtype)
        section[ends] = _domed(section[ends], w[ends], half[ends], dome)
    return section


def _section(
    u: NDArray[np.floating], v: NDArray[np.floating], half: NDArray[np.floating], power: NDArray[np.floating] | None
) -> NDArray[np.floating]:
    """First-order distance to a superellipse (None: ellipse), never deeper inside than its smaller half-axis."""
    a, b = np.maximum(u / half[:, 0], NEAREST), np.maximum(v / half[:, 1], NEAREST)
    if power is None:
        gauge = np.hypot(a, b)
        slope = np.hypot(a / half[:, 0], b / half[:, 1]) / gauge
    else:
        first, second = np.exp(power * np.log(a)), np.exp(power * np.log(b))
        level = first + second
        gauge = np.exp(np.log(level) / power)
        slope = gauge / level * np.hypot(first / (a * half[:, 0]), second / (b * half[:, 1]))
    return np.maximum((gauge - 1) / slope, -np.minimum(half[:, 0], half[:, 1]))


def _domed(
    section: NDArray[np.floating], w: NDArray[np.floating], half: NDArray[np.floating], dome: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Beyond the line's ends: an elliptic dome over the section, or a flat end where the dome has no length."""
    radius = (half[:, 0] + half[:, 1]) / 2
    length = np.maximum(dome, 1e-3)
    aside = np.maximum(section + radius, 0) / radius
    gauge = np.maximum(np.hypot(aside, w / length), NEAREST)
    slope = np.hypot(aside / radius, w / length**2) / gauge
    return np.where(dome > 1e-3, (gauge - 1) / slope, np.maximum(section, w))


def _nearest(p: Points, centre: Points) -> tuple[NDArray[np.intp], NDArray[np.floating]]:
    """The nearest straight piece of every point, and how far along it, 0 to 1."""
    start, step = centre[:-1], np.diff(centre, axis=0)
    length2 = square(step)
    along = p @ step.T
    along -= np.sum(start * step, axis=1)
    share = along / length2
    np.clip(share, 0, 1, out=share)
    apart = p @ (-2 * start.T)  # squared distance, less what all pieces share
    apart += square(start)
    along *= -2
    along += share * length2
    along *= share
    apart += along
    piece = np.argmin(apart, axis=1)
    return piece, np.take_along_axis(share, piece[:, None], axis=1)[:, 0]


def _mixed(table: NDArray[np.floating], piece: NDArray[np.intp], share: NDArray[np.floating]) -> NDArray[np.floating]:
    """Rows of a table, linear between stations."""
    start = table[piece]
    start += share[:, None] * np.diff(table, axis=0)[piece]
    return start


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
