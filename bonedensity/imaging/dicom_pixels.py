"""The stored pixel values of a DICOM file, whatever their compression: never inverted, never rescaled.

Uncompressed and run-length data are decoded by pydicom. Every other compression goes to GDCM (inside SimpleITK) as a
stripped copy that holds the pixels and their layout alone. GDCM turns MONOCHROME1 round and applies the rescaling by
itself, without a word; the copy says MONOCHROME2 and has no rescaling, so that both happen once, here.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import SimpleITK
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import apply_modality_lut, pixel_array
from pydicom.uid import UID, RLELossless, SecondaryCaptureImageStorage

from bonedensity.errors import UnreadableFileError
from bonedensity.imaging.dicom_tags import BROKEN_DICOM, integer, number, text
from bonedensity.imaging.quiet import quiet_libraries
from bonedensity.imaging.sitk_files import MOST_PIXELS_2D, read_sitk_image

LAYOUT_TAGS = (
    "SamplesPerPixel", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
)  # fmt: skip
"""What a decoder must know of the pixels; nothing else is copied."""

READABLE_BITS = (8, 16, 32)
"""BitsAllocated that are read."""


def refuse_unreadable_layout(dataset: Dataset, path: Path) -> None:
    """Refuse what is no single grey image, before any pixel is decoded.

    Raises:
        UnreadableFileError: No pixels, colour, several frames, or sizes that no image has.
    """
    rows, columns = integer(dataset, "Rows"), integer(dataset, "Columns")
    if "PixelData" not in dataset or not dataset.PixelData:
        raise UnreadableFileError(f"“{path.name}” holds no pixels (a report, a curve, or cut short); choose an image.")
    if text(dataset, "PhotometricInterpretation") not in ("MONOCHROME1", "MONOCHROME2", ""):
        kind = text(dataset, "PhotometricInterpretation")
        raise UnreadableFileError(f"“{path.name}” is a colour image ({kind}); export the grey original.")
    if integer(dataset, "SamplesPerPixel", 1) != 1:
        raise UnreadableFileError(f"“{path.name}” is a colour image; export the grey original.")
    if integer(dataset, "NumberOfFrames", 1) > 1:
        frames = integer(dataset, "NumberOfFrames", 1)
        raise UnreadableFileError(f"“{path.name}” holds {frames} frames; export one frame, or one file a slice.")
    if integer(dataset, "BitsAllocated") not in READABLE_BITS:
        bits = integer(dataset, "BitsAllocated")
        raise UnreadableFileError(f"“{path.name}” has {bits} bits a pixel; 8, 16 and 32 are read.")
    if rows < 1 or columns < 1 or rows * columns > MOST_PIXELS_2D:
        raise UnreadableFileError(f"“{path.name}” claims {rows} x {columns} pixels, which no detector has.")


def stored_pixels(dataset: Dataset, path: Path) -> NDArray[np.generic]:
    """The stored values (rows, columns), 8 to 32 bit integers, as the file's bits say and nothing applied.

    Raises:
        UnreadableFileError: No single grey image, or pixels that cannot be decoded.
    """
    refuse_unreadable_layout(dataset, path)
    syntax = UID(getattr(dataset.file_meta, "TransferSyntaxUID", ""))
    compressed = syntax.is_compressed and syntax != RLELossless
    array = _decoded_by_gdcm(dataset, path) if compressed else _decoded_by_pydicom(dataset, path)
    if array.shape != (integer(dataset, "Rows"), integer(dataset, "Columns")):
        raise _undecodable(path)
    return array if compressed else _stored_bits(array, dataset)


def modality_values(stored: NDArray[np.generic], dataset: Dataset) -> NDArray[np.float64]:
    """Stored values after the modality look-up table or the rescaling; both absent, they are as stored.

    A slope of zero would leave one grey for everything and is taken as absent.
    """
    if "ModalityLUTSequence" in dataset and dataset.ModalityLUTSequence:
        with quiet_libraries():
            return np.asarray(apply_modality_lut(stored, dataset), dtype=np.float64)
    slope = number(dataset, "RescaleSlope") or 1.0
    return np.asarray(stored, dtype=np.float64) * slope + (number(dataset, "RescaleIntercept") or 0.0)


def stored_range(dataset: Dataset) -> tuple[int, int]:
    """Lowest and highest value that the file's bits can hold."""
    bits = integer(dataset, "BitsStored") or integer(dataset, "BitsAllocated", 16)
    if integer(dataset, "PixelRepresentation"):
        return -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    return 0, (1 << bits) - 1


def _decoded_by_pydicom(dataset: Dataset, path: Path) -> NDArray[np.generic]:
    with quiet_libraries():
        try:
            return np.asarray(pixel_array(dataset, raw=True))
        # RuntimeError: no decoder took it. MemoryError: a header that lies about its run-length data.
        except (*BROKEN_DICOM, RuntimeError, MemoryError, IndexError):
            raise _undecodable(path) from None


def _decoded_by_gdcm(dataset: Dataset, path: Path) -> NDArray[np.generic]:
    with tempfile.TemporaryDirectory(prefix="bonedensity-") as folder:
        copy = Path(folder) / "pixels.dcm"
        try:
            with quiet_libraries():
                _stripped(dataset).save_as(copy, enforce_file_format=True)
            image = read_sitk_image(copy, "dicom")
        except (*BROKEN_DICOM, UnreadableFileError):
            raise _undecodable(path) from None
    return np.asarray(SimpleITK.GetArrayFromImage(image)).squeeze()


def _stripped(dataset: Dataset) -> Dataset:
    """The pixels and their layout as a file of its own: no spacing, no rescaling, no identity, MONOCHROME2."""
    copy = Dataset()
    copy.file_meta = FileMetaDataset()
    copy.file_meta.TransferSyntaxUID = dataset.file_meta.TransferSyntaxUID
    copy.SOPClassUID = copy.file_meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    copy.SOPInstanceUID = copy.file_meta.MediaStorageSOPInstanceUID = UID("2.25.1")
    copy.PhotometricInterpretation = "MONOCHROME2"
    for keyword in LAYOUT_TAGS:
        if keyword in dataset:
            copy[keyword] = dataset[keyword]
    copy["PixelData"] = dataset["PixelData"]
    return copy


def _stored_bits(array: NDArray[np.generic], dataset: Dataset) -> NDArray[np.generic]:
    """The `BitsStored` bits below `HighBit`, sign extended: old files keep overlays in the bits above."""
    width = array.dtype.itemsize * 8
    bits = integer(dataset, "BitsStored") or width
    high = integer(dataset, "HighBit", bits - 1)
    if bits >= width or not np.issubdtype(array.dtype, np.integer) or not bits - 1 <= high < width:
        return array
    return np.right_shift(np.left_shift(array, width - 1 - high), width - bits)


def _undecodable(path: Path) -> UnreadableFileError:
    return UnreadableFileError(
        f"The pixels of “{path.name}” cannot be decoded: they are damaged, cut short or compressed in a way that is "
        "not read; export it again, uncompressed."
    )
