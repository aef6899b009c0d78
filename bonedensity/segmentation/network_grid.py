"""The grid that a network wants: voxels of its spacing along right, anterior and superior."""

from __future__ import annotations

import numpy as np
import SimpleITK
from numpy.typing import NDArray

from bonedensity.imaging import Volume
from bonedensity.imaging.grid import index_to_patient
from bonedensity.imaging.sitk_bridge import to_sitk

OUTSIDE_HU = -1024.0

FLOAT = SimpleITK.sitkFloat32

RAS = np.diag([-1.0, -1.0, 1.0])
"""Axes right, anterior and superior in LPS."""


def on_network_grid(ct: Volume, spacing_mm: tuple[float, float, float]) -> Volume:
    """The CT by linear interpolation on axes R, A, S; air where the CT ends.

    Args:
        ct: In HU, any grid.
        spacing_mm: Along R, A, S.

    Returns:
        Float32; array axes S, A, R as always, so that a tensor R, A, S is its transpose.
    """
    corners = np.array(np.meshgrid(*[(-0.5, n - 0.5) for n in ct.array.shape[::-1]])).reshape(3, -1).T
    along = ct.to_patient(corners) @ RAS
    low, high = along.min(axis=0), along.max(axis=0)
    spacing = np.asarray(spacing_mm)
    counts = np.maximum(np.ceil((high - low) / spacing - 1e-6), 1).astype(int)
    affine = index_to_patient(spacing=spacing, origin=RAS @ (low + spacing / 2), directions=RAS)
    grid = Volume(np.zeros(counts[::-1], np.uint8), affine)
    return Volume(interpolated(ct, grid, outside=OUTSIDE_HU), affine, "HU", ct.name)


def interpolated(image: Volume, like: Volume, *, outside: float = 0.0) -> NDArray[np.float32]:
    """Linear interpolation on another's grid, (K, J, I).

    Args:
        image: What is interpolated.
        like: Whose grid.
        outside: Beyond the image's outermost voxels.
    """
    method = SimpleITK.ResampleImageFilter()
    method.SetReferenceImage(to_sitk(like.with_array(np.zeros(like.array.shape, np.uint8))))
    method.SetInterpolator(SimpleITK.sitkLinear)
    method.SetDefaultPixelValue(outside)
    method.SetOutputPixelType(SimpleITK.sitkFloat32)
    array: NDArray[np.float32] = SimpleITK.GetArrayFromImage(method.Execute(SimpleITK.Cast(to_sitk(image), FLOAT)))
    return array
