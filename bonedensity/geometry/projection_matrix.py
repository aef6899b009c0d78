"""Reading 3x4 projection matrices that other tools made."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.errors import GeometryError
from bonedensity.geometry.camera import PinholeCamera
from bonedensity.geometry.rigid import RigidTransform

SINGULAR_CONDITION = 1e12
"""Condition number of the left 3x3 part above which no camera can be read from a matrix."""


def camera_from_projection_matrix(
    matrix: ArrayLike,
    *,
    rows: int,
    columns: int,
    pixel_spacing_mm: tuple[float, float] | None = None,
) -> PinholeCamera:
    """Split P = K [R | t] into intrinsics and pose (Hartley and Zisserman 2004, section 6.2.4).

    The overall scale and sign of P carry no meaning and are taken such that depth is in mm and R is a rotation.

    Args:
        matrix: 12 numbers, row by row: world mm (LPS) to pixels (u, v), pixel centres at integers.
        rows: Detector rows.
        columns: Detector columns.
        pixel_spacing_mm: (row, column) on the detector where known; gives the source-to-detector distance.

    Raises:
        GeometryError: Wrong count, not finite, or singular (the source would lie at infinity).
    """
    p = np.asarray(matrix, dtype=np.float64)
    if p.size != 12:
        raise GeometryError(f"A projection matrix has 12 numbers (3 rows of 4), but {p.size} were given.")
    p = p.reshape(3, 4)
    if not np.isfinite(p).all():
        raise GeometryError("The projection matrix holds a number that is not finite.")
    left = p[:, :3]
    if np.linalg.cond(left) > SINGULAR_CONDITION:
        raise GeometryError(
            "The projection matrix is singular (its source lies at infinity or its rows repeat): export it again as "
            "K [R | t] from world mm to pixels."
        )
    if np.linalg.det(left) < 0:  # P and -P are the same camera; this sign makes R a rotation with K positive
        p = -p
    intrinsics, rotation = _rq(p[:, :3])
    signs = np.diag(np.sign(np.diag(intrinsics)))
    intrinsics, rotation = intrinsics @ signs, signs @ rotation
    translation = np.linalg.solve(intrinsics, p[:, 3])
    intrinsics = intrinsics / intrinsics[2, 2]
    intrinsics[[1, 2, 2], [0, 0, 1]] = 0.0
    intrinsics[2, 2] = 1.0
    pose = RigidTransform.from_rotation_translation(rotation, translation)
    return PinholeCamera(intrinsics, pose, rows, columns, pixel_spacing_mm)


def _rq(matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Upper triangle times rotation: the QR factors of the rows in reverse order."""
    q, r = np.linalg.qr(matrix[::-1].T)
    return r.T[::-1, ::-1], q.T[::-1]
