"""The regular grid that volumes and label maps lie on: any direction, spacing and flip."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.errors import GeometryError

MAXIMUM_SHEAR = 1e-3
"""Largest |cosine| between two grid axes; a gantry tilt of one degree already gives 0.017."""


def checked_index_to_patient(matrix: ArrayLike) -> NDArray[np.float64]:
    """A read-only 4x4 affine from (i, j, k) to LPS mm whose axes are perpendicular.

    Raises:
        GeometryError: Not finite, flat (an axis of no length) or sheared.
    """
    affine = np.array(matrix, dtype=np.float64)
    if affine.shape != (4, 4):
        raise GeometryError(f"The image's grid needs a 4x4 matrix from (i, j, k) to mm, but has shape {affine.shape}.")
    if not np.isfinite(affine).all():
        raise GeometryError("The image's grid holds a number that is not finite; export the image again.")
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    if spacing.min() <= 0:
        raise GeometryError(
            "The image's grid is flat (one of its three spacings is zero): give a volume, not one slice."
        )
    axes = affine[:3, :3] / spacing
    shear = np.abs(axes.T @ axes - np.eye(3)).max()
    if shear > MAXIMUM_SHEAR:
        raise GeometryError(
            f"The image's axes are not perpendicular (cosine {shear:.3f}), as after a tilted gantry: resample it "
            "onto a straight grid first."
        )
    affine.setflags(write=False)
    return affine


def index_to_patient(
    *, spacing: ArrayLike, origin: ArrayLike, directions: ArrayLike | None = None
) -> NDArray[np.float64]:
    """The 4x4 affine from spacing (i, j, k) mm, origin (LPS mm of voxel 0,0,0) and 3x3 direction columns."""
    affine = np.eye(4)
    axes = np.eye(3) if directions is None else np.asarray(directions, dtype=np.float64).reshape(3, 3)
    affine[:3, :3] = axes * np.asarray(spacing, dtype=np.float64)
    affine[:3, 3] = origin
    return affine
