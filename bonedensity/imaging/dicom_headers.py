"""DICOM headers of a CT's slices: those of the files that it came from, or new ones that name nobody."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from bonedensity.imaging.dicom_tags import numbers, read_dicom
from bonedensity.imaging.volume import Volume

NOBODY = "Anonymous"
"""Name and number of the patient where none is known."""

SAME_PLACE_MM = 0.05


def headers_of_files(volume: Volume, paths: Sequence[str | Path]) -> list[Dataset] | None:
    """The headers of the files that hold the volume's slices, in the order of its slices; None where they do not fit.

    Raises:
        UnreadableFileError: A file is missing, damaged or no DICOM.
    """
    found: dict[int, Dataset] = {}
    for path in paths:
        header = read_dicom(Path(path), pixels=False)
        place = numbers(header, "ImagePositionPatient")
        if len(place) != 3 or (header.get("Rows"), header.get("Columns")) != volume.array.shape[1:]:
            return None
        index = volume.to_index(np.array(place))
        whole = round(float(index[2]))
        if np.abs(volume.to_patient(np.array([0.0, 0.0, whole])) - place).max() > SAME_PLACE_MM:
            return None
        found[whole] = header
    return [found[k] for k in sorted(found)] if sorted(found) == list(range(volume.array.shape[0])) else None


def new_headers(volume: Volume, *, description: str) -> list[Dataset]:
    """A header for each slice of a CT that was not loaded from DICOM; all in one new study of nobody."""
    study, series, frame = generate_uid(), generate_uid(), generate_uid()
    now = datetime.datetime.now()
    return [
        _header(volume, k, study=study, series=series, frame=frame, now=now, description=description)
        for k in range(volume.array.shape[0])
    ]


def _header(
    volume: Volume, k: int, *, study: str, series: str, frame: str, now: datetime.datetime, description: str
) -> Dataset:
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = CTImageStorage
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    data.StudyInstanceUID, data.SeriesInstanceUID, data.FrameOfReferenceUID = study, series, frame
    data.PatientName, data.PatientID = NOBODY, NOBODY
    data.PatientBirthDate = data.PatientSex = data.AccessionNumber = data.StudyID = data.ReferringPhysicianName = ""
    data.PositionReferenceIndicator = data.Manufacturer = ""
    data.StudyDate = data.SeriesDate = data.ContentDate = now.strftime("%Y%m%d")
    data.StudyTime = data.SeriesTime = data.ContentTime = now.strftime("%H%M%S")
    data.Modality, data.SeriesNumber, data.InstanceNumber = "CT", 1, k + 1
    data.SeriesDescription, data.ImageType = description, ["DERIVED", "SECONDARY", "AXIAL"]
    _place(data, volume, k)
    return data


def _place(data: Dataset, volume: Volume, k: int) -> None:
    """Where the slice lies, and how its numbers are stored."""
    axes = volume.index_to_patient[:3, :3] / volume.spacing
    column_mm, row_mm, slice_mm = (float(mm) for mm in volume.spacing)
    data.ImageOrientationPatient = [round(float(x), 10) for x in (*axes[:, 0], *axes[:, 1])]
    data.ImagePositionPatient = [round(float(x), 6) for x in volume.to_patient(np.array([0.0, 0.0, k]))]
    data.PixelSpacing, data.SliceThickness = [round(row_mm, 8), round(column_mm, 8)], round(slice_mm, 8)
    data.Rows, data.Columns = volume.array.shape[1:]
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation = 15, 1
    data.RescaleIntercept, data.RescaleSlope, data.RescaleType = 0, 1, "HU"
    data.KVP = ""
