"""A radiograph from DICOM or from a plain image file, with bone bright and as seen from the X-ray source."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from pathlib import Path

import numpy as np
import SimpleITK
from numpy.typing import NDArray

from bonedensity.errors import UnreadableFileError
from bonedensity.imaging.dicom_radiograph import read_dicom_radiograph
from bonedensity.imaging.files import AnyPath, FileKind, existing_file, file_kind, image_stem
from bonedensity.imaging.radiograph import Radiograph
from bonedensity.imaging.sitk_files import read_sitk_image
from bonedensity.imaging.spacing import PixelSpacing

NO_SPACING_NOTE = "The image file gives no pixel spacing: give the detector's pixel size to measure in mm."
"""Said of PNG, JPEG and TIFF, whose dots per inch speak of paper and screens."""

JPEG_NOTE = "JPEG has 8 bits and loses detail: use the original for measurements."


def read_radiograph(path: AnyPath, *, invert: bool = False) -> Radiograph:
    """One X-ray image.

    Args:
        path: DICOM (CR, DX, XA, RF, SC), PNG, TIFF, JPEG, or a flat .nrrd or .mha as `write_array_image` makes them.
        invert: Turn brightness once more, for a file in which bone is dark though it does not say so.

    Returns:
        Float32 values, larger where less radiation arrived, after the modality look-up table and before any window;
        what was assumed is in `notes`.

    Raises:
        UnreadableFileError: Missing, damaged, not an X-ray image, in colour, or of several frames.
    """
    file = existing_file(path)
    kind = file_kind(file)
    if kind == "unknown":
        raise UnreadableFileError(f"“{file.name}” is no image that is read: give DICOM, PNG, TIFF, JPEG, NRRD or MHA.")
    radiograph = read_dicom_radiograph(file) if kind == "dicom" else _read_plain(file, kind)
    if radiograph.array.min() == radiograph.array.max():
        raise UnreadableFileError(f"“{file.name}” shows one grey everywhere; export it again.")
    if not invert:
        return radiograph
    array = radiograph.array.max() + radiograph.array.min() - radiograph.array
    return replace(radiograph, array=array, notes=(*radiograph.notes, "Brightness was turned by request."))


def _read_plain(path: Path, kind: FileKind) -> Radiograph:
    image = read_sitk_image(path, kind)
    size = image.GetSize()
    if prod(size[2:]) > 1:
        raise UnreadableFileError(f"“{path.name}” holds {prod(size[2:])} images; export the one to be used.")
    array, notes = _grey(SimpleITK.GetArrayFromImage(image), image.GetNumberOfComponentsPerPixel(), path)
    array = array.reshape(size[1], size[0])
    if np.iscomplexobj(array) or not np.isfinite(array).all():
        raise UnreadableFileError(
            f"“{path.name}” holds values that are no finite numbers; write it again without them."
        )
    spacing, spacing_note = _plain_spacing(image, kind)
    notes += (spacing_note,) + ((JPEG_NOTE,) if kind == "jpeg" else ())
    return Radiograph(array.astype(np.float32), spacing=spacing, name=image_stem(path), notes=notes)


def _grey(array: NDArray[np.generic], channels: int, path: Path) -> tuple[NDArray[np.generic], tuple[str, ...]]:
    """The one grey channel: colour images are accepted when all their colours are equal, transparency is dropped."""
    if channels == 1:
        return array, ()
    colours = array[..., :3]
    if channels < 3 or (colours != colours[..., :1]).any():
        raise UnreadableFileError(f"“{path.name}” is a colour image; export the X-ray image in grey.")
    return colours[..., 0], ("The image is stored in colour, but grey throughout; one channel was taken.",)


def _plain_spacing(image: SimpleITK.Image, kind: FileKind) -> tuple[PixelSpacing | None, str]:
    """Spacing from image formats of medicine alone; exactly 1 mm is what they write when they do not know."""
    column, row = image.GetSpacing()[:2]
    if kind not in ("nrrd", "meta", "nifti") or (row == 1.0 and column == 1.0):
        return None, NO_SPACING_NOTE
    note = f"The pixel spacing of {row:.4g} mm is the file's and was taken as the detector's; confirm it."
    return PixelSpacing(row, column, source="imager"), note
