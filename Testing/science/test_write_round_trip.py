"""What is written comes back: numbers, grids of any direction and flip, names, spacings."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK
from scipy.spatial.transform import Rotation

from bonedensity.errors import UnwritableFileError
from bonedensity.imaging import LabelMap, PixelSpacing, Radiograph, Volume
from bonedensity.imaging.grid import index_to_patient
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.read_labels import read_label_map
from bonedensity.imaging.read_radiograph import read_radiograph
from bonedensity.imaging.sitk_bridge import from_sitk, to_sitk
from bonedensity.imaging.write import write_array_image, write_label_map, write_radiograph_png, write_volume

OBLIQUE = Rotation.from_rotvec([0.3, -0.2, 0.7]).as_matrix()
GRIDS = {
    "straight": index_to_patient(spacing=(1, 1, 1), origin=(0, 0, 0)),
    "anisotropic": index_to_patient(spacing=(0.7, 0.9, 2.5), origin=(-123.4, 77.7, -801.3)),
    "oblique": index_to_patient(spacing=(0.7, 0.9, 2.5), origin=(-123.4, 77.7, -801.3), directions=OBLIQUE),
    "flipped": index_to_patient(spacing=(0.7, 0.9, 2.5), origin=(5, 6, 7), directions=np.diag([-1, -1, 1])),
    "left-handed": index_to_patient(spacing=(1, 2, 3), origin=(5, 6, 7), directions=OBLIQUE @ np.diag([1, 1, -1])),
    "sagittal": index_to_patient(spacing=(0.5, 0.6, 3), origin=(5, 6, 7), directions=np.eye(3)[[2, 0, 1]]),
}
TOLERANCE_MM = {".nii.gz": 1e-3, ".nii": 1e-3, ".nrrd": 1e-9, ".mha": 1e-9}
"""NIfTI stores the grid in 32 bit."""


def corners(volume: Volume) -> np.ndarray:
    return volume.to_patient([[0, 0, 0], [7, 0, 0], [0, 6, 0], [0, 0, 5], [7, 6, 5]])


@pytest.fixture
def hu() -> np.ndarray:
    return np.random.default_rng(1).integers(-1000, 2000, (6, 7, 8)).astype(np.int16)


@pytest.mark.parametrize("suffix", TOLERANCE_MM)
@pytest.mark.parametrize("grid", GRIDS)
def test_a_volume_comes_back_on_the_same_grid(grid, suffix, hu, tmp_path):
    volume = Volume(hu, GRIDS[grid])
    write_volume(volume, tmp_path / f"ct{suffix}")
    back = read_ct(tmp_path / f"ct{suffix}")
    assert back.array.dtype == np.int16
    np.testing.assert_array_equal(back.array, hu)
    np.testing.assert_allclose(corners(back), corners(volume), atol=TOLERANCE_MM[suffix])


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "uint16", "int32", "float16", "float32", "float64", ">i2"])
def test_the_bridge_to_simpleitk_keeps_numbers_of_every_type(dtype):
    array = np.arange(24).reshape(2, 3, 4).astype(dtype)
    back = from_sitk(to_sitk(Volume(array, GRIDS["left-handed"])))
    np.testing.assert_array_equal(back.array, array)
    np.testing.assert_allclose(back.index_to_patient, GRIDS["left-handed"], atol=1e-12)


def test_simpleitk_and_volume_agree_where_a_voxel_lies():
    volume = Volume(np.zeros((6, 7, 8)), GRIDS["left-handed"])
    index = (3, 5, 2)
    np.testing.assert_allclose(to_sitk(volume).TransformIndexToPhysicalPoint(index), volume.to_patient(index))


def test_a_fractional_volume_comes_back_as_float(tmp_path):
    values = np.linspace(-1000, 1000, 27).reshape(3, 3, 3)
    write_volume(Volume(values, np.eye(4)), tmp_path / "ct.nrrd")
    back = read_ct(tmp_path / "ct.nrrd").array
    assert back.dtype == np.float32
    np.testing.assert_allclose(back, values, atol=1e-4)


@pytest.mark.parametrize("suffix", [".seg.nrrd", ".nrrd", ".nii.gz", ".mha"])
def test_labels_come_back_and_their_names_in_slicers_format(suffix, tmp_path):
    array = np.zeros((6, 7, 8), dtype=np.uint8)
    array[1:3, 2:5, 3:6], array[4, 4, 4] = 3, 200
    labels = LabelMap(Volume(array, GRIDS["oblique"], unit="1"), {3: "femur_right", 200: "Hüfte links"})
    path = tmp_path / f"labels{suffix}"
    write_label_map(labels, path, colors={"femur_right": (1.0, 0.5, 0.25)})
    back = read_label_map(path, None if suffix == ".seg.nrrd" else labels.names)
    np.testing.assert_array_equal(back.volume.array, array)
    np.testing.assert_allclose(corners(back.volume), corners(labels.volume), atol=1e-3)
    assert back.present() == ["femur_right", "Hüfte links"]
    assert back.volume.name == "labels"


def test_a_segmentation_file_says_what_slicer_looks_for(tmp_path):
    labels = LabelMap(Volume(np.ones((2, 3, 4), dtype=np.uint8), np.eye(4)), {1: "sacrum"})
    write_label_map(labels, tmp_path / "a.seg.nrrd", colors={"sacrum": (1.0, 0.5, 0.25)})
    image = SimpleITK.ReadImage(str(tmp_path / "a.seg.nrrd"))
    said = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys()}
    assert said["Segment0_Name"] == "sacrum"
    assert said["Segment0_LabelValue"] == "1"
    assert said["Segment0_Color"].split() == ["1.000000", "0.500000", "0.250000"]
    assert said["Segment0_Extent"] == "0 3 0 2 0 1"


def test_a_12_bit_radiograph_keeps_its_numbers_in_a_png(tmp_path):
    array = np.arange(4096, dtype=np.float32).reshape(64, 64)
    mapping = write_radiograph_png(Radiograph(array), tmp_path / "xr.png")
    assert (mapping.slope, mapping.intercept) == (1.0, 0.0)
    np.testing.assert_array_equal(read_radiograph(tmp_path / "xr.png").array, array)


def test_the_mapping_of_a_png_gives_the_values_back(tmp_path):
    array = np.random.default_rng(0).normal(size=(20, 30)).astype(np.float32)
    mapping = write_array_image(array, tmp_path / "drr.png")
    greys = read_radiograph(tmp_path / "drr.png").array
    assert greys.max() == 65535
    np.testing.assert_allclose(mapping.values(greys), array, atol=mapping.slope)


@pytest.mark.parametrize("suffix", [".nrrd", ".mha", ".tif"])
def test_a_drr_keeps_its_float_values_and_where_possible_its_spacing(suffix, tmp_path):
    array = np.random.default_rng(0).normal(size=(20, 30)).astype(np.float32)
    write_array_image(array, tmp_path / f"drr{suffix}", spacing=(0.3, 0.2))
    back = read_radiograph(tmp_path / f"drr{suffix}")
    np.testing.assert_array_equal(back.array, array)
    kept = back.spacing is not None and np.allclose(back.spacing.pair, (0.3, 0.2))
    assert kept or (suffix == ".tif" and back.spacing is None)
    assert back.spacing is None or isinstance(back.spacing, PixelSpacing)


def test_an_even_image_is_written_without_dividing_by_zero(tmp_path):
    mapping = write_array_image(np.full((4, 4), 0.5), tmp_path / "even.png")
    assert mapping.values(0) == 0.5


@pytest.mark.parametrize("name", ["ct.dcm", "ct", "nowhere/ct.nrrd", "folder.nrrd"])
def test_what_cannot_be_written_is_said_in_one_sentence(name, tmp_path):
    (tmp_path / "folder.nrrd").mkdir()
    with pytest.raises(UnwritableFileError, match=name.split("/")[-1]):
        write_volume(Volume(np.zeros((2, 2, 2)), np.eye(4)), tmp_path / name)


def test_values_that_are_not_finite_are_not_written(tmp_path):
    with pytest.raises(UnwritableFileError, match="finite"):
        write_array_image(np.array([[np.nan, 1.0]]), tmp_path / "a.png")


def test_a_picture_of_eight_bits_stays_one(tmp_path):
    """With 252 of 65535 greys a viewer would show a DXA's export black."""
    picture = np.arange(253, dtype=np.uint8).reshape(11, 23)
    mapping = write_array_image(picture, tmp_path / "dxa.png")
    image = SimpleITK.ReadImage(str(tmp_path / "dxa.png"))
    assert image.GetPixelIDTypeAsString() == "8-bit unsigned integer"
    np.testing.assert_array_equal(SimpleITK.GetArrayFromImage(image), picture)
    assert (mapping.slope, mapping.intercept) == (1.0, 0.0)
