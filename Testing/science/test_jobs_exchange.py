"""What goes into the exchange comes out the same, and nothing outside its folder can be named."""

import json
import os
import stat
import sys

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bonedensity.errors import BoneDensityError, UnwritableFileError
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.imaging import LabelMap, PixelSpacing, Radiograph, Volume
from bonedensity.jobs.exchange import Exchange

OBLIQUE = np.eye(4)
OBLIQUE[:3, :3] = Rotation.from_euler("xyz", (10, -20, 30), degrees=True).as_matrix() * (0.7, 0.8, 3.0)
OBLIQUE[:3, 3] = (-101.3, 17.0, 1e3 / 3)

FLIPPED = np.diag([-1.0, -1.0, -2.5, 1.0])

ARRAY = np.random.default_rng(0).integers(-1000, 3000, (4, 5, 6)).astype(np.int16)


@pytest.fixture
def other(exchange):
    """The same folder, as another process sees it."""
    return Exchange(exchange.folder)


def over_the_line(reference):
    return json.loads(json.dumps(reference))


@pytest.mark.parametrize("affine", [np.eye(4), OBLIQUE, FLIPPED], ids=["straight", "oblique", "flipped"])
@pytest.mark.parametrize(
    "array",
    [ARRAY, ARRAY.astype(np.float32), ARRAY[::-1, :, ::-1], np.asfortranarray(ARRAY), ARRAY.astype(">i2"), ARRAY > 0],
    ids=["int16", "float32", "negative strides", "Fortran order", "big-endian", "bool"],
)
def test_a_volume_comes_back_byte_for_byte(exchange, other, array, affine):
    volume = Volume(array, affine, unit="HU", name="ct – “2”", notes=("First.", "Second."))
    got = other.get(over_the_line(exchange.put(volume)), Volume)
    assert got.array.tobytes() == array.tobytes()
    assert got.array.dtype == array.dtype
    assert got.index_to_patient.tobytes() == volume.index_to_patient.tobytes()
    assert (got.unit, got.name, got.notes) == (volume.unit, volume.name, volume.notes)


def test_a_label_map_keeps_its_names_and_values(exchange, other):
    labels = LabelMap(Volume((ARRAY > 0).astype(np.uint8) * 75, OBLIQUE, "1", "bones"), {75: "femur_left", 3: "x"})
    got = other.get(over_the_line(exchange.put(labels)), LabelMap)
    assert got.names == labels.names
    assert np.array_equal(got.volume.array, labels.volume.array)
    assert got.volume.array.dtype == np.uint8


@pytest.mark.parametrize("spacing", [None, PixelSpacing(0.143, 1 / 7, "calibrated")])
def test_a_radiograph_keeps_everything(exchange, other, spacing):
    image = np.random.default_rng(1).random((7, 9)).astype(np.float32)
    radiograph = Radiograph(image, spacing, 1150.0, "AP", "L", "hip", ("Noted.",), {"kVp": 76.0, "synthetic": True})
    got = other.get(over_the_line(exchange.put(radiograph)), Radiograph)
    assert got.array.tobytes() == image.tobytes()
    for name in ("spacing", "sdd_mm", "view", "laterality", "name", "notes", "tags"):
        assert getattr(got, name) == getattr(radiograph, name)


@pytest.mark.parametrize("spacing", [None, (0.3, 0.25)])
def test_a_camera_keeps_its_skew_and_pose(exchange, other, spacing):
    pose = RigidTransform.from_parameters((3, -4, 5, 10, 20, 900), centre=(1, 2, 3))
    camera = PinholeCamera(np.array([[4000, 3.3, 255.5], [0, 4100, 240.25], [0, 0, 1]]), pose, 480, 512, spacing)
    got = other.get(over_the_line(exchange.put(camera)), PinholeCamera)
    assert got.intrinsics.tobytes() == camera.intrinsics.tobytes()
    assert np.abs(got.camera_from_world.matrix - pose.matrix).max() < 1e-14
    assert (got.rows, got.columns, got.pixel_spacing_mm) == (480, 512, spacing)


def test_a_transform_comes_back(exchange, other):
    pose = RigidTransform.from_parameters((3, -4, 5, 10, 20, 30), centre=(1, 2, 3))
    got = other.get(over_the_line(exchange.put(pose)), RigidTransform)
    assert np.abs(got.matrix - pose.matrix).max() < 1e-14


@pytest.mark.parametrize("array", [np.array(3.5), np.zeros((0, 4)), np.arange(5), ARRAY.astype(complex)])
def test_any_array_of_numbers_comes_back(exchange, other, array):
    got = other.get(over_the_line(exchange.put(array)), np.ndarray)
    assert got.tobytes() == array.tobytes()
    assert got.shape == array.shape


