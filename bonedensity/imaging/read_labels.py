"""A label map from NIfTI, NRRD (Slicer's .seg.nrrd with its names) or MetaImage."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import UnreadableFileError
from bonedensity.imaging.files import AnyPath, existing_file, file_kind, image_stem
from bonedensity.imaging.labelmap import LabelMap
from bonedensity.imaging.segment_header import codes_in_header, names_in_header
from bonedensity.imaging.sitk_bridge import from_sitk
from bonedensity.imaging.sitk_files import read_sitk_image

HIGHEST_LABEL = 65535
"""Largest label value that is read; more mean that the file holds an image and not labels."""


def read_label_map(path: AnyPath, names: Mapping[int, str] | None = None) -> LabelMap:
    """Labels on their own grid (`place_on_grid` brings them onto a CT's), as uint8 or uint16.

    Args:
        path: .nii, .nii.gz, .nrrd, .seg.nrrd, .nhdr, .mha or .mhd.
        names: Label value to name, such as `anatomy.labels.TOTALSEGMENTATOR_NAMES`. Names in a Slicer segmentation
            file go before these; a value with neither is called "label_<value>".

    Raises:
        UnreadableFileError: Missing, damaged, no whole numbers, or overlapping layers.
        GeometryError: A grid that no scanner makes.
    """
    file = existing_file(path)
    kind = file_kind(file)
    if kind not in ("nifti", "nrrd", "meta"):
        raise UnreadableFileError(
            f"“{file.name}” is no label map that is read: give a .nii.gz, .nrrd, .seg.nrrd or .mha file."
        )
    image = read_sitk_image(file, kind)
    layers = image.GetNumberOfComponentsPerPixel()
    if layers > 1:
        raise UnreadableFileError(
            f"“{file.name}” holds {layers} layers of overlapping segments; export it from Slicer as one label map."
        )
    if image.GetDimension() == 4 and image.GetSize()[3] == 1:
        image = image[:, :, :, 0]
    if image.GetDimension() != 3:
        raise UnreadableFileError(f"“{file.name}” has {image.GetDimension()} axes; a label map has three.")
    volume = from_sitk(image, unit="1", name=image_stem(file))
    volume = volume.with_array(_as_labels(volume.array, file))
    header = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys() if key.startswith("Segment")}
    present = [int(value) for value in np.flatnonzero(np.bincount(volume.array.ravel())) if value]
    return LabelMap(volume, _complete_names(present, names_in_header(header), names or {}), codes_in_header(header))


def _complete_names(present: list[int], header: Mapping[int, str], given: Mapping[int, str]) -> dict[int, str]:
    """A name for every value that occurs. Names are looked up, so that none may stand for two values."""
    names = dict(header or given)
    for value in present:
        if value not in names:
            name = given.get(value, "")
            names[value] = name if name and name not in names.values() else f"label_{value}"
    return names


def _as_labels(values: NDArray[np.generic], path: Path) -> NDArray[np.generic]:
    """The values as uint8 or uint16; many tools save label maps as whole floating-point numbers."""
    if np.iscomplexobj(values) or not np.isfinite(values).all():
        raise UnreadableFileError(f"“{path.name}” holds values that are no finite numbers; labels are whole numbers.")
    low, high = values.min(), values.max()
    if low < 0 or high > HIGHEST_LABEL or (np.rint(values) != values).any():
        raise UnreadableFileError(
            f"“{path.name}” holds values from {low:g} to {high:g}, no labels (whole numbers from 0 to 65535): "
            "choose the segmentation, not the image."
        )
    return values.astype(np.uint8 if high <= np.iinfo(np.uint8).max else np.uint16)
