"""A radiograph from a DICOM file: brightness turned once, spacing with its source, as seen from the source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from bonedensity.errors import UnreadableFileError
from bonedensity.imaging.dicom_pixels import modality_values, stored_pixels, stored_range
from bonedensity.imaging.dicom_tags import name_without_identity, number, read_dicom, text
from bonedensity.imaging.radiograph import Radiograph
from bonedensity.imaging.radiograph_spacing import dicom_spacing
from bonedensity.imaging.radiograph_view import laterality_of, must_mirror, view_of

PROJECTION_MODALITIES = ("CR", "DX", "RG", "XA", "RF", "OT", "SC", "MG", "IO", "PX", "BMD", "")
"""Modalities whose images can be plain X-ray images; secondary captures say OT or SC, bone densitometry BMD."""

FLUOROSCOPY = ("XA", "RF")
"""Modalities whose usual display shows bone dark (DICOM PS3.3, C.8.7.1.1.2: values follow the beam's intensity)."""


def read_dicom_radiograph(path: Path) -> Radiograph:
    """The radiograph in a DICOM file.

    Raises:
        UnreadableFileError: No X-ray image, several frames, colour, or pixels that cannot be decoded.
    """
    dataset = read_dicom(path)
    modality = text(dataset, "Modality")
    if modality not in PROJECTION_MODALITIES:
        raise UnreadableFileError(f"“{path.name}” holds {modality}, not a plain X-ray image; choose a CR or DX image.")
    values = modality_values(stored_pixels(dataset, path), dataset)
    dark_bone, polarity_notes = bone_is_dark(dataset)
    if dark_bone:
        values = _turned(values, dataset)
    spacing, spacing_notes = dicom_spacing(dataset)
    mirror, view_notes = must_mirror(dataset)
    radiograph = Radiograph(
        array=values.astype(np.float32),
        spacing=spacing,
        sdd_mm=_positive(dataset, "DistanceSourceToDetector"),
        view=view_of(dataset),
        laterality=laterality_of(dataset),
        name=name_without_identity(path, dataset, "radiograph"),
        notes=(*spacing_notes, *view_notes, *polarity_notes),
        tags=_tags(dataset),
    )
    return radiograph.mirrored() if mirror else radiograph


def bone_is_dark(dataset: Dataset) -> tuple[bool, tuple[str, ...]]:
    """Whether larger numbers mean more radiation, after the modality look-up table, so that they must be turned.

    For images made for presentation the display decides, on which bone is bright: MONOCHROME1 shows small numbers
    bright. PresentationLUTShape INVERSE says the same thing a second time (DICOM PS3.3, C.11.6.1.2) and does not undo
    it. Raw images and fluoroscopy show no such habit; there PixelIntensityRelationshipSign decides.
    """
    inverse = text(dataset, "PresentationLUTShape") == "INVERSE"
    monochrome1 = text(dataset, "PhotometricInterpretation") == "MONOCHROME1"
    relation = text(dataset, "PixelIntensityRelationship")
    sign = number(dataset, "PixelIntensityRelationshipSign")
    raw = text(dataset, "PresentationIntentType") == "FOR PROCESSING"
    fluoroscopy = text(dataset, "Modality") in FLUOROSCOPY
    if raw or fluoroscopy:
        if sign:
            return sign > 0, ()
        if fluoroscopy and relation in ("LIN", "LOG"):
            return True, (f"Fluoroscopy whose values follow the beam ({relation}) was turned so that bone is bright.",)
        return monochrome1, ("The file does not say whether bone is bright or dark in it: check, and invert if dark.",)
    if inverse and not monochrome1:
        return True, (
            "PresentationLUTShape INVERSE with MONOCHROME2: brightness was turned; check that bone is bright.",
        )
    return monochrome1, ()


def _turned(values: NDArray[np.float64], dataset: Dataset) -> NDArray[np.float64]:
    """The values upside down within the range that the file's bits can hold, so that 0 stays the other end."""
    if "ModalityLUTSequence" in dataset:
        return values.max() + values.min() - values
    ends = modality_values(np.array(stored_range(dataset), dtype=np.int64), dataset)
    return ends.sum() - values


def _positive(dataset: Dataset, keyword: str) -> float | None:
    value = number(dataset, keyword)
    return value if value is not None and value > 0 else None


def _tags(dataset: Dataset) -> dict[str, Any]:
    """Facts for reports that identify nobody: kvp (kV), exposure_mas (mAs), manufacturer, body_part."""
    found = {
        "kvp": _positive(dataset, "KVP"),
        "exposure_mas": _positive(dataset, "Exposure"),
        "manufacturer": text(dataset, "Manufacturer"),
        "body_part": text(dataset, "BodyPartExamined"),
    }
    return {key: value for key, value in found.items() if value}
