"""`Volume` to and from a SimpleITK image: both are LPS, so only the order of the axes changes."""

from __future__ import annotations

import numpy as np
import SimpleITK
from numpy.typing import NDArray

from bonedensity.imaging.grid import index_to_patient
from bonedensity.imaging.volume import Volume


def to_sitk(volume: Volume) -> SimpleITK.Image:
    """The volume as a SimpleITK image with its numbers copied; bool becomes uint8, float16 float32."""
    image = SimpleITK.GetImageFromArray(_storable(volume.array))
    spacing = volume.spacing
    image.SetSpacing(spacing.tolist())
    image.SetOrigin(volume.index_to_patient[:3, 3].tolist())
    image.SetDirection((volume.index_to_patient[:3, :3] / spacing).ravel().tolist())
    return image


def from_sitk(image: SimpleITK.Image, *, unit: str = "HU", name: str = "volume", notes: tuple[str, ...] = ()) -> Volume:
    """A 3-D scalar SimpleITK image as a volume (LPS mm) with its numbers copied, neither turned nor resampled.

    Raises:
        GeometryError: The image has not three axes, or its grid is flat or sheared.
    """
    array = SimpleITK.GetArrayFromImage(image)
    if image.GetDimension() != 3:
        return Volume(array, np.eye(4), unit=unit, name=name)  # refused there, in the words every volume uses
    affine = index_to_patient(
        spacing=image.GetSpacing(), origin=image.GetOrigin(), directions=np.reshape(image.GetDirection(), (3, 3))
    )
    return Volume(array, affine, unit=unit, name=name, notes=notes)


def _storable(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """The array in a type that ITK stores, native byte order."""
    if array.dtype == np.bool_:
        return array.astype(np.uint8)
    if array.dtype == np.float16:
        return array.astype(np.float32)
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
