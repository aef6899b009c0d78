"""Lumbar vertebrae of the virtual hip patient; world LPS mm with the mid-point of both hips at 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.geometry import RigidTransform
from bonedensity.virtual.bone import Bone
from bonedensity.virtual.sacrum import SACRAL_PLATE, SACRAL_SLOPE_DEG, leaning
from bonedensity.virtual.solids import (
    Points,
    Solid,
    capsule,
    smooth_union,
    superellipsoid,
    tapered_capsule,
)

LEVELS = ("L5", "L4", "L3", "L2", "L1", "T12")
"""From the sacrum up; T12 is cut by the image's upper end."""

TILT_DEG = (24.0, 12.0, 3.0, -4.0, -9.0, -10.0)
"""Lean of each body's axis to the front; lying on the back flattens the lordosis (anatomy sheet, 3.4)."""

BODY_HEIGHT_MM = (27.0, 27.3, 27.2, 26.8, 26.0, 24.5)
BODY_WIDTH_MM = (49.0, 46.0, 44.0, 42.0, 40.0, 36.5)
BODY_DEPTH_MM = (35.0, 33.5, 33.0, 32.0, 30.5, 30.0)
DISC_BELOW_MM = (12.5, 13.0, 12.0, 11.0, 9.5, 8.0)
PROCESS_REACH_MM = (42.0, 41.0, 43.0, 39.0, 36.0, 24.0)
"""Half the span of the transverse processes."""


@dataclass(frozen=True, slots=True)
class Vertebra:
    """One vertebra in place.

    Attributes:
        name: "L5" ...
        pose: World from vertebra; the body's middle is its origin, z along the body's axis.
        radii: Half width, depth and height of the body (mm).
        reach: Half the span of the transverse processes (mm).
        disc: The disc below.
    """

    name: str
    pose: RigidTransform
    radii: NDArray[np.float64]
    reach: float
    disc: Solid


def stack_vertebrae(size: float) -> list[Vertebra]:
    """L5 to T12 on top of the sacrum."""
    vertebrae = []
    top, lean = SACRAL_PLATE * size, SACRAL_SLOPE_DEG
    rows = zip(
        LEVELS, TILT_DEG, BODY_HEIGHT_MM, BODY_WIDTH_MM, BODY_DEPTH_MM, DISC_BELOW_MM, PROCESS_REACH_MM, strict=True
    )
    for name, tilt, height, width, depth, gap, reach in rows:
        radii = size * np.array([width, depth, height]) / 2
        slope = leaning(top, (lean + tilt) / 2)
        disc = superellipsoid((0, 0, size * gap / 2), (radii[0] + 1, radii[1] + 1, size * gap / 2 + 1), along=3.5)
        foot = slope.apply([0.0, 0.0, size * gap])
        pose = leaning(leaning(foot, tilt).apply([0.0, 0.0, radii[2]]), tilt)
        vertebrae.append(Vertebra(name, pose, radii, size * reach, disc.moved(slope)))
        top, lean = pose.apply([0.0, 0.0, radii[2]]), tilt
    return vertebrae


def vertebra_solid(vertebra: Vertebra, size: float) -> Solid:
    """Body, pedicles, arch and processes, in the world."""
    width, depth, _ = vertebra.radii
    body = superellipsoid((0, 0, 0), vertebra.radii, across=2.3, along=6.0)
    arch = smooth_union(*_posterior_elements(width, depth, vertebra.reach, size), blend_mm=4.0)
    return smooth_union(body, arch, blend_mm=4.0).moved(vertebra.pose)


def _posterior_elements(width: float, depth: float, reach: float, s: float) -> list[Solid]:
    blade = superellipsoid((0, depth + 37 * s, -6 * s), (3.4 * s, 15 * s, 9.5 * s), along=3.0)
    parts = [blade]
    for sign in (-1, 1):
        root = np.array([sign * 0.62 * width, 0.75 * depth, 5 * s])
        corner = np.array([sign * 16.5 * s, depth + 12 * s, 2 * s])
        parts += [
            capsule(root, corner, 5.2 * s),
            tapered_capsule(corner, (sign * 3 * s, depth + 23 * s, -4 * s), 4.5 * s, 4 * s),
            tapered_capsule(corner, (sign * reach, depth + 17 * s, 5 * s), 5 * s, 3 * s),
            tapered_capsule(corner, (sign * 18 * s, depth + 15 * s, 15 * s), 4.5 * s, 4 * s),
            tapered_capsule(corner, (sign * 14 * s, depth + 20 * s, -17 * s), 5 * s, 4.5 * s),
        ]
    return parts


def make_vertebra(vertebra: Vertebra, *, size: float, density_factor: float) -> Bone:
    """The vertebra with its thin shell, denser in the posterior elements (mg/cm³)."""
    solid = vertebra_solid(vertebra, size)
    inverse = vertebra.pose.inverse()
    depth = vertebra.radii[1]

    def behind(p: Points) -> NDArray[np.floating]:
        return np.clip((inverse.apply(p)[..., 1] - 0.8 * depth) / 8.0, 0, 1)

    def shell(p: Points) -> NDArray[np.floating]:
        return 0.5 + 1.0 * behind(p)

    def trabecular(p: Points) -> NDArray[np.floating]:
        return density_factor * (135.0 + 90.0 * behind(p))

    return Bone(f"vertebrae_{vertebra.name}", solid, shell, trabecular, 900.0)
