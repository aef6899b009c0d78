"""Rotations as 3x3 matrices: from a rotation vector, from an axis and an angle, and back to a rotation vector.

Written out here because scipy's takes longer to import than the first DRR takes to compute.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Axis = Literal["x", "y", "z"]

AXES: dict[Axis, tuple[float, float, float]] = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}


def cross_matrix(vector: ArrayLike) -> NDArray[np.float64]:
    """The matrix whose product with p is `vector` x p."""
    x, y, z = np.asarray(vector, dtype=np.float64)
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])


def rotation_matrix(rotation_vector: ArrayLike) -> NDArray[np.float64]:
    """3x3 rotation by |v| radians about v, right-handed (Rodrigues' formula).

    In scalars, since a search asks for thousands a second and arrays of three cost more than the arithmetic.
    """
    x, y, z = (float(component) for component in np.asarray(rotation_vector))
    angle = math.sqrt(x * x + y * y + z * z)
    if angle == 0.0:
        return np.eye(3)
    s, c = math.sin(angle) / angle, 2 * (math.sin(angle / 2) / angle) ** 2  # 1 - cos a = 2 sin²(a / 2) loses no digits
    return np.array(
        [
            [1 - c * (y * y + z * z), c * x * y - s * z, c * x * z + s * y],
            [c * x * y + s * z, 1 - c * (x * x + z * z), c * y * z - s * x],
            [c * x * z - s * y, c * y * z + s * x, 1 - c * (x * x + y * y)],
        ]
    )


def rotation_about(axis: Axis, degrees: float) -> NDArray[np.float64]:
    """3x3 rotation about a coordinate axis, right-handed."""
    return rotation_matrix(np.radians(degrees) * np.array(AXES[axis]))


def rotation_vector(matrix: ArrayLike) -> NDArray[np.float64]:
    """Axis times angle (rad, at most pi) of a 3x3 rotation.

    By way of the unit quaternion, whose largest component is divided by: exact up to half a turn.
    """
    m = np.asarray(matrix, dtype=np.float64)
    w, vector = _quaternion(m)
    sine = float(np.linalg.norm(vector))
    if sine == 0.0:
        return np.zeros(3)
    sign = -1.0 if w < 0 else 1.0  # the quaternion and its negative are one rotation; this one turns at most pi
    return np.asarray(sign * 2 * np.arctan2(sine, abs(w)) / sine * vector)


def _quaternion(m: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Scalar and vector part of the unit quaternion, from the largest of its four squares (Shepperd 1978)."""
    diagonal, trace = np.diag(m), float(np.trace(m))
    skew = np.array([m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]])
    if trace >= diagonal.max():
        four = np.array([1 + trace, *skew])
    else:
        i = int(np.argmax(diagonal))
        vector = m[i] + m[:, i]
        vector[i] = 1 + 2 * m[i, i] - trace
        four = np.array([skew[i], *vector])
    four /= np.linalg.norm(four)
    return float(four[0]), four[1:]
