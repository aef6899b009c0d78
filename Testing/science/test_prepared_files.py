"""What is prepared of a file for a network is made once, anew when the file has changed, and is never half a file."""

from __future__ import annotations

import os

import numpy as np
import pytest

from bonedensity.errors import UnreadableFileError, UnwritableFileError
from bonedensity.learning.prepared_files import prepared_file


class Maker:
    """Counts how often it is asked; says so in the array."""

    def __init__(self):
        self.asked = 0

    def __call__(self):
        self.asked += 1
        return np.full((40, 30), self.asked, np.uint8)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "image.png"
    path.write_bytes(b"first")
    return path


@pytest.fixture
def make():
    return Maker()


@pytest.fixture
def prepare(source, make, tmp_path):
    """Prepares the source in another way or in the same; returns its array."""
    return lambda said="64": np.load(prepared_file([source], said, tmp_path / "a" / "cache", make))


def test_the_same_file_asked_for_in_the_same_way_is_made_once(prepare, make, tmp_path):
    assert (prepare() == prepare()).all()
    assert make.asked == 1
    assert len(list((tmp_path / "a" / "cache").iterdir())) == 1


def test_another_time_of_change_or_size_or_way_or_place_is_another_array(prepare, make, source, tmp_path):
    prepare()
    now = source.stat()
    os.utime(source, ns=(now.st_atime_ns, now.st_mtime_ns + 1))
    assert (prepare() == 2).all()
    source.write_bytes(b"longer")
    os.utime(source, ns=(now.st_atime_ns, now.st_mtime_ns))  # changed without a trace but its size
    assert (prepare() == 3).all()
    assert (prepare("128") == 4).all()
    moved = source.rename(tmp_path / "moved.png")
    prepared_file([moved], "64", tmp_path / "a" / "cache", make)
    assert make.asked == 5


def test_any_of_several_files_that_has_changed_makes_it_anew(source, make, tmp_path):
    other = tmp_path / "truth.png"
    other.write_bytes(b"truth")
    first = prepared_file([source, other], "64", tmp_path, make)
    other.write_bytes(b"another truth")
    assert prepared_file([source, other], "64", tmp_path, make) != first


@pytest.mark.parametrize("left", [0, 20, 200, 1000])
def test_a_file_cut_short_is_made_anew(source, make, tmp_path, left):
    kept = prepared_file([source], "64", tmp_path, make)
    assert len(kept.read_bytes()) > 1000
    kept.write_bytes(kept.read_bytes()[:left])
    assert (np.load(prepared_file([source], "64", tmp_path, make)) == 2).all()


def test_what_cannot_be_prepared_leaves_nothing_behind(source, tmp_path):
    def fail():
        raise UnreadableFileError("no image.")

    with pytest.raises(UnreadableFileError, match="no image"):
        prepared_file([source], "64", tmp_path / "cache", fail)
    assert not (tmp_path / "cache").exists()


def test_a_disk_that_is_full_halfway_leaves_what_was_there_and_no_half_file(source, make, tmp_path, monkeypatch):
    def full(file, array, **_):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    folder = tmp_path / "cache"
    before = prepared_file([source], "64", folder, make)
    monkeypatch.setattr(np, "save", full)
    with pytest.raises(UnwritableFileError, match="No space left"):
        prepared_file([source], "128", folder, make)
    assert list(folder.iterdir()) == [before]
    assert (np.load(before) == 1).all()


def test_a_folder_that_cannot_be_made_is_said_in_one_sentence(source, make):
    with pytest.raises(UnwritableFileError, match=r"cannot be written.*\.$"):
        prepared_file([source], "64", source / "cache", make)
