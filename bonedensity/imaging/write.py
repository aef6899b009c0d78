"""Volumes, label maps and flat images as files that other tools read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK
from numpy.typing import ArrayLike, NDArray

from bonedensity.errors import UnwritableFileError
from bonedensity.imaging.files import AnyPath, image_suffix
from bonedensity.imaging.labelmap import LabelMap
from bonedensity.imaging.quiet import quiet_libraries
from bonedensity.imaging.radiograph import Radiograph
from bonedensity.imaging.segment_header import Color, header_of_names
from bonedensity.imaging.sitk_bridge import to_sitk
from bonedensity.imaging.volume import Volume

VOLUME_SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".mha")
"""Formats that keep any grid; NIfTI rounds it to 32 bit (1e-5 mm)."""

FLOAT_IMAGE_SUFFIXES = (".nrrd", ".mha", ".tif", ".tiff")
"""Flat formats that keep float32."""

HIGHEST_GREY = 65535
"""White in a 16-bit image."""


@dataclass(frozen=True, slots=True)
class GreyMapping:
    """How greys in a file stand for values: `value = slope * grey + intercept`.

    Attributes:
        slope: In the values' unit for one grey level.
        intercept: Value at grey 0.
    """

    slope: float = 1.0
    intercept: float = 0.0

    def values(self, greys: ArrayLike) -> NDArray[np.float64]:
        """Values of greys."""
        return np.asarray(greys, dtype=np.float64) * self.slope + self.intercept


def write_volume(volume: Volume, path: AnyPath) -> None:
    """Write to .nii, .nii.gz, .nrrd or .mha with the volume's grid as it is; `read_ct` gives it back.

    Raises:
        UnwritableFileError: Another suffix, no such folder, or no permission.
    """
    _save(to_sitk(volume), _target(path, VOLUME_SUFFIXES))


def write_label_map(labels: LabelMap, path: AnyPath, *, colors: Mapping[str, Color] | None = None) -> None:
    """Write to .seg.nrrd (with names, as Slicer's segmentations), .nii, .nii.gz, .nrrd or .mha (numbers alone).

    Args:
        labels: What to write.
        path: The suffix chooses the format.
        colors: Colour of a name in Slicer, red, green, blue in [0, 1]; names without one get a colour each.

    Raises:
        UnwritableFileError: Another suffix, no such folder, or no permission.
    """
    target = _target(path, (".seg.nrrd", *VOLUME_SUFFIXES))
    image = to_sitk(labels.volume)
    if image_suffix(target) == ".seg.nrrd":
        for key, value in header_of_names(labels.names, image.GetSize(), colors or {}).items():
            image.SetMetaData(key, value)
    _save(image, target)


def write_radiograph_png(radiograph: Radiograph, path: AnyPath) -> GreyMapping:
    """Write a 16-bit PNG, bone bright; whole numbers from 0 to 65535 stay as they are, others are stretched.

    Returns:
        What the greys stand for.

    Raises:
        UnwritableFileError: Another suffix, no such folder, or no permission.
    """
    return write_array_image(radiograph.array, _target(path, (".png",)))


def write_array_image(
    array: NDArray[np.generic], path: AnyPath, spacing: tuple[float, float] | None = None, *, note: str = ""
) -> GreyMapping:
    """Write a flat image: float32 to .nrrd, .mha or .tif; to .png in 16 bit as `write_radiograph_png` does.

    An array of uint8 is a picture for display and stays one in a .png: with 16 bits viewers would show it black.

    Args:
        array: (rows, columns) of real numbers.
        path: The suffix chooses the format.
        spacing: (row, column) in mm; kept by .nrrd and .mha.
        note: What the image is, in the file's own header; kept by .nrrd and .mha.

    Returns:
        What the numbers in the file stand for.

    Raises:
        UnwritableFileError: Another suffix, no flat or no finite array, no such folder, or no permission.
    """
    target = _target(path, (*FLOAT_IMAGE_SUFFIXES, ".png"))
    values = np.asarray(array)
    if values.ndim != 2 or values.size == 0 or not np.isfinite(values).all():
        raise UnwritableFileError(
            f"“{target.name}” was not written: its values {values.shape} are no finite flat image."
        )
    mapping = GreyMapping()
    stored: NDArray[np.generic] = values.astype(np.float32)
    if image_suffix(target) == ".png":
        stored, mapping = _greys(values)
    image = SimpleITK.GetImageFromArray(stored)
    if spacing is not None:
        image.SetSpacing((float(spacing[1]), float(spacing[0])))
    if note:
        image.SetMetaData("note", note)
    _save(image, target)
    return mapping


def _greys(values: NDArray[np.generic]) -> tuple[NDArray[np.uint8] | NDArray[np.uint16], GreyMapping]:
    if values.dtype == np.uint8:
        return np.asarray(values, dtype=np.uint8), GreyMapping()
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= HIGHEST_GREY and np.array_equal(np.rint(values), values):
        return values.astype(np.uint16), GreyMapping()
    mapping = GreyMapping((high - low) / HIGHEST_GREY or 1.0, low)
    return np.rint((values.astype(np.float64) - low) / mapping.slope).astype(np.uint16), mapping


def _target(path: AnyPath, suffixes: tuple[str, ...]) -> Path:
    target = Path(path).expanduser()
    if image_suffix(target) not in suffixes:
        raise UnwritableFileError(f"“{target.name}” was not written: its name must end in {', '.join(suffixes)}.")
    if not target.parent.is_dir():
        raise UnwritableFileError(f"“{target.name}” was not written: the folder {target.parent} does not exist.")
    if target.is_dir():
        raise UnwritableFileError(f"“{target}” was not written: a folder of that name is there.")
    return target


def _save(image: SimpleITK.Image, target: Path) -> None:
    with quiet_libraries():
        try:
            SimpleITK.WriteImage(image, str(target), useCompression=True)
        except RuntimeError:
            raise UnwritableFileError(
                f"“{target}” was not written: check that the folder may be written and the disk is not full."
            ) from None
