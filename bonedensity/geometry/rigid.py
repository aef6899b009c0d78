"""Rigid transforms of 3-D space: composition, exact inverse, six parameters about a centre, log and exp."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.errors import GeometryError
from bonedensity.geometry.rotation import cross_matrix, rotation_matrix, rotation_vector

ROTATION_TOLERANCE = 1e-5
"""Largest deviation of R·Rᵀ from the identity accepted when a matrix is read; files round to about 1e-6."""

SMALL_ANGLE = 1e-6
"""Rotation angle (rad) below which series replace the closed forms of log and exp."""


@dataclass(frozen=True, slots=True, eq=False)
class RigidTransform:
    """A rotation and a translation, `b = R a + t`, named `b_from_a` where it is used.

    Attributes:
        matrix: 4x4 float64, proper rotation (determinant +1), last row 0 0 0 1. Millimetres.
    """

    matrix: NDArray[np.float64]

    def __post_init__(self) -> None:
        matrix = np.array(self.matrix, dtype=np.float64)
        if matrix.size != 16:
            raise GeometryError(f"A rigid transform needs 16 numbers, row by row, but {matrix.size} were given.")
        matrix = matrix.reshape(4, 4)
        _refuse_what_is_not_rigid(matrix)
        u, _, vt = np.linalg.svd(matrix[:3, :3])  # rounding in files would otherwise add up over many products
        matrix[:3, :3] = u @ vt
        matrix[3] = (0.0, 0.0, 0.0, 1.0)
        matrix.setflags(write=False)
        object.__setattr__(self, "matrix", matrix)

    @classmethod
    def identity(cls) -> RigidTransform:
        """The transform that leaves every point where it is."""
        return cls(np.eye(4))

    @classmethod
    def from_rotation_translation(cls, rotation: ArrayLike, translation: ArrayLike) -> RigidTransform:
        """From a 3x3 rotation and a translation (mm)."""
        matrix = np.eye(4)
        matrix[:3, :3] = rotation
        matrix[:3, 3] = translation
        return cls(matrix)

    @classmethod
    def from_translation(cls, translation: ArrayLike) -> RigidTransform:
        """A shift by `translation` (mm)."""
        return cls.from_rotation_translation(np.eye(3), translation)

    @classmethod
    def from_parameters(cls, parameters: ArrayLike, *, centre: ArrayLike) -> RigidTransform:
        """From three rotations (degrees, a rotation vector) about `centre` and three translations (mm).

        `x -> R (x - centre) + centre + t`: the centre moves by `t` alone, so that rotation and translation of a
        bone about its own centre hardly disturb each other in a search.
        """
        values = np.asarray(parameters, dtype=np.float64)
        if values.shape != (6,):
            raise GeometryError(f"A pose has six parameters (3 degrees, 3 mm), but {values.size} were given.")
        pivot = np.asarray(centre, dtype=np.float64)
        rotation = rotation_matrix(np.radians(values[:3]))
        return cls.from_rotation_translation(rotation, pivot + values[3:] - rotation @ pivot)

    def to_parameters(self, *, centre: ArrayLike) -> NDArray[np.float64]:
        """The six parameters (degrees, mm) about `centre`; the inverse of `from_parameters`."""
        pivot = np.asarray(centre, dtype=np.float64)
        turned_deg = np.degrees(rotation_vector(self.rotation))
        return np.concatenate([turned_deg, self.apply(pivot) - pivot])

    @classmethod
    def exp(cls, twist: ArrayLike) -> RigidTransform:
        """From a twist of se(3): rotation vector (rad) and velocity (mm), moved along for unit time."""
        values = np.asarray(twist, dtype=np.float64)
        if values.shape != (6,):
            raise GeometryError(f"A twist has six numbers (3 rad, 3 mm), but {values.size} were given.")
        omega, velocity = values[:3], values[3:]
        return cls.from_rotation_translation(rotation_matrix(omega), _left_jacobian(omega) @ velocity)

    def log(self) -> NDArray[np.float64]:
        """The twist (rad, mm) whose `exp` is this transform; rotation angle below 180 degrees."""
        omega = rotation_vector(self.rotation)
        return np.concatenate([omega, np.linalg.solve(_left_jacobian(omega), self.translation)])

    @property
    def rotation(self) -> NDArray[np.float64]:
        """3x3 rotation."""
        return self.matrix[:3, :3]

    @property
    def translation(self) -> NDArray[np.float64]:
        """Translation (mm)."""
        return self.matrix[:3, 3]

    @property
    def angle_deg(self) -> float:
        """Angle of the rotation about its axis (degrees)."""
        return float(np.degrees(np.linalg.norm(rotation_vector(self.rotation))))

    def inverse(self) -> RigidTransform:
        """The exact inverse, from the transposed rotation."""
        return RigidTransform.from_rotation_translation(self.rotation.T, -self.rotation.T @ self.translation)

    def apply(self, points: ArrayLike) -> NDArray[np.float64]:
        """Points (..., 3) in mm, moved."""
        return np.asarray(points, dtype=np.float64) @ self.rotation.T + self.translation

    def __matmul__(self, other: RigidTransform) -> RigidTransform:
        """`c_from_b @ b_from_a` is `c_from_a`."""
        return RigidTransform(self.matrix @ other.matrix)


def _refuse_what_is_not_rigid(matrix: NDArray[np.float64]) -> None:
    if not np.isfinite(matrix).all():
        raise GeometryError("The transform holds a number that is not finite; write it again from its source.")
    deviation = float(np.abs(matrix[:3, :3] @ matrix[:3, :3].T - np.eye(3)).max())
    if deviation > ROTATION_TOLERANCE or not np.allclose(matrix[3], (0, 0, 0, 1), atol=ROTATION_TOLERANCE):
        raise GeometryError(
            f"The 4x4 matrix is not rigid (off by {deviation:.2g}, last row {matrix[3].tolist()}): "
            "give a rotation and a translation in mm, row by row, with last row 0 0 0 1."
        )
    if np.linalg.det(matrix[:3, :3]) < 0:
        raise GeometryError("The 4x4 matrix mirrors space (determinant -1): left and right would be exchanged.")


def _left_jacobian(omega: NDArray[np.float64]) -> NDArray[np.float64]:
    """V in exp([w v]) = (R, V v); Barfoot, State Estimation for Robotics, eq. 7.37."""
    angle = float(np.linalg.norm(omega))
    cross = cross_matrix(omega)
    if angle < SMALL_ANGLE:
        return np.eye(3) + cross / 2 + cross @ cross / 6
    a = (1 - np.cos(angle)) / angle**2
    b = (angle - np.sin(angle)) / angle**3
    return np.eye(3) + a * cross + b * cross @ cross
