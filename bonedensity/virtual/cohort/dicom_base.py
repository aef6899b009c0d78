"""What all DICOM files of a virtual person share: identity that is none, dates that are none, UIDs from the seed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from bonedensity.errors import UnwritableFileError
from bonedensity.virtual.population.person import Person

SYNTHETIC = "SYNTHETIC image of a virtual person; not a patient; for research use only"
NO_DATE, NO_TIME = "20000101", "120000"
"""Readers want a date; all virtual people have the same."""


def uid_of(person: Person, *parts: object) -> UID:
    """A DICOM UID (2.25 root) that depends on the person and the parts alone."""
    text = "|".join(str(part) for part in ("bonedensity", person.identifier, person.seed, person.visit, *parts))
    return UID(f"2.25.{int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], 'big')}")


def new_dataset(person: Person, *, sop_class: UID, modality: str, series: str, instance: int = 1) -> Dataset:
    """Patient, study and series; pixels and geometry are the caller's.

    Args:
        person: Who.
        sop_class: UID of the storage class.
        modality: Such as "DX".
        series: Name of the series, unique within the visit.
        instance: Number within the series.
    """
    d = Dataset()
    d.file_meta = FileMetaDataset()
    d.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    d.SOPClassUID = d.file_meta.MediaStorageSOPClassUID = sop_class
    d.SOPInstanceUID = d.file_meta.MediaStorageSOPInstanceUID = uid_of(person, series, instance)
    d.StudyInstanceUID, d.SeriesInstanceUID = uid_of(person, "study"), uid_of(person, series, "series")
    d.StudyDate = d.SeriesDate = d.ContentDate = NO_DATE
    d.StudyTime = d.SeriesTime = d.ContentTime = NO_TIME
    d.StudyID, d.AccessionNumber, d.ReferringPhysicianName = str(person.visit), "", ""
    d.Modality, d.SeriesDescription = modality, series
    d.SeriesNumber, d.InstanceNumber = int(uid_of(person, series)[-4:]), instance
    d.Manufacturer, d.ManufacturerModelName = "BoneDensity", "virtual (synthetic)"
    d.PatientName, d.PatientID = f"SYNTHETIC^{person.identifier}", person.identifier
    d.PatientBirthDate, d.PatientSex = "", "F" if person.sex == "female" else "M"
    d.PatientAge = f"{min(int(person.age), 999):03d}Y"
    d.PatientSize, d.PatientWeight = f"{person.height_cm / 100:.3f}", f"{person.weight_kg:.1f}"
    d.PatientIdentityRemoved, d.DeidentificationMethod = "YES", "Synthetic: there is no patient"
    d.ImageComments, d.BurnedInAnnotation = SYNTHETIC, "NO"
    d.SpecificCharacterSet = "ISO_IR 192"
    return d


def save_dataset(dataset: Dataset, path: Path) -> None:
    """Write a file.

    Raises:
        UnwritableFileError: No permission, or the disk is full.
    """
    try:
        dataset.save_as(path, enforce_file_format=True)
    except OSError as error:
        raise UnwritableFileError(
            f"“{path}” was not written ({error.strerror}): check that the folder may be written and the disk is not "
            "full."
        ) from error
