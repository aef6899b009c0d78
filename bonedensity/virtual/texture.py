"""Trabecular texture: random bands along the struts, the same at every point whatever the grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.virtual.solids import Field, Points

WAVES = 28
"""Plane waves in one texture; their sum is close to a Gaussian random field."""

BENDS, BEND_MM, BENDS_MM = 4, 1.1, (9.0, 16.0)
"""Slow waves that push points aside, how far each does (mm), and their lengths.

Through a whole bone a ray meets the few plane waves that it runs along; straight, they would stand as a comb.
"""

CHUNK = 32768
"""Points that are worked on at once."""


def strut_texture(
    seed: int, along: ArrayLike | None = None, *, wavelengths_mm: tuple[float, float] = (2.4, 7.0), spread: float = 0.25
) -> Field:
    """A random field with mean 0 and variance 1 that changes little along the struts.

    Real struts lie 0.6 to 1.2 mm apart; what is told apart at 0.1 to 0.2 mm pixels is their grouping, and on a grid
    only waves of two voxels or more (anatomy sheet, section 1.3).

    Args:
        seed: Same seed, same field.
        along: (3,) direction of the struts; None: none is preferred.
        wavelengths_mm: Shortest and longest wave (mm); longer ones are stronger.
        spread: How far waves stray from right angles to the struts, 0 to 1.
    """
    rng = np.random.default_rng(seed)
    normals = rng.standard_normal((WAVES, 3))
    if along is not None:
        axis = np.asarray(along, dtype=np.float64) / np.linalg.norm(along)
        normals = normals - (1 - spread) * (normals @ axis)[:, None] * axis
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    shortest, longest = wavelengths_mm
    lengths = np.exp(rng.uniform(np.log(shortest), np.log(longest), WAVES))
    strength = np.sqrt(lengths)
    strength *= np.sqrt(2 / np.sum(strength**2))
    waves, phases = 2 * np.pi * normals / lengths[:, None], rng.uniform(0, 2 * np.pi, WAVES)
    slow = _slow_waves(rng)

    def value(p: Points) -> NDArray[np.floating]:
        flat = p.reshape(-1, 3)
        turns, start, weight, *bends = (part.astype(p.dtype) for part in (waves.T, phases, strength, *slow))
        chunks = (flat[i : i + CHUNK] for i in range(0, len(flat), CHUNK))
        parts = [np.cos(_bent(chunk, *bends) @ turns + start) @ weight for chunk in chunks]
        return np.concatenate(parts).reshape(p.shape[:-1]) if parts else np.zeros(p.shape[:-1], p.dtype)

    return value


def _slow_waves(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Wave vectors (3, n) and phases (n,) of the bends, and the way each pushes (n, 3) (mm)."""
    normals, ways = rng.standard_normal((2, BENDS, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) * rng.uniform(*BENDS_MM, (BENDS, 1))
    pushes = BEND_MM * ways / np.linalg.norm(ways, axis=1, keepdims=True)
    return 2 * np.pi * normals.T, rng.uniform(0, 2 * np.pi, BENDS), pushes


def _bent(p: Points, waves: Points, phases: NDArray[np.floating], pushes: Points) -> Points:
    return p + np.cos(p @ waves + phases) @ pushes
