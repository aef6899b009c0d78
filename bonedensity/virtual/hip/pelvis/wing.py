"""The ilium and the posterior column as one curved plate: thin in the middle of the wing, thick at crest and socket."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RectBivariateSpline
from scipy.spatial.transform import Rotation

from bonedensity.geometry import RigidTransform
from bonedensity.virtual.hip.pelvis.shape import PelvisShape
from bonedensity.virtual.solids import Solid, sheet

BACKWARDS = np.array([-0.5864, 0.8100, 0.0])
OUTWARDS = np.array([0.7766, 0.5621, -0.2845])
"""The plate's plane: u runs from the anterior spines to the sacrum, w outwards, v up."""

U_MM = (-75, -50, -25, 0, 25, 50, 75, 100)
V_MM = (-40, -15, 10, 35, 60, 85, 110, 135, 160)

MIDDLE_MM = (
    (-87, -80, -73, -64, -48, -4, 34, 68),
    (-72, -61, -48, -32, -5, 15, 26, 43),
    (-57, -42, -27, -13, 0, 5, 14, 24),
    (-44, -28, -15, -8, -3, 0, 4, 10),
    (-34, -22, -12, -8, -11, -8, -3, 0),
    (-27, -19, -8, -6, -13, -13, -10, -7),
    (-18, -12, -5, -7, -16, -21, -15, -12),
    (-7, -6, -5, -10, -19, -23, -20, -18),
    (4, -1, -7, -13, -19, -24, -26, -26),
)
"""Height w of the plate's middle over (v, u), for the reference pelvis."""

THICKNESS_MM = (
    (37, 37, 34, 29, 20, 12, 8, 8),
    (24, 29, 33, 34, 31, 21, 8, 8),
    (13, 21, 30, 38, 34, 16, 6, 6),
    (8, 14, 23, 35, 27, 11, 6, 6),
    (7, 10, 16, 21, 22, 17, 8, 6),
    (10, 9, 7, 5, 12, 22, 17, 7),
    (13, 11, 8, 2, 5, 18, 18, 10),
    (16, 14, 10, 5, 6, 11, 10, 10),
    (18, 14, 12, 11, 9, 7, 7, 8),
)
"""The plate's thickness there."""

OUTLINE_MM = (
    (63, 1), (61, 14), (50, 23), (41, 34), (39, 48), (48, 58), (62, 60.5), (74, 65), (82, 76), (88, 87), (93, 99),
    (90, 112), (80, 122), (68, 130), (57, 138), (45, 144), (31, 149), (18, 152), (4, 153), (-10, 151), (-23, 146),
    (-35, 140), (-46, 131), (-55, 120), (-61, 107), (-66, 94), (-70, 80), (-68, 67), (-58, 57), (-49, 48), (-46, 34),
    (-37, 25), (-28, 14), (-15, 2), (2, -2), (20, -8), (36, -14), (52, -12),
)  # fmt: skip
"""The plate's rim (u, v): ischial spine, sciatic notch, posterior spines, crest, anterior spines, socket."""


def wing(shape: PelvisShape) -> Solid:
    """Of the left side (LPS mm)."""
    stretch = np.array([shape.scale, shape.tall])
    return sheet(
        _frame(shape),
        shape.scale * np.array(U_MM),
        shape.tall * np.array(V_MM),
        shape.scale * np.array(MIDDLE_MM),
        shape.scale * np.array(THICKNESS_MM) / 2,
        stretch * np.array(OUTLINE_MM),
        edge_mm=5.0,
    )


def on_wing(shape: PelvisShape, u: float, v: float) -> NDArray[np.float64]:
    """The middle of the plate at a place of the reference plate (mm), in this pelvis (LPS mm)."""
    height = RectBivariateSpline(V_MM, U_MM, np.array(MIDDLE_MM, dtype=np.float64))(v, u)[0, 0]
    return _frame(shape).apply(np.array([shape.scale * u, shape.tall * v, shape.scale * height]))


def _frame(shape: PelvisShape) -> RigidTransform:
    """World from the plate's (u, v, w)."""
    backwards, outwards = BACKWARDS / np.linalg.norm(BACKWARDS), OUTWARDS / np.linalg.norm(OUTWARDS)
    axes = np.column_stack([backwards, np.cross(outwards, backwards), outwards])
    flare = Rotation.from_rotvec(np.radians(shape.flare_deg) * backwards).as_matrix()
    turn = Rotation.from_rotvec([0, 0, np.radians(shape.turn_deg)]).as_matrix()
    return RigidTransform.from_rotation_translation(_orthonormal(turn @ flare @ axes), shape.hip_centre)


def _orthonormal(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rid of rounding."""
    left, _, right = np.linalg.svd(matrix)
    return np.asarray(left @ right)
