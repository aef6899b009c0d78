"""Texture of spongy bone: random grains of several sizes that belong to the bone, not to a grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from bonedensity.virtual.solids import Field, Points

TABLE = 40
"""Edge of the table of random numbers that is repeated in space."""

GRAINS_MM = (1.1, 2.3, 4.7)
"""Sizes; equal strength gives a projection's power a slope of about -3 (anatomy sheet, 7.2)."""

TURNS = ((0.0, 0.0), (0.6, 0.3), (1.1, -0.5))
"""Turn of each size's table (radians, about z and x), so that no repetition or axis shows."""

INTERPOLATED = 1.5**1.5
"""Deviation of white noise over that of its values between grid points."""


def spongy_texture(seed: int, *, upright: float) -> Field:
    """A field with mean 0 and deviation near 1; same seed, same field at every point.

    Args:
        seed: Of the grains.
        upright: 0 for grains that are alike in all directions; at 1 they are three times as high as wide.
    """
    table = np.random.default_rng(seed).standard_normal((TABLE,) * 3, dtype=np.float32)
    height = 1.0 + 2.0 * upright
    frames = [_turned(*turn) / size for turn, size in zip(TURNS, GRAINS_MM, strict=True)]

    def texture(p: Points) -> NDArray[np.floating]:
        flat = p.reshape(-1, 3) * np.array([1.0, 1.0, 1.0 / height], p.dtype)
        total = sum(_read(table, flat @ frame.T.astype(p.dtype)) for frame in frames)
        return (np.asarray(total) * (INTERPOLATED / len(frames) ** 0.5)).astype(p.dtype).reshape(p.shape[:-1])

    return texture


def _read(table: NDArray[np.float32], places: Points) -> NDArray[np.float32]:
    return np.asarray(map_coordinates(table, places.T, order=1, mode="grid-wrap"), dtype=np.float32)


def _turned(about_z: float, about_x: float) -> NDArray[np.float64]:
    c, s, d, t = np.cos(about_z), np.sin(about_z), np.cos(about_x), np.sin(about_x)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, d, -t], [0, t, d]])
