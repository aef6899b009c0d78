"""DICOM exports are read back as what was written, belong to the right study, and name nobody who was not named."""

import highdicom
import numpy as np
import pydicom
import pytest

from bonedensity.errors import GeometryError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.dicom_headers import NOBODY, headers_of_files, new_headers
from bonedensity.imaging.grid import index_to_patient
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.write_dicom import write_dicom_capture, write_dicom_ct, write_dicom_segmentation

CODES = {"femur_right": ("71341001", "Femur"), "sacrum": ("54735007", "Sacrum")}


def make_ct(directions=None, spacing=(1.2, 0.9, 2.5)):
    hu = np.random.default_rng(1).integers(-1000, 1500, (6, 20, 16)).astype(np.int16)
    affine = index_to_patient(
        spacing=spacing, origin=(-30, 12, 40), directions=np.eye(3) if directions is None else directions
    )
    return Volume(hu, affine, name="scan")


def make_labels(ct):
    array = np.zeros(ct.array.shape, np.uint8)
    array[1:4, 3:9, 2:7] = 76
    array[2:6, 12:18, 8:14] = 25
    return LabelMap(Volume(array, ct.index_to_patient, "1", "bones"), {76: "femur_right", 25: "sacrum"})


def oblique():
    turn, tilt = np.deg2rad(20), np.deg2rad(-15)
    about_z = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    return about_z @ about_x


@pytest.mark.parametrize("directions", [np.eye(3), np.diag([-1.0, -1.0, 1.0]), oblique()])
def test_a_segmentation_comes_back_with_its_voxels_names_and_place(tmp_path, directions):
    ct = make_ct(directions)
    labels = make_labels(ct)
    path = tmp_path / "bones.dcm"
    write_dicom_segmentation(labels, path, headers=new_headers(ct, description="t"), codes=CODES, engine="by hand")
    found = highdicom.seg.segread(path)
    volume = found.get_volume(combine_segments=True)
    names = {segment.SegmentNumber: segment.SegmentLabel for segment in found.SegmentSequence}
    assert set(names.values()) == {"femur_right", "sacrum"}
    for number, name in names.items():
        here, there = np.argwhere(labels.mask([name])), np.argwhere(volume.array == number)
        assert len(here) == len(there)
        placed = volume.map_indices_to_reference(there.astype(float))
        assert np.allclose(labels.volume.to_patient(here[:, ::-1]).mean(axis=0), placed.mean(axis=0), atol=1e-3)


def test_segments_carry_snomed_codes_and_the_engine(tmp_path):
    ct = make_ct()
    path = tmp_path / "bones.dcm"
    write_dicom_segmentation(
        make_labels(ct), path, headers=new_headers(ct, description="t"), codes=CODES, engine="net 1"
    )
    segments = pydicom.dcmread(path).SegmentSequence
    told = {s.SegmentLabel: s.SegmentedPropertyTypeCodeSequence[0].CodeValue for s in segments}
    assert told == {"femur_right": "71341001", "sacrum": "54735007"}
    assert segments[0].SegmentationAlgorithmIdentificationSequence[0].AlgorithmName == "net 1"


def test_a_ct_without_dicom_is_written_as_a_series_that_reads_back_the_same(tmp_path):
    ct = make_ct()
    headers = new_headers(ct, description="made here")
    write_dicom_ct(ct, tmp_path, headers)
    found = read_ct(tmp_path)
    assert np.array_equal(found.array, ct.array)
    assert np.allclose(found.index_to_patient, ct.index_to_patient, atol=1e-5)
    again = headers_of_files(ct, sorted(map(str, tmp_path.glob("*.dcm"))))
    assert [h.SOPInstanceUID for h in again] == [h.SOPInstanceUID for h in headers]
    assert {str(h.PatientName) for h in again} == {NOBODY}


def test_headers_follow_the_volumes_slices_whatever_the_files_order(tmp_path):
    ct = make_ct()
    headers = new_headers(ct, description="t")
    write_dicom_ct(ct, tmp_path, headers)
    files = sorted(map(str, tmp_path.glob("*.dcm")))
    backwards = headers_of_files(ct, files[::-1])
    assert [h.SOPInstanceUID for h in backwards] == [h.SOPInstanceUID for h in headers]
    assert headers_of_files(ct, files[:-1]) is None
    assert headers_of_files(make_ct(spacing=(1.2, 0.9, 3.0)), files) is None


def test_a_picture_belongs_to_the_study_it_was_made_from_and_keeps_its_colours(tmp_path):
    picture = np.random.default_rng(2).integers(0, 256, (30, 40, 3)).astype(np.uint8)
    header = new_headers(make_ct(), description="t")[0]
    header.PatientID = "P-17"
    write_dicom_capture(picture, tmp_path / "a.dcm", like=header, description="Bone density")
    found = pydicom.dcmread(tmp_path / "a.dcm")
    assert found.StudyInstanceUID == header.StudyInstanceUID
    assert found.PatientID == "P-17"
    assert found.Modality == "OT"
    assert np.array_equal(found.pixel_array, picture)
    write_dicom_capture(picture, tmp_path / "b.dcm", like=None, description="Bone density")
    assert pydicom.dcmread(tmp_path / "b.dcm").PatientID == NOBODY


def test_nothing_to_write_is_refused(tmp_path):
    ct = make_ct()
    empty = LabelMap(ct.with_array(np.zeros(ct.array.shape, np.uint8), unit="1"), {76: "femur_right"})
    headers = new_headers(ct, description="t")
    with pytest.raises(GeometryError, match="at least one bone"):
        write_dicom_segmentation(empty, tmp_path / "a.dcm", headers=headers, codes=CODES, engine="")
    with pytest.raises(GeometryError, match="slices"):
        write_dicom_segmentation(make_labels(ct), tmp_path / "a.dcm", headers=headers[:-1], codes=CODES, engine="")
