"""Points of the spine that a reader would mark, in the body's frame (LPS mm)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bonedensity.geometry import RigidTransform
from bonedensity.virtual.spine.stack import PlacedVertebra
from bonedensity.virtual.spine.vertebra_shape import VertebraShape

S1_HALF_MM = (24.0, 16.0, 14.0)
"""Half width and depth of the sacral plate, and half height of S1, for size 1."""


def spine_landmarks(
    placed: Mapping[str, PlacedVertebra], plate: RigidTransform, size: float
) -> dict[str, NDArray[np.float64]]:
    """Centres and end plates' edges by name.

    `<vertebra>_centre` is the middle of the body; `<vertebra>_<superior|inferior>_<anterior|posterior|left|right>` are
    the edges of its end plates in the mid-sagittal and mid-coronal plane; `vertebrae_S1_…` has its upper plate alone.
    """
    points: dict[str, NDArray[np.float64]] = {}
    for vertebra in placed.values():
        local = _of_vertebra(vertebra.shape)
        points |= {f"{vertebra.name}_{name}": vertebra.pose.apply(point) for name, point in local.items()}
    wide, deep, high = (size * half for half in S1_HALF_MM)
    s1 = {"centre": (0.0, 0.0, -high), **_edges("superior", wide, deep, deep, 0.0, 0.0)}
    return points | {f"vertebrae_S1_{name}": plate.apply(point) for name, point in s1.items()}


def _of_vertebra(v: VertebraShape) -> dict[str, tuple[float, float, float]]:
    half, slope = v.height / 2, (v.back - v.front) / sum(v.depth)
    points = {"centre": (0.0, 0.0, 0.0)}
    for plate, name, sign in ((0, "superior", 1), (1, "inferior", -1)):
        wide, front = v.width[plate] / 2, v.depth[plate] / 2
        points |= _edges(name, wide, front, front - v.hollow, sign * half, sign * slope)
    return points


def _edges(
    name: str, wide: float, front: float, back: float, z: float, slope: float
) -> dict[str, tuple[float, float, float]]:
    """A plate's four edges; it rises by `slope` per mm towards the back."""
    return {
        f"{name}_anterior": (0.0, -front, z - slope * front),
        f"{name}_posterior": (0.0, back, z + slope * back),
        f"{name}_left": (wide, 0.0, z),
        f"{name}_right": (-wide, 0.0, z),
    }
