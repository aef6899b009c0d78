"""Vertebrae in place: the stack from the sacral plate up, bent forwards, sideways and turned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from bonedensity.geometry import RigidTransform
from bonedensity.virtual.solids import Solid, superellipsoid
from bonedensity.virtual.spine.levels import LEVELS
from bonedensity.virtual.spine.spine_shape import SpineShape
from bonedensity.virtual.spine.vertebra_shape import VertebraShape

TURN_PER_COBB = 0.25
"""Axial rotation of the apex for each degree of a lumbar Cobb angle (ScolDis17)."""

CURVE_LEVELS = 2.5
"""Levels from a curve's apex to its ends."""


@dataclass(frozen=True, slots=True)
class PlacedVertebra:
    """One vertebra in the world.

    Attributes:
        shape: Its dimensions.
        pose: World from vertebra.
        disc: The disc below, in the world.
    """

    shape: VertebraShape
    pose: RigidTransform
    disc: Solid

    @property
    def name(self) -> str:
        """TotalSegmentator's label."""
        return self.shape.name


@dataclass(frozen=True, slots=True)
class Bend:
    """How the spine is bent (degrees).

    Attributes:
        sacral_slope: Lean of the sacral plate to the front.
        disc_wedges: Of the disc below each level; positive where it is higher in front.
        cobb: Sideways; positive is convex to the left.
        apex: Level at the middle of the sideways bend.
    """

    sacral_slope: float
    disc_wedges: Mapping[str, float]
    cobb: float = 0.0
    apex: str = "L2"


def stack(shape: SpineShape, bend: Bend, plate: NDArray[np.float64]) -> dict[str, PlacedVertebra]:
    """All vertebrae by level on top of a sacral plate.

    Args:
        shape: Their dimensions.
        bend: Their angles.
        plate: Middle of the sacral plate (LPS mm).
    """
    placed: dict[str, PlacedVertebra] = {}
    top, lean, hollow = plate, bend.sacral_slope, 0.0
    aside = 0.0
    for level in reversed(LEVELS):
        v, wedge = shape.vertebrae[level], bend.disc_wedges[level]
        gap = max(shape.discs[level] - hollow - v.concavity[1], 1.0)
        tilt, turn = _sideways(bend, level)
        slope = _frame(top, lean - wedge / 2, (aside + tilt) / 2, 0.0)
        foot = slope.apply([0.0, 0.0, gap])
        lean = lean - wedge + v.wedge_deg / 2
        turned = _frame(foot, lean, tilt, turn)
        pose = _frame(turned.apply([0.0, 0.0, v.height / 2]), lean, tilt, turn)
        placed[level] = PlacedVertebra(v, pose, _disc(v, gap).moved(slope))
        top, lean, aside, hollow = pose.apply([0.0, 0.0, v.height / 2]), lean + v.wedge_deg / 2, tilt, v.concavity[0]
    return placed


def _sideways(bend: Bend, level: str) -> tuple[float, float]:
    """Sideways tilt and axial turn of a level: half a wave through the apex, back to upright beyond its ends."""
    away = (LEVELS.index(bend.apex) - LEVELS.index(level)) / CURVE_LEVELS
    tilt = -bend.cobb / 2 * np.sin(np.pi / 2 * away) * np.exp(-0.6 * max(abs(away) - 1, 0) ** 2)
    turn = -TURN_PER_COBB * bend.cobb * np.exp(-(away**2))
    return float(tilt), float(turn)


def _frame(origin: NDArray[np.float64], lean: float, tilt: float, turn: float) -> RigidTransform:
    """World from a frame whose z axis leans to the front, tilts to the left and is turned about itself (degrees)."""
    rotation = Rotation.from_euler("YXZ", [tilt, lean, turn], degrees=True).as_matrix()
    return RigidTransform.from_rotation_translation(rotation, origin)


def _disc(v: VertebraShape, gap: float) -> Solid:
    """The disc between two rims; it fills the plates' hollows, which bone is painted over."""
    return superellipsoid((0, 0, gap / 2), (v.width[1] / 2 + 0.5, v.depth[1] / 2 + 0.5, gap / 2 + 2.5), along=3.5)
