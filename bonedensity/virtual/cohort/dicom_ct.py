"""A virtual CT as a DICOM series."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.uid import CTImageStorage

from bonedensity.errors import UnwritableFileError
from bonedensity.virtual.cohort.dicom_base import new_dataset, save_dataset, uid_of
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.scan import VirtualCT

AIR_HU = -1024
"""Stored as 0."""


def write_ct_dicom(person: Person, scan: VirtualCT, folder: Path) -> None:
    """One file a slice, from feet to head.

    Args:
        person: Who.
        scan: The patient lies on the back, head first; slices are axial.
        folder: Made if it is not there.

    Raises:
        UnwritableFileError: No permission, or the disk is full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnwritableFileError(f"The folder “{folder}” cannot be made: {error.strerror}.") from error
    column_mm, row_mm, step_mm = scan.ct.spacing
    for k, pixels in enumerate(np.asarray(scan.ct.array)):
        position = scan.ct.to_patient([0, 0, k])
        d = new_dataset(person, sop_class=CTImageStorage, modality="CT", series="ct", instance=k + 1)
        d.FrameOfReferenceUID, d.PositionReferenceIndicator = uid_of(person, "ct frame"), ""
        d.ImageType = ["DERIVED", "PRIMARY", "AXIAL", "SYNTHETIC"]
        d.ImagePositionPatient = [f"{value:.10g}" for value in position]
        d.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
        d.PixelSpacing = [f"{row_mm:.10g}", f"{column_mm:.10g}"]
        d.SliceThickness, d.SpacingBetweenSlices = f"{scan.truth['slice_mm']:.10g}", f"{step_mm:.10g}"
        d.SliceLocation, d.PatientPosition = f"{position[2]:.10g}", "HFS"
        d.KVP, d.BodyPartExamined = f"{scan.truth['kvp']:g}", "PELVIS"
        d.RescaleIntercept, d.RescaleSlope, d.RescaleType = str(AIR_HU), "1", "HU"
        d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
        d.Rows, d.Columns = pixels.shape
        d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 16, 12, 11, 0
        d.WindowCenter, d.WindowWidth = "40", "400"
        d.PixelData = (pixels.astype(np.int32) - AIR_HU).astype("<u2").tobytes()
        save_dataset(d, folder / f"{k + 1:04d}.dcm")
