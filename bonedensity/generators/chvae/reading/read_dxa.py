"""Display exports of DXA scanners from files: DICOM (CR or SC), PNG and other pictures, archives of UK Biobank."""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels import apply_voi_lut

from bonedensity.errors import AnatomyError, BoneDensityError, UnreadableFileError
from bonedensity.generators.chvae.reading.dxa_image import Crop, DxaImage, without_margins
from bonedensity.generators.chvae.reading.plausible import check_header, check_spine
from bonedensity.imaging.dicom_pixels import modality_values, stored_pixels, stored_range
from bonedensity.imaging.dicom_radiograph import bone_is_dark
from bonedensity.imaging.dicom_tags import name_without_identity, numbers, read_dicom, text
from bonedensity.imaging.files import existing_file, file_kind, image_suffix
from bonedensity.imaging.quiet import quiet_libraries
from bonedensity.imaging.read_radiograph import read_radiograph

WORDS = ("BodyPartExamined", "ViewPosition", "SeriesDescription", "StudyDescription", "ProtocolName")
"""Where a header says what was scanned."""

LARGEST_MEMBER = 64 << 20
"""Bytes of an archive's file; an export has half a megabyte."""

HIGHEST_GREY = 255.0


def read_dxa(
    path: Path,
    *,
    crop: Crop | None = None,
    pixel_mm: tuple[float, float] | None = None,
    check: bool = True,
    content: bool = True,
) -> DxaImage:
    """An AP spine DXA's display export.

    DICOM: modality and VOI look-up tables are applied, MONOCHROME1 is turned, and nothing is mirrored, because an
    export already is as displayed. Pixel sizes come from the user, else from ExposedArea, else they are unknown.

    Args:
        path: DICOM, PNG, TIFF, JPEG, or a UK Biobank archive (field 20158), of which the AP spine is taken.
        crop: What the network sees; None for all.
        pixel_mm: (row, column), where the user knows better.
        check: Whether something else than an AP spine is refused.
        content: Whether the picture is looked at for that, besides the header.

    Raises:
        UnreadableFileError: Missing, damaged, in colour, of several frames, or with more than 8 bits.
        AnatomyError: A hip, a lateral spine, a whole body.
        GeometryError: The crop does not fit.
    """
    file = existing_file(path)
    if image_suffix(file) == ".zip":
        return _from_archive(file, crop, pixel_mm)
    image = _read_dicom(file, check) if file_kind(file) == "dicom" else _read_picture(file)
    if image.array.max() > HIGHEST_GREY or image.array.min() < 0:
        raise UnreadableFileError(
            f"“{image.name}” has greys from {image.array.min():g} to {image.array.max():g}: give the scanner's 8-bit "
            "display export."
        )
    image = image if crop is None else image.with_crop(crop)
    if pixel_mm is not None:
        image = replace(image, pixel_mm=pixel_mm, spacing_source="user")
    if check and content:
        check_spine(without_margins(image), image.name)
    return image


def _read_dicom(path: Path, check: bool) -> DxaImage:
    dataset = read_dicom(path)
    name = name_without_identity(path, dataset, "DXA")
    if check:
        check_header(" ".join(text(dataset, word) for word in WORDS), name)
    values = modality_values(stored_pixels(dataset, path), dataset)
    with quiet_libraries():
        values = np.asarray(apply_voi_lut(values, dataset), dtype=np.float64)
    dark_bone, notes = bone_is_dark(dataset)
    if dark_bone:
        values = sum(stored_range(dataset)) - values
    array = values.astype(np.float32)
    pixel_mm, source = _dicom_pixel_mm(dataset, array.shape)
    return DxaImage(array, _all_of(array), pixel_mm, source, name, notes)


def _dicom_pixel_mm(dataset: Dataset, shape: tuple[int, ...]) -> tuple[tuple[float, float] | None, str]:
    """Pixel size by PixelSpacing, or by the exposed area (width, height in mm) over the matrix."""
    spacing, area = numbers(dataset, "PixelSpacing"), numbers(dataset, "ExposedArea")
    if len(spacing) == 2 and min(spacing) > 0:
        return (spacing[0], spacing[1]), "PixelSpacing"
    if len(area) == 2 and min(area) > 0:
        return (area[1] / shape[0], area[0] / shape[1]), "ExposedArea"
    return None, ""


def _read_picture(path: Path) -> DxaImage:
    radiograph = read_radiograph(path)
    spacing = radiograph.spacing
    array = radiograph.array
    notes = tuple(note for note in radiograph.notes if "pixel" not in note)
    return DxaImage(
        array,
        _all_of(array),
        spacing.pair if spacing else None,
        spacing.source if spacing else "",
        radiograph.name,
        notes,
    )


def _all_of(array: NDArray[np.float32]) -> Crop:
    return (0, array.shape[0], 0, array.shape[1])


def _from_archive(path: Path, crop: Crop | None, pixel_mm: tuple[float, float] | None) -> DxaImage:
    """The first file of an archive that reads as an AP spine."""
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory(prefix="bonedensity-") as folder:
            for number, member in enumerate(sorted(archive.infolist(), key=lambda each: each.filename)):
                if member.is_dir() or member.file_size > LARGEST_MEMBER or member.filename.endswith((".csv", ".txt")):
                    continue
                # Members are written under names of our own: an archive's names may lead anywhere.
                target = Path(folder) / f"{number:03d}{PurePosixPath(member.filename).suffix}"
                target.write_bytes(archive.read(member))
                try:
                    found = read_dxa(target, crop=crop, pixel_mm=pixel_mm)
                except BoneDensityError:
                    continue
                return replace(found, name=path.stem)
    except (OSError, zipfile.BadZipFile, RuntimeError) as error:
        raise UnreadableFileError(f"The archive “{path.name}” cannot be read ({error}): get it again.") from None
    raise AnatomyError(f"The archive “{path.name}” holds no AP spine DXA.")
