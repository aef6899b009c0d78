"""Radiographs and DXA exports of a virtual person as DICOM."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import ComputedRadiographyImageStorage, DigitalXRayImageStorageForPresentation

from bonedensity.virtual.cohort.dicom_base import new_dataset, save_dataset
from bonedensity.virtual.dxa import DxaScan
from bonedensity.virtual.dxa.display import EXPORT_MM
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.radiographs import VirtualRadiograph

DIRECTIONS = {"AP": ["L", "F"], "LATERAL": ["P", "F"]}
"""Where columns and rows run, as seen from the source (LATERAL: from the patient's left)."""


def write_radiograph_dicom(person: Person, name: str, radiograph: VirtualRadiograph, path: Path) -> None:
    """A DX file; systems that invert store bone dark (MONOCHROME1).

    Args:
        person: Who.
        name: Of the series.
        radiograph: Made by `take_radiograph`.
        path: Where.

    Raises:
        UnwritableFileError: No permission, or the disk is full.
    """
    image, view = radiograph.image, radiograph.view
    bits, inverted = int(radiograph.truth["bits"]), bool(radiograph.truth["inverted"])
    d = new_dataset(person, sop_class=DigitalXRayImageStorageForPresentation, modality="DX", series=name)
    stored = image.array.astype(np.uint16)
    _pixels(d, (2**bits - 1 - stored).astype("<u2") if inverted else stored.astype("<u2"), bits)
    d.PhotometricInterpretation = "MONOCHROME1" if inverted else "MONOCHROME2"
    d.PresentationLUTShape = "INVERSE" if inverted else "IDENTITY"
    d.PresentationIntentType = "FOR PRESENTATION"
    d.PixelIntensityRelationship, d.PixelIntensityRelationshipSign = "LOG", 1 if inverted else -1
    d.RescaleIntercept, d.RescaleSlope, d.RescaleType = "0", "1", "US"
    d.ImageType = ["DERIVED", "PRIMARY", "SYNTHETIC"]
    d.ImagerPixelSpacing = [_short(s) for s in view.camera.pixel_spacing_mm or ()]
    d.DistanceSourceToDetector = _short(view.camera.sdd_mm)
    d.KVP = _short(float(radiograph.truth["kvp"]))
    d.ViewPosition = "AP" if view.direction == "AP" else "LL"
    d.PatientOrientation = DIRECTIONS[view.direction]
    d.BodyPartExamined = "HIP" if view.side else "LSPINE"
    d.ImageLaterality = view.side or "U"
    d.WindowCenter, d.WindowWidth = str(2 ** (bits - 1)), str(2**bits)
    save_dataset(d, path)


def write_dxa_dicom(person: Person, name: str, scan: DxaScan, path: Path) -> None:
    """The export of a Lunar iDXA: CR, 8 bits, no pixel spacing; ExposedArea gives the field in mm.

    Raises:
        UnwritableFileError: No permission, or the disk is full.
    """
    d = new_dataset(person, sop_class=ComputedRadiographyImageStorage, modality="CR", series=name)
    rows, columns = scan.export.shape
    _pixels(d, scan.export, 8)
    d.PhotometricInterpretation = "MONOCHROME2"
    d.ImageType = ["DERIVED", "PRIMARY", "SYNTHETIC"]
    d.ExposedArea = [round(columns * EXPORT_MM), round(rows * EXPORT_MM)]
    d.ViewPosition, d.PatientOrientation = "AP", DIRECTIONS["AP"]
    d.BodyPartExamined = "LSPINE" if scan.site == "spine" else "HIP"
    d.Laterality = {"hip_left": "L", "hip_right": "R"}.get(scan.site, "")
    save_dataset(d, path)


def _pixels(d: Dataset, stored: np.ndarray, bits: int) -> None:
    d.Rows, d.Columns, d.SamplesPerPixel = *stored.shape, 1
    d.BitsAllocated = 8 * stored.dtype.itemsize
    d.BitsStored, d.HighBit, d.PixelRepresentation = bits, bits - 1, 0
    data = stored.tobytes()
    d.PixelData = data + b"\0" * (len(data) % 2)


def _short(value: float) -> str:
    """A decimal string of at most 16 letters."""
    return f"{value:.10g}"
