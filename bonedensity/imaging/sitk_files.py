"""Image files that SimpleITK reads, with its silent failures refused: short data, lying headers, foreign content."""

from __future__ import annotations

import gzip
import re
import zlib
from math import prod
from pathlib import Path

import SimpleITK

from bonedensity.errors import UnreadableFileError
from bonedensity.imaging.files import FileKind, image_suffix
from bonedensity.imaging.quiet import no_stray_lines, quiet_libraries

READER_NAMES: dict[FileKind, str] = {
    "nifti": "NiftiImageIO",
    "nrrd": "NrrdImageIO",
    "meta": "MetaImageIO",
    "png": "PNGImageIO",
    "jpeg": "JPEGImageIO",
    "tiff": "TIFFImageIO",
    "dicom": "GDCMImageIO",
}
"""ITK's reader of each kind: named, so that a wrong suffix is not handed to another one."""

WHOLE_IN_ONE_FILE = (".nii", ".nii.gz", ".nrrd", ".seg.nrrd", ".mha")
"""Suffixes whose pixels lie in the same file as the header, so that both lengths can be compared."""

HIGHEST_DEFLATE_RATIO = 1032
"""Deflate cannot shrink data by more than this (zlib, technical details): a header that promises more is wrong."""

NIFTI_HEADER_BYTES = 352
"""Header of a NIfTI-1 file together with its four extension bytes."""

MOST_PIXELS_2D = 2**28
"""Pixels of the largest flat image that is read; the largest detectors have about 2**25."""

CHUNK_BYTES = 1 << 22


def read_sitk_image(path: Path, kind: FileKind) -> SimpleITK.Image:
    """The whole image file, with its metadata.

    Raises:
        UnreadableFileError: Not of that kind, damaged, cut short, or larger than its bytes can hold.
    """
    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO(READER_NAMES[kind])
    reader.SetFileName(str(path))
    with quiet_libraries(), no_stray_lines():
        try:
            reader.ReadImageInformation()
            _refuse_short_data(path, reader)
            return reader.Execute()
        except RuntimeError as error:
            raise UnreadableFileError(_sentence(path, kind, str(error))) from None


def _refuse_short_data(path: Path, reader: SimpleITK.ImageFileReader) -> None:
    promised = _promised_bytes(reader)
    suffix = image_suffix(path)
    if suffix in WHOLE_IN_ONE_FILE and promised > HIGHEST_DEFLATE_RATIO * path.stat().st_size:
        raise _cut_short(path, promised)
    if suffix == ".nii" and path.stat().st_size < promised + NIFTI_HEADER_BYTES:
        raise _cut_short(path, promised)
    if suffix == ".nii.gz" and _inflated_bytes(path) < promised + NIFTI_HEADER_BYTES:
        raise _cut_short(path, promised)
    if reader.GetDimension() == 2 and prod(reader.GetSize()) > MOST_PIXELS_2D:
        raise UnreadableFileError(f"“{path.name}” claims {reader.GetSize()} pixels, more than any detector has.")


def _promised_bytes(reader: SimpleITK.ImageFileReader) -> int:
    """Bytes of pixels that the header promises."""
    bits = re.search(r"(\d+)-bit", SimpleITK.GetPixelIDValueAsString(reader.GetPixelID()))
    if bits is None:  # a label or unknown type: SimpleITK's own reading decides
        return 0
    return int(prod(reader.GetSize())) * int(reader.GetNumberOfComponents()) * int(bits.group(1)) // 8


def _inflated_bytes(path: Path) -> int:
    """Bytes behind the gzip of a file. ITK's NIfTI reader takes a broken stream in silence and fills with zeros."""
    total = 0
    try:
        with gzip.open(path, "rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                total += len(chunk)
    except gzip.BadGzipFile:
        return path.stat().st_size  # not compressed at all in spite of its name, which ITK reads as well
    except (EOFError, zlib.error):
        return 0
    return total


def _cut_short(path: Path, promised: int) -> UnreadableFileError:
    return UnreadableFileError(
        f"“{path.name}” is damaged or cut short: its header promises {promised / 1e6:.4g} MB of voxels that it does "
        "not hold; copy it again."
    )


def _sentence(path: Path, kind: FileKind, reason: str) -> str:
    """ITK's many lines as one sentence."""
    if "orthonormal" in reason:
        return (
            f"The axes of “{path.name}” are not perpendicular, as after a tilted gantry: resample it onto a straight "
            "grid first."
        )
    if "Unknown PixelType" in reason:
        return f"“{path.name}” holds grey with transparency or another rare kind of pixel; export it as plain grey."
    if "allocate" in reason:
        return f"“{path.name}” does not fit into memory; crop or resample it first."
    return f"“{path.name}” is damaged or not a {kind.upper()} image; export or copy it again."
