"""Between LPS, in which BoneDensity works, and RAS, in which MRML does: x and y change sign, both ways alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import vtk
from numpy.typing import ArrayLike, NDArray

FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])
"""4x4, LPS to RAS and RAS to LPS."""


def flipped_points(points: ArrayLike) -> NDArray[np.float64]:
    """Points (..., 3) in mm, from LPS to RAS or from RAS to LPS."""
    return np.asarray(points, dtype=np.float64) * FLIP.diagonal()[:3]


def flipped_grid(index_to_patient: ArrayLike) -> NDArray[np.float64]:
    """A 4x4 from voxel indices to mm, its mm from LPS to RAS or from RAS to LPS."""
    return FLIP @ np.asarray(index_to_patient, dtype=np.float64)


def flipped_transform(matrix: ArrayLike) -> NDArray[np.float64]:
    """A 4x4 from mm to mm, both its sides from LPS to RAS or from RAS to LPS."""
    return FLIP @ np.asarray(matrix, dtype=np.float64) @ FLIP


def to_vtk_matrix(matrix: ArrayLike) -> Any:
    """A 4x4 array as a vtkMatrix4x4."""
    result = vtk.vtkMatrix4x4()
    result.DeepCopy(np.asarray(matrix, dtype=np.float64).ravel().tolist())
    return result


def from_vtk_matrix(matrix: Any) -> NDArray[np.float64]:
    """A vtkMatrix4x4 as a 4x4 array."""
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
