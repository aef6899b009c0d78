"""Bones as a DICOM segmentation and pictures as DICOM secondary captures, for archives that know nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from bonedensity import __version__
from bonedensity.errors import GeometryError, UnwritableFileError
from bonedensity.imaging.dicom_headers import NOBODY, new_headers
from bonedensity.imaging.labelmap import LabelMap
from bonedensity.imaging.quiet import quiet_libraries
from bonedensity.imaging.volume import Volume

MAKER, PROGRAM, SERIAL = "BoneDensity", "SlicerBoneDensity", "0"
"""Who wrote it; a program has no serial number, but the standard asks for one."""

SEGMENTATION_SERIES, CAPTURE_SERIES = 901, 902
"""Numbers under which archives list the new series."""

Code = tuple[str, str]
"""SNOMED CT code and meaning."""

UNKNOWN_BONE: Code = ("272673000", "Bone")


def write_dicom_segmentation(
    labels: LabelMap, path: Path, *, headers: Sequence[Dataset], codes: Mapping[str, Code], engine: str
) -> None:
    """Write a DICOM SEG of all labels that are there.

    Args:
        labels: On the CT's grid.
        path: Where, such as bones.seg.dcm.
        headers: Of the CT's slices in the order of the grid (`dicom_headers`).
        codes: Label's name to its SNOMED CT code and meaning.
        engine: What found the bones.

    Raises:
        GeometryError: No label is there, or not one header a slice.
        UnwritableFileError: It cannot be written there.
    """
    import highdicom

    present = labels.present()
    if not present or len(headers) != labels.volume.array.shape[0]:
        raise GeometryError(
            f"“{labels.volume.name}” has {len(present)} labels on {labels.volume.array.shape[0]} slices, but "
            f"{len(headers)} slices are described: a segmentation needs at least one bone and its CT's slices."
        )
    numbered = np.zeros(labels.volume.array.shape, np.uint8)
    for number, name in enumerate(present, start=1):
        numbered[labels.mask([name])] = number
    with quiet_libraries():
        made = highdicom.seg.Segmentation(
            source_images=list(headers),
            pixel_array=numbered,
            segmentation_type=highdicom.seg.SegmentationTypeValues.BINARY,
            segment_descriptions=[
                _described(number, name, codes.get(name, UNKNOWN_BONE), engine)
                for number, name in enumerate(present, start=1)
            ],
            series_instance_uid=generate_uid(),
            series_number=SEGMENTATION_SERIES,
            sop_instance_uid=generate_uid(),
            instance_number=1,
            manufacturer=MAKER,
            manufacturer_model_name=PROGRAM,
            software_versions=__version__,
            device_serial_number=SERIAL,
            content_label="BONES",
            content_description="Bones, for research only",
        )
    _save(made, path)


def write_dicom_ct(ct: Volume, folder: Path, headers: Sequence[Dataset]) -> None:
    """Write a CT that came from no DICOM as a series, so that a segmentation has something to refer to.

    Raises:
        UnwritableFileError: It cannot be written there.
    """
    for k, header in enumerate(headers):
        pixels = np.clip(np.rint(np.asarray(ct.array[k], dtype=np.float64)), -32768, 32767).astype("<i2")
        header.PixelData = pixels.tobytes()
        _save(header, folder / f"ct_{k + 1:04d}.dcm")


def write_dicom_capture(picture: NDArray[np.uint8], path: Path, *, like: Dataset | None, description: str) -> None:
    """Write a colour picture as a DICOM secondary capture.

    Args:
        picture: (rows, columns, 3).
        path: Where, such as result.dcm.
        like: A header whose patient and study it belongs to; None for nobody's.
        description: Of the series, for people.

    Raises:
        UnwritableFileError: It cannot be written there.
    """
    import highdicom

    study = like if like is not None else new_headers(_one_voxel(), description=description)[0]
    with quiet_libraries():
        made = highdicom.sc.SCImage(
            pixel_array=np.ascontiguousarray(picture),
            photometric_interpretation="RGB",
            bits_allocated=8,
            coordinate_system="PATIENT",
            study_instance_uid=study.StudyInstanceUID,
            series_instance_uid=generate_uid(),
            series_number=CAPTURE_SERIES,
            sop_instance_uid=generate_uid(),
            instance_number=1,
            manufacturer=MAKER,
            patient_id=study.get("PatientID") or NOBODY,
            patient_name=study.get("PatientName") or NOBODY,
            patient_birth_date=study.get("PatientBirthDate") or None,
            patient_sex=study.get("PatientSex") or None,
            accession_number=study.get("AccessionNumber") or None,
            study_id=study.get("StudyID") or None,
            study_date=study.get("StudyDate") or None,
            study_time=study.get("StudyTime") or None,
            patient_orientation=("L", "F"),
        )
    made.SeriesDescription = description
    made.BurnedInAnnotation = "NO"
    _save(made, path)


def _described(number: int, name: str, code: Code, engine: str) -> Dataset:
    import highdicom
    from pydicom.sr.codedict import codes

    concept = highdicom.sr.CodedConcept(code[0], "SCT", code[1])
    return highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=name,
        segmented_property_category=codes.SCT.AnatomicalStructure,
        segmented_property_type=concept,
        algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=highdicom.AlgorithmIdentificationSequence(
            name=engine[:64] or "unknown", family=codes.DCM.ArtificialIntelligence, version=__version__
        ),
    )


def _one_voxel() -> Volume:
    return Volume(np.zeros((1, 1, 1), np.int16), np.eye(4))


def _save(dataset: Dataset, path: Path) -> None:
    try:
        dataset.save_as(path, enforce_file_format=True)
    except OSError as error:
        raise UnwritableFileError(f"“{path}” was not written: {error.strerror or error}.") from None
