"""Label maps: names from the file or the caller, and their place on a CT's grid."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK

from bonedensity.anatomy.labels import TOTALSEGMENTATOR_NAMES
from bonedensity.errors import AnatomyError, BoneDensityError, UnreadableFileError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.grid import index_to_patient
from bonedensity.imaging.place_on_grid import place_on_grid
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.read_labels import read_label_map
from bonedensity.imaging.write import write_label_map, write_volume

TWO_LAYERS = b"""NRRD0004
type: unsigned char
dimension: 4
space: left-posterior-superior
sizes: 2 6 5 4
space directions: none (1,0,0) (0,1,0) (0,0,1)
kinds: list domain domain domain
encoding: raw
space origin: (0,0,0)
Segment0_Name:=a
Segment0_LabelValue:=1
Segment1_Name:=b
Segment1_LabelValue:=1
Segment1_Layer:=1

"""


def block(shape=(10, 12, 14), value=3, **grid) -> LabelMap:
    array = np.zeros(shape, dtype=np.uint8)
    array[3:7, 4:9, 5:11] = value
    affine = index_to_patient(**{"spacing": (2, 2, 2), "origin": (0, 0, 0), **grid})
    return LabelMap(Volume(array, affine, unit="1", name="block"), {value: "femur_right"})


def ct(shape=(10, 12, 14), **grid) -> Volume:
    affine = index_to_patient(**{"spacing": (2, 2, 2), "origin": (0, 0, 0), **grid})
    return Volume(np.zeros(shape, dtype=np.int16), affine, name="ct")


def test_values_without_a_name_are_called_after_their_number(tmp_path):
    write_label_map(block(value=7), tmp_path / "a.nii.gz")
    assert read_label_map(tmp_path / "a.nii.gz", {76: "femur_right"}).present() == ["label_7"]


def test_names_in_the_file_go_before_the_callers_and_none_stands_for_two_values(tmp_path):
    write_label_map(block(value=3), tmp_path / "a.seg.nrrd")
    labels = read_label_map(tmp_path / "a.seg.nrrd", TOTALSEGMENTATOR_NAMES)
    assert labels.values["femur_right"] == 3
    assert labels.mask(["femur_right"]).sum() == 4 * 5 * 6


def test_segments_of_one_name_are_told_apart(tmp_path):
    array = np.zeros((3, 3, 3), dtype=np.uint8)
    array[0], array[1] = 1, 2
    write_label_map(LabelMap(Volume(array, np.eye(4)), {1: "bone", 2: "bone"}), tmp_path / "a.seg.nrrd")
    assert read_label_map(tmp_path / "a.seg.nrrd").present() == ["bone", "bone_2"]


def test_labels_saved_as_whole_floating_point_numbers_are_read(tmp_path):
    write_volume(block().volume.with_array(block().volume.array.astype(np.float64)), tmp_path / "a.nii.gz")
    labels = read_label_map(tmp_path / "a.nii.gz")
    assert labels.volume.array.dtype == np.uint8
    np.testing.assert_array_equal(labels.volume.array, block().volume.array)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: p.write_bytes(TWO_LAYERS + bytes(240)), "2 layers"),
        (lambda p: write_volume(Volume(np.full((3, 3, 3), 0.5), np.eye(4)), p), "no labels"),
        (lambda p: write_volume(Volume(np.full((3, 3, 3), -1), np.eye(4)), p), "no labels"),
        (lambda p: write_volume(Volume(np.full((3, 3, 3), np.nan), np.eye(4)), p), "finite"),
        (lambda p: p.write_text("no image"), "damaged"),
        (lambda p: p.write_bytes(b""), "empty"),
        (lambda p: None, "does not exist"),
        (lambda p: SimpleITK.WriteImage(SimpleITK.Image([4, 5], SimpleITK.sitkUInt8), str(p)), "axes"),
    ],
)
def test_what_is_no_label_map_is_refused_in_one_sentence(make, said, tmp_path):
    path = tmp_path / "labels.nrrd"
    make(path)
    with pytest.raises(UnreadableFileError, match=said) as caught:
        read_label_map(path)
    assert "labels.nrrd" in str(caught.value)


def test_labels_on_the_same_grid_are_left_alone():
    labels = block()
    assert place_on_grid(labels, ct()) is labels


def test_a_cropped_segmentation_comes_back_to_its_place():
    whole = block()
    cropped = LabelMap(whole.volume.cropped((4, 3, 2), (12, 10, 8)), whole.names)
    placed = place_on_grid(cropped, ct())
    np.testing.assert_array_equal(placed.volume.array, whole.volume.array)
    assert placed.names == whole.names
    assert "nearest neighbour" in placed.volume.notes[0]


@pytest.mark.parametrize("flip", [(-1, -1, 1), (1, -1, -1), (-1, 1, 1)])
def test_labels_on_a_flipped_grid_land_where_they_lay(flip):
    whole = block()
    size = np.array(whole.volume.array.shape[::-1])
    origin = np.where(np.array(flip) < 0, 2.0 * (size - 1), 0.0)
    array = np.flip(whole.volume.array, [2 - axis for axis in range(3) if flip[axis] < 0])
    affine = index_to_patient(spacing=(2, 2, 2), origin=origin, directions=np.diag(flip))
    placed = place_on_grid(LabelMap(Volume(array, affine), whole.names), ct())
    np.testing.assert_array_equal(placed.volume.array, whole.volume.array)


def test_volume_is_kept_on_a_finer_grid():
    fine = ct((20, 24, 28), spacing=(1, 1, 1), origin=(-0.5, -0.5, -0.5))
    placed = place_on_grid(block(), fine)
    assert placed.volume.array.astype(bool).sum() == 8 * block().volume.array.astype(bool).sum()


def test_labels_that_reach_out_of_the_ct_are_counted():
    placed = place_on_grid(block(), ct(origin=(0, 0, 10)))
    assert any("50.0 %" in note for note in placed.volume.notes)


def test_labels_of_another_place_are_refused():
    with pytest.raises(AnatomyError, match="different scans"):
        place_on_grid(block(), ct(origin=(500, 0, 0)))


REAL = {
    "ct-pelvis-lspine-totalseg/example_seg_fast_force_split.nii.gz": "femur_right",
    "ct-pelvis-lspine-totalseg/totalseg_vertebrae_body.nii.gz": "label_1",
    "ct-dicom-siemens-20slice/example_seg_dicom.nii.gz": "vertebrae_T12",
    "ct-pelvis-lspine-totalseg/example_ct.nii.gz": None,
    "ct-pelvis-lspine-totalseg/provenance.txt": None,
    "xr-hip-cr-nema-rg2/RG2_JPLL.dcm": None,
}


@pytest.mark.parametrize("name", REAL)
def test_real_label_maps_are_read_and_other_files_refused(name, real_data):
    if REAL[name] is None:
        with pytest.raises(BoneDensityError, match="label"):
            read_label_map(real_data / name)
    else:
        assert REAL[name] in read_label_map(real_data / name, TOTALSEGMENTATOR_NAMES).present()


def test_a_real_nifti_segmentation_lands_on_its_dicom_series(real_data):
    folder = real_data / "ct-dicom-siemens-20slice"
    labels = read_label_map(folder / "example_seg_dicom.nii.gz", TOTALSEGMENTATOR_NAMES)
    scan = read_ct(folder / "example_ct_dicom")
    placed = place_on_grid(labels, scan)
    assert scan.array[placed.mask(["vertebrae_T12"])].mean() > 150  # bone, hundreds of HU above muscle
    np.testing.assert_array_equal(placed.volume.array[:, ::-1], labels.volume.array)