def test_objects_are_never_pickled(exchange):
    with pytest.raises(TypeError, match="numbers"):
        exchange.put(np.array([{}, None]))
    with pytest.raises(TypeError, match="cannot be exchanged"):
        exchange.put("text")
    np.save(exchange.folder / f"{'0' * 32}.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(BoneDensityError, match="damaged"):
        exchange.get({"kind": "array", "array": f"{'0' * 32}.npy"}, np.ndarray)


@pytest.mark.parametrize(
    "name", ["../secret.npy", "/etc/passwd", "secret.npy", "", None, 3, ["x"], "0" * 32 + ".npy\n"]
)
def test_a_reference_outside_the_folder_is_refused(exchange, name):
    np.save(exchange.folder.parent / "secret.npy", np.arange(3))
    try:
        for use in (lambda ref: exchange.get(ref, np.ndarray), exchange.release):
            with pytest.raises(BoneDensityError, match="outside the exchange folder"):
                use({"kind": "array", "array": name})
    finally:
        (exchange.folder.parent / "secret.npy").unlink()


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights there")
def test_a_link_out_of_the_folder_is_refused(exchange, tmp_path):
    np.save(tmp_path / "secret.npy", np.arange(3))
    (exchange.folder / f"{'a' * 32}.npy").symlink_to(tmp_path / "secret.npy")
    with pytest.raises(BoneDensityError, match="no longer"):
        exchange.get({"kind": "array", "array": f"{'a' * 32}.npy"}, np.ndarray)


@pytest.mark.parametrize("reference", [None, 3, "x", [], {}, {"kind": "song"}, {"kind": ["array"]}])
def test_what_is_no_reference_is_refused_in_a_sentence(exchange, reference):
    with pytest.raises(BoneDensityError, match="reference"):
        exchange.get(reference, Volume)


def test_a_reference_with_a_part_missing_is_refused_in_a_sentence(exchange):
    reference = exchange.put(Volume(ARRAY, np.eye(4)))
    for name in set(reference) - {"kind", "array"}:
        with pytest.raises(BoneDensityError, match="damaged"):
            exchange.get({key: value for key, value in reference.items() if key != name}, Volume)


def test_another_kind_than_expected_is_refused_by_name(exchange):
    with pytest.raises(BoneDensityError, match="Volume is needed here, not a RigidTransform"):
        exchange.get(exchange.put(RigidTransform.identity()), Volume)


def test_the_same_array_is_written_once_until_it_changes(exchange):
    array = ARRAY.copy()
    first = exchange.put(Volume(array, np.eye(4)))
    assert exchange.put(Volume(array, OBLIQUE))["array"] == first["array"]
    assert len(os.listdir(exchange.folder)) == 1
    array[0, 0, 0] += 1
    assert exchange.put(Volume(array, np.eye(4)))["array"] != first["array"]


def test_what_was_read_is_not_written_again(exchange, other):
    reference = exchange.put(Volume(ARRAY, OBLIQUE))
    assert other.put(other.get(reference, Volume)) == reference


def test_another_array_at_the_same_address_is_written(exchange):
    references = {exchange.put(np.full(10, value))["array"] for value in range(20)}
    assert len(references) == 20


def test_taking_deletes_the_file_and_keeps_the_numbers(exchange):
    reference = exchange.put(LabelMap(Volume(np.ones((2, 2, 2), np.uint8), np.eye(4)), {1: "a"}))
    taken = exchange.take(reference, LabelMap)
    assert os.listdir(exchange.folder) == []
    assert taken.volume.array.sum() == 8
    with pytest.raises(BoneDensityError, match="no longer"):
        exchange.get(reference, LabelMap)
    assert exchange.get(exchange.put(taken), LabelMap).names == {1: "a"}


def test_the_folder_is_private_and_names_nobody(exchange):
    exchange.put(Volume(ARRAY, np.eye(4), name="Muster^Erika"))
    if sys.platform != "win32":
        assert stat.S_IMODE(exchange.folder.stat().st_mode) == 0o700
    assert all("muster" not in name.lower() for name in os.listdir(exchange.folder))


def test_removing_spares_what_is_not_the_exchanges(tmp_path, exchange):
    (tmp_path / "thesis.npy").write_text("years of work")
    foreign = Exchange(tmp_path)
    foreign.put(ARRAY)
    foreign.remove()
    assert os.listdir(tmp_path) == ["thesis.npy"]
    exchange.remove()
    exchange.remove()
    assert not exchange.folder.exists()


def test_a_folder_that_is_gone_or_full_is_said(exchange, tmp_path):
    with pytest.raises(UnwritableFileError, match="does not exist"):
        Exchange(tmp_path / "nowhere")
    exchange.remove()
    with pytest.raises(UnwritableFileError, match="cannot be written"):
        exchange.put(ARRAY)
