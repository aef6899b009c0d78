"""CTs from DICOM folders and image files: order, gaps, tilt, rescaling, padding, and what is refused."""

from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, JPEGLSLossless, generate_uid
from scipy.spatial.transform import Rotation

from bonedensity.errors import BoneDensityError, CancelledError, UnreadableFileError
from bonedensity.imaging import Volume
from bonedensity.imaging.ct_series import find_ct_series
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.write import write_volume

SHAPE = (6, 7, 8)
LONGEST_MESSAGE = 300
STRAIGHT = np.eye(3)
OBLIQUE = Rotation.from_rotvec([0.3, -0.2, 0.7]).as_matrix()


def anatomy(shape=SHAPE) -> np.ndarray:
    """HU that differ in every voxel, air included; (K, J, I)."""
    return (np.arange(np.prod(shape)).reshape(shape) * 5 - 1000).astype(np.int16)


def write_slice(path: Path, hu: np.ndarray, position, directions=STRAIGHT, **tags) -> Dataset:
    """One CT slice with stored = HU + 1024 (slope 1), unless tags say otherwise; a tag of None is left out."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    stored = tags.pop("stored", None)
    stored = (hu + 1024).astype(np.uint16) if stored is None else stored
    values = {
        "SOPClassUID": CTImageStorage,
        "SOPInstanceUID": generate_uid(),
        "Modality": "CT",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "SeriesInstanceUID": "1.2.3",
        "PatientName": "Meyer^Hans",
        "PatientID": "4711",
        "ImagePositionPatient": [float(f"{x:.9g}") for x in position],
        "ImageOrientationPatient": [float(f"{x:.9g}") for x in (*directions[:, 0], *directions[:, 1])],
        "PixelSpacing": [0.9, 0.7],
        "Rows": stored.shape[0],
        "Columns": stored.shape[1],
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 16,
        "BitsStored": 16,
        "HighBit": 15,
        "PixelRepresentation": int(np.issubdtype(stored.dtype, np.signedinteger)),
        "RescaleSlope": 1,
        "RescaleIntercept": -1024,
        "PixelData": stored.tobytes(),
        **tags,
    }
    for keyword, value in values.items():
        if value is not None:
            setattr(dataset, keyword, value)
    dataset.save_as(path, enforce_file_format=True)
    return dataset


def write_series(folder: Path, *, along=None, across=0.0, directions=STRAIGHT, prefix="", **tags) -> np.ndarray:
    """Slices of `anatomy` at positions `along` the normal, each moved down by `across` a mm; names out of order."""
    folder.mkdir(exist_ok=True)
    hu = anatomy()
    along = 2.5 * np.arange(len(hu)) if along is None else np.asarray(along, dtype=float)
    origin = np.array([-100.0, -50.0, -800.0])
    for k, distance in enumerate(along):
        position = origin + directions @ (0, across * distance, distance)
        write_slice(folder / f"{prefix}{(k * 5) % 7}.dcm", hu[k], position, directions, **tags)
    return hu


@pytest.mark.parametrize("directions", [np.eye(3), OBLIQUE, np.diag([-1.0, -1.0, 1.0]), np.eye(3)[[2, 0, 1]]])
def test_slices_are_sorted_along_their_normal_and_lie_where_the_headers_say(directions, tmp_path):
    hu = write_series(tmp_path / "ct", directions=directions)
    volume = read_ct(tmp_path / "ct")
    assert volume.array.dtype == np.int16
    np.testing.assert_array_equal(volume.array, hu)
    expected = np.array([-100.0, -50.0, -800.0]) + directions @ (7 * 0.7, 6 * 0.9, 5 * 2.5)
    np.testing.assert_allclose(volume.to_patient([7, 6, 5]), expected, atol=1e-5)
    assert volume.notes == ()


def test_slices_stored_from_head_to_feet_are_turned_with_their_positions(tmp_path):
    hu = write_series(tmp_path / "ct", along=-2.5 * np.arange(6))
    volume = read_ct(tmp_path / "ct")
    np.testing.assert_array_equal(volume.array, hu[::-1])
    np.testing.assert_allclose(volume.to_patient([0, 0, 0]), [-100, -50, -812.5])


def test_positions_rounded_to_a_tenth_of_a_millimetre_count_as_even(tmp_path):
    write_series(tmp_path / "ct", along=np.round(0.625 * np.arange(6), 1))
    volume = read_ct(tmp_path / "ct")
    assert volume.array.shape == SHAPE
    assert volume.notes == ()


def test_uneven_slices_are_interpolated_at_the_smallest_step_and_said_so(tmp_path):
    along = np.array([0, 2, 4, 7, 9, 12.0])
    hu = write_series(tmp_path / "ct", along=along)
    volume = read_ct(tmp_path / "ct")
    assert volume.spacing[2] == pytest.approx(2.0)
    expected = [np.interp(z, along, hu[:, 3, 4]) for z in np.arange(0, 12.1, 2)]
    np.testing.assert_allclose(volume.array[:, 3, 4], expected, atol=0.5)
    assert "interpolated" in volume.notes[0]


def test_a_tilted_gantry_is_straightened_without_moving_anything(tmp_path):
    """A plane y = const stays a plane, although each slice was stored moved by tan(15 degrees) a mm."""
    folder, tilt = tmp_path / "ct", np.tan(np.radians(15))
    folder.mkdir()
    y = np.arange(40) * 0.9
    for k in range(10):
        hu = np.tile(np.rint((y + tilt * 2.5 * k) * 10 - 600)[:, None], (1, 8)).astype(np.int16)
        write_slice(folder / f"{k}.dcm", hu, (0, tilt * 2.5 * k, 2.5 * k))
    volume = read_ct(folder)
    assert "tilted by 15.0°" in volume.notes[0]
    inside = volume.array > -650
    index = np.argwhere(inside & np.roll(inside, 1, axis=1) & np.roll(inside, -1, axis=1))[:, ::-1]
    expected = volume.to_patient(index)[:, 1] * 10 - 600
    found = volume.array[tuple(index[:, ::-1].T)]
    assert np.median(np.abs(found - expected)) <= 1
    assert inside.sum() > 0.9 * 40 * 8 * 10


@pytest.mark.parametrize("intercepts", [(-1024, -1024), (-1024, -24)])
def test_each_slice_is_rescaled_by_its_own_header(intercepts, tmp_path):
    stored = np.arange(56, dtype=np.uint16).reshape(7, 8)
    for k, intercept in enumerate(intercepts):
        write_slice(tmp_path / f"{k}.dcm", stored, (0, 0, k), stored=stored, RescaleIntercept=intercept)
    np.testing.assert_array_equal(read_ct(tmp_path).array, np.stack([stored.astype(int) + i for i in intercepts]))


def test_a_fractional_slope_gives_float_hu(tmp_path):
    write_series(tmp_path / "ct", RescaleSlope=0.5)
    volume = read_ct(tmp_path / "ct")
    assert volume.array.dtype == np.float32
    np.testing.assert_allclose(volume.array, (anatomy() + 1024) * 0.5 - 1024)


def test_a_missing_rescaling_is_said(tmp_path):
    write_series(tmp_path / "ct", RescaleSlope=None, RescaleIntercept=None)
    assert any("no rescaling" in note for note in read_ct(tmp_path / "ct").notes)


@pytest.mark.parametrize("padding", [-2000, 63536])
def test_padding_becomes_air_however_its_sign_was_written(padding, tmp_path):
    stored = np.full((7, 8), 40, dtype=np.int16)
    stored[0] = -2000
    written = {"PixelPaddingValue": padding} if padding < 0 else {}
    for k in range(2):
        dataset = write_slice(tmp_path / f"{k}.dcm", stored, (0, 0, k), stored=stored, RescaleIntercept=0, **written)
        if padding > 0:
            dataset.add_new("PixelPaddingValue", "US", padding)
            dataset.save_as(tmp_path / f"{k}.dcm")
    volume = read_ct(tmp_path)
    assert set(np.unique(volume.array)) == {-1000, 40}


def test_overlay_bits_above_the_stored_ones_are_dropped_and_the_sign_kept(tmp_path):
    stored = np.array([[5, -7], [100, -1000]], dtype=np.int16)
    dirty = (stored.view(np.uint16) & 0x0FFF | 0x3000).astype(np.uint16)
    tags = {"BitsStored": 12, "HighBit": 11, "PixelRepresentation": 1, "RescaleIntercept": 0}
    for k in range(2):
        write_slice(tmp_path / f"{k}.dcm", dirty, (0, 0, k), stored=dirty, **tags)
    np.testing.assert_array_equal(read_ct(tmp_path).array[0], stored)


@pytest.mark.parametrize("sign", ["signed", "unsigned"])
def test_compressed_slices_hold_the_same_hu(sign, tmp_path):
    stored = np.random.default_rng(0).integers(0, 2000, (16, 16)).astype(np.int16 if sign == "signed" else np.uint16)
    if sign == "signed":
        stored -= 1000
    for k in range(2):
        dataset = write_slice(tmp_path / f"{k}.dcm", stored, (0, 0, k), stored=stored, BitsStored=12, HighBit=11)
        dataset.compress(JPEGLSLossless)
        dataset.save_as(tmp_path / f"{k}.dcm")
    np.testing.assert_array_equal(read_ct(tmp_path).array[0], stored.astype(int) - 1024)


def test_old_files_without_a_preamble_are_read(tmp_path):
    hu = write_series(tmp_path / "ct")
    for path in (tmp_path / "ct").iterdir():
        path.write_bytes(path.read_bytes()[132:])
    np.testing.assert_array_equal(read_ct(tmp_path / "ct").array, hu)


def test_exact_copies_are_left_out_with_a_note(tmp_path):
    write_series(tmp_path / "ct")
    hu = write_series(tmp_path / "ct", prefix="copy")
    volume = read_ct(tmp_path / "ct")
    np.testing.assert_array_equal(volume.array, hu)
    assert "twice" in volume.notes[0]


def test_localizers_and_other_modalities_in_the_folder_are_left_out(tmp_path):
    hu = write_series(tmp_path / "ct")
    write_slice(tmp_path / "ct/scout.dcm", hu[0], (0, 0, 0), OBLIQUE, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    write_slice(tmp_path / "ct/mr.dcm", hu[0], (0, 0, 0), Modality="MR")
    (tmp_path / "ct/readme.txt").write_text("no image")
    np.testing.assert_array_equal(read_ct(tmp_path / "ct").array, hu)


def test_one_of_several_series_is_chosen_by_its_uid(tmp_path):
    hu = write_series(tmp_path / "ct")
    write_series(tmp_path / "ct", prefix="b", SeriesInstanceUID="1.2.4", RescaleIntercept=-24)
    with pytest.raises(UnreadableFileError, match=r"2 CT series; choose one with series_uid: 1\.2\.[34] \(6 slices\)"):
        read_ct(tmp_path / "ct")
    np.testing.assert_array_equal(read_ct(tmp_path / "ct", series_uid="1.2.4").array, hu + 1000)
    assert {one.uid for one in find_ct_series(tmp_path / "ct")} == {"1.2.3", "1.2.4"}
    with pytest.raises(UnreadableFileError, match=r"no CT series 1\.9"):
        read_ct(tmp_path / "ct", series_uid="1.9")


def test_a_folder_named_after_the_patient_does_not_name_the_volume(tmp_path):
    write_series(tmp_path / "Meyer_hip")
    assert "meyer" not in read_ct(tmp_path / "Meyer_hip").name.lower()
    write_series(tmp_path / "hip")
    assert read_ct(tmp_path / "hip").name == "hip"


def test_reading_can_be_stopped_and_tells_how_far_it_is(tmp_path):
    write_series(tmp_path / "ct")
    told = []
    read_ct(tmp_path / "ct", on_progress=lambda fraction, message: told.append(fraction))
    assert told == sorted(told)
    with pytest.raises(CancelledError):
        read_ct(tmp_path / "ct", should_stop=lambda: True)


def two_slices(**tags):
    def make(folder: Path) -> None:
        for k in range(2):
            write_slice(folder / f"{k}.dcm", anatomy()[k], (0, 0, 2.0 * k), **tags)

    return make


def two_phases(folder: Path) -> None:
    write_series(folder)
    write_series(folder, prefix="b", RescaleIntercept=0)


def zigzag(folder: Path) -> None:
    for k in range(4):
        write_slice(folder / f"{k}.dcm", anatomy()[k], (0, 9.0 * (k % 2), 2.0 * k))


def mixed_sizes(folder: Path) -> None:
    write_series(folder)
    write_slice(folder / "other.dcm", np.zeros((4, 4), dtype=np.int16), (0, 0, 90))


def cut_off_in_the_file(folder: Path) -> None:
    write_series(folder)
    path = folder / "0.dcm"
    path.write_bytes(path.read_bytes()[:-40])


def broken_codestream(folder: Path) -> None:
    for k in range(2):
        dataset = write_slice(folder / f"{k}.dcm", anatomy()[k], (0, 0, k))
        dataset.compress(JPEGLSLossless)
        frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
        dataset.PixelData = encapsulate([frame[: len(frame) // 4 * 2]])
        dataset.save_as(folder / f"{k}.dcm")


REFUSED_FOLDERS = {
    "a slice between z = -795.0 and -790.0": lambda f: write_series(f, along=[0, 2.5, 5, 10, 12.5, 15]),
    "two different slices at z = -800.0": two_phases,
    "is empty": lambda f: None,
    "no DICOM file": lambda f: (f / "a.txt").write_text("a"),
    "no CT series, only 2 x MR": two_slices(Modality="MR"),
    "only 2 x localizer": two_slices(ImageType=["DERIVED", "SECONDARY", "LOCALIZER"]),
    "without position": two_slices(ImagePositionPatient=None),
    "position, orientation or spacing": two_slices(PixelSpacing=[0, 0]),
    "only 2 x multi-frame": two_slices(NumberOfFrames=5),
    "holds one CT slice": lambda f: write_slice(f / "a.dcm", anatomy()[0], (0, 0, 0)),
    "follow one straight line": zigzag,
    "positions are damaged": lambda f: write_series(f, across=np.tan(np.radians(60))),
    "differ in direction, size": mixed_sizes,
    "two scans are mixed": lambda f: write_series(f, along=[0, 1, 1.05, 2, 3, 4]),
    "slope of 0": two_slices(RescaleSlope=0),
    "colour image": two_slices(PhotometricInterpretation="RGB", SamplesPerPixel=3),
    "holds no pixels": two_slices(PixelData=None),
    "cannot be decoded": two_slices(Rows=3000),
    "no detector has": two_slices(Rows=65535, Columns=65535),
    "undecodable|cannot be decoded|no pixels": cut_off_in_the_file,
    "cannot be decoded:": broken_codestream,
}


@pytest.mark.parametrize("said", REFUSED_FOLDERS)
def test_what_is_no_whole_ct_is_refused_in_one_sentence(said, tmp_path, capfd):
    folder = tmp_path / "scan"
    folder.mkdir()
    REFUSED_FOLDERS[said](folder)
    with pytest.raises(UnreadableFileError, match=said) as caught:
        read_ct(folder)
    assert "“scan”" in str(caught.value) or ".dcm”" in str(caught.value)
    assert len(str(caught.value)) <= LONGEST_MESSAGE
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def lying_header(path: Path) -> None:
    write_volume(Volume(anatomy(), np.eye(4)), path)
    data = bytearray(gzip.decompress(path.read_bytes()))
    struct.pack_into("<3h", data, 42, 30000, 30000, 3000)
    path.write_bytes(gzip.compress(bytes(data)))


def truncated(path: Path) -> None:
    noise = np.random.default_rng(0).integers(-1000, 1000, (20, 20, 20)).astype(np.int16)
    write_volume(Volume(noise, np.eye(4)), path)
    path.write_bytes(path.read_bytes()[:-200])


def with_values(array):
    return lambda path: write_volume(Volume(np.asarray(array), np.eye(4)), path)


WITH_NAN = np.where(anatomy() == anatomy().max(), np.nan, anatomy()).astype(np.float32)
REFUSED_FILES = [
    ("text.nii", "damaged or not a NIFTI", lambda p: p.write_text("hello " * 100)),
    ("text.nii.gz", "damaged or not a NIFTI", lambda p: p.write_text("hello " * 100)),
    ("cut.nii", "cut short", truncated),
    ("cut.nii.gz", "cut short", truncated),
    ("cut.nrrd", "damaged", truncated),
    ("cut.mha", "damaged", truncated),
    ("lie.nii.gz", "cut short", lying_header),
    ("nan.nrrd", "no finite numbers", with_values(WITH_NAN)),
    ("even.nrrd", "All voxels", with_values(np.zeros((3, 3, 3), dtype=np.int16))),
    ("flat.nrrd", "one slice", with_values(np.zeros((1, 3, 3), dtype=np.int16))),
    ("empty.nii", "empty", lambda p: p.write_bytes(b"")),
    ("absent.nii", "does not exist", lambda p: None),
    ("photo.png", "no CT that is read", lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n")),
    ("one.dcm", "choose the folder", lambda p: write_slice(p, anatomy()[0], (0, 0, 0))),
    ("mr.dcm", "holds MR, not CT", lambda p: write_slice(p, anatomy()[0], (0, 0, 0), Modality="MR")),
    ("loop", "cannot be opened", lambda p: os.symlink(p, p)),
]


@pytest.mark.parametrize(("name", "said", "make"), REFUSED_FILES, ids=[case[0] for case in REFUSED_FILES])
def test_damaged_and_foreign_files_are_refused_in_one_sentence(name, said, make, tmp_path):
    make(tmp_path / name)
    with pytest.raises(BoneDensityError, match=said) as caught:
        read_ct(tmp_path / name)
    assert Path(name).stem in str(caught.value)
    assert len(str(caught.value)) - len(str(tmp_path)) <= LONGEST_MESSAGE
    assert "\n" not in str(caught.value)


def test_links_that_lead_round_in_a_circle_are_not_followed(tmp_path):
    hu = write_series(tmp_path / "ct")
    os.symlink(tmp_path / "ct", tmp_path / "ct" / "again")
    os.symlink(tmp_path / "ct" / "self", tmp_path / "ct" / "self")
    np.testing.assert_array_equal(read_ct(tmp_path / "ct").array, hu)


def test_numbers_that_do_not_look_like_hu_are_doubted(tmp_path):
    write_volume(Volume(np.arange(27).reshape(3, 3, 3), np.eye(4)), tmp_path / "mr.nrrd")
    assert "check that this is a CT" in read_ct(tmp_path / "mr.nrrd").notes[0]


def test_a_nifti_that_names_no_orientation_is_doubted(tmp_path):
    write_volume(Volume(anatomy(), np.eye(4)), tmp_path / "ct.nii")
    data = bytearray((tmp_path / "ct.nii").read_bytes())
    struct.pack_into("<2h", data, 252, 0, 0)
    (tmp_path / "ct.nii").write_bytes(data)
    assert "left and right" in read_ct(tmp_path / "ct.nii").notes[0]


def test_a_real_compressed_series_lies_where_its_headers_say(real_data):
    volume = read_ct(real_data / "ct-dicom-siemens-20slice" / "example_ct_dicom")
    assert volume.array.shape == (20, 512, 512)
    np.testing.assert_allclose(volume.to_patient([0, 0, 19]), [-249.51171875, -437.51171875, -766.5])
    assert -1024 <= volume.array.min() < -1000 < 1000 < volume.array.max()
    assert volume.notes == ()


def test_a_real_nifti_keeps_its_flips(real_data):
    volume = read_ct(real_data / "ct-pelvis-lspine-totalseg" / "example_ct.nii.gz")
    assert volume.array.shape == (112, 101, 122)
    np.testing.assert_allclose(np.diag(volume.index_to_patient), [-3, -3, 3, 1])


REAL_REFUSED = {
    "ct-pelvis-lspine-totalseg": "no DICOM file",
    "xr-hip-cr-nema-rg2": "only 1 x CR",
    "xr-hip-cr-nema-rg2/RG2_JPLL.dcm": "holds CR, not CT",
    "xr-chest-cr-nema-rg1/RG1_JLSN.dcm": "holds CR, not CT",
    "xr-chest-dx-canon-966/966.dcm": "holds DX, not CT",
    "README.md": "no CT that is read",
}


@pytest.mark.parametrize("name", REAL_REFUSED)
def test_real_files_that_are_no_ct_are_refused_with_what_they_are(name, real_data):
    with pytest.raises(UnreadableFileError, match=REAL_REFUSED[name]):
        read_ct(real_data / name)
