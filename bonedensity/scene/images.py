"""Arrays as vtkImageData and back, with the number type kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import vtk
from numpy.typing import NDArray
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from bonedensity.errors import GeometryError

STANDS_FOR = {"bool": "uint8", "int8": "int16", "int64": "int32", "uint64": "uint32", "float16": "float32"}
"""Number types that VTK lacks or MRML cannot save, and what they are stored as."""


def fill_image(image: Any, array: NDArray[np.generic]) -> Any:
    """Copy an array (K, J, I) into a vtkImageData and return it.

    Raises:
        GeometryError: Whole numbers beyond 32 bits, which no scene file holds.
    """
    given = np.asarray(array)
    stored = given.astype(STANDS_FOR.get(given.dtype.name, given.dtype.newbyteorder("=")), copy=False)
    if given.dtype.name in ("int64", "uint64") and not np.array_equal(given, stored):
        raise GeometryError(
            f"The image holds {given.min()} to {given.max()}, beyond the 32 bits of whole numbers in a scene: scale it "
            "or make it float64."
        )
    image.SetDimensions(*stored.shape[::-1])
    scalars = numpy_to_vtk(np.ascontiguousarray(stored).ravel(), deep=True)
    scalars.SetName("values")
    image.GetPointData().SetScalars(scalars)
    return image


def new_image(array: NDArray[np.generic]) -> Any:
    """A vtkImageData with a copy of an array (K, J, I)."""
    return fill_image(vtk.vtkImageData(), array)


def array_of(image: Any, *, name: str) -> NDArray[np.generic]:
    """A copy of an image's numbers, (K, J, I); `name` is for messages.

    Raises:
        GeometryError: No image, or more than one number in a voxel.
    """
    scalars = None if image is None else image.GetPointData().GetScalars()
    if scalars is None or scalars.GetNumberOfTuples() == 0:
        raise GeometryError(f"“{name}” holds no image; load it again.")
    if scalars.GetNumberOfComponents() != 1:
        raise GeometryError(
            f"“{name}” holds {scalars.GetNumberOfComponents()} numbers a voxel (a colour or vector image); convert it "
            "to a scalar volume in the Vector to Scalar Volume module."
        )
    return vtk_to_numpy(scalars).reshape(image.GetDimensions()[::-1]).copy()


def restored(array: NDArray[np.generic], kind: str | None) -> NDArray[np.generic]:
    """The array in the number type it was stored from, unless it was changed since in a way that does not fit there."""
    if kind is None or STANDS_FOR.get(kind) != array.dtype.name:
        return array
    original = array.astype(kind)
    return original if np.array_equal(original, array) else array
