"""A spine session's file: what was saved comes back, and what somebody else made of it is refused in one sentence."""

from __future__ import annotations

import io
import json
import pickle
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from bonedensity.errors import UnreadableFileError, UnwritableFileError
from bonedensity.generators.chvae.reading.orientation import Orientation
from bonedensity.workflows.spine.results import Kept, Sweep
from bonedensity.workflows.spine.session_file import VALUES, read_session, write_session
from bonedensity.workflows.spine.state import Dxa, SpineState, View

RNG = np.random.default_rng(5)
GREYS = RNG.integers(0, 252, (120, 90)).astype(np.float32)
CORNERS = RNG.uniform(0, 89, (4, 4, 2))


def session_state(**changes):
    state = SpineState(
        folder="/data/weights",
        dxa=Dxa(GREYS, (1.25, 0.8), "user", "spine.png", ("Read as it is.",), 3),
        view=View(Orientation(1, True, False), (2, 80, 10, 110), ("It lies on its side.",)),
        attributes={"age": 61.5, "sex": 0.0},
        do={"age": 75.0},
        outline=CORNERS,
        found=CORNERS + 1.5,
        marked=True,
        samples=6,
        sweep=Sweep("age", "years", (50.0, 60.0, 70.0), {"weight": 80.0}, ()),
        kept=[Kept("spine.png", "Age = 75 years", GREYS / 2), Kept("other", "as observed", GREYS[:70])],
    )
    for name, value in changes.items():
        setattr(state, name, value)
    return state


@pytest.fixture
def saved(tmp_path):
    write_session(session_state(), tmp_path / "saved.zip")
    return tmp_path / "saved.zip"


def remade(path, change=lambda values: None, members=None, drop=()):
    """The file again with other values or members."""
    with zipfile.ZipFile(path) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    values = json.loads(inside[VALUES])
    change(values)
    inside |= {VALUES: json.dumps(values).encode(), **(members or {})}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in inside.items():
            if name not in drop:
                archive.writestr(name, data)
    return path


def refused(path):
    """The sentence with which a file is refused."""
    with pytest.raises(UnreadableFileError) as error:
        read_session(path)
    sentence = str(error.value)
    assert "\n" not in sentence
    assert path.name in sentence
    return sentence


def test_everything_that_was_saved_comes_back_to_the_last_bit(saved):
    state, read = session_state(), read_session(saved)
    assert np.array_equal(read.dxa.array, GREYS)
    assert read.dxa.array.dtype == np.float32
    for name in ("pixel_mm", "spacing_source", "name", "notes", "seed"):
        assert getattr(read.dxa, name) == getattr(state.dxa, name)
    assert read.view == state.view
    assert (read.attributes, read.do, read.marked, read.samples) == (state.attributes, state.do, True, 6)
    assert np.array_equal(read.outline, CORNERS)
    assert np.array_equal(read.found, CORNERS + 1.5)
    assert read.folder == "/data/weights"
    assert (read.sweep.name, read.sweep.values, read.sweep.also) == ("age", (50.0, 60.0, 70.0), {"weight": 80.0})
    assert [(each.person, each.title) for each in read.kept] == [(each.person, each.title) for each in state.kept]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(read.kept, state.kept, strict=True))


def test_the_same_session_makes_the_same_bytes_and_little_of_an_image_that_others_read(saved, tmp_path):
    write_session(session_state(), tmp_path / "again.zip")
    assert saved.read_bytes() == (tmp_path / "again.zip").read_bytes()
    with zipfile.ZipFile(saved) as archive:
        image = np.load(io.BytesIO(archive.read("dxa.npy")), allow_pickle=False)
    assert np.array_equal(image, GREYS)


def test_a_session_with_nothing_but_an_image_is_saved_too(tmp_path):
    bare = SpineState(dxa=Dxa(GREYS), view=View.whole(GREYS))
    write_session(bare, tmp_path / "bare.zip")
    read = read_session(tmp_path / "bare.zip")
    assert (read.dxa.pixel_mm, read.outline, read.found, read.sweep, read.kept) == (None, None, None, None, ())


def test_without_a_dxa_there_is_nothing_to_save(tmp_path):
    with pytest.raises(UnwritableFileError, match="load an AP spine DXA first"):
        write_session(SpineState(), tmp_path / "none.zip")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(UnwritableFileError, match="was not saved"):
        write_session(session_state(), tmp_path / "no" / "such.zip")
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        read_session(tmp_path / "no-such.zip")


@pytest.mark.parametrize("data", [b"", b"PK", b"\x89PNG\r\n\x1a\n" + bytes(400), pickle.dumps({"age": 3}), bytes(5000)])
def test_what_is_no_archive_is_refused(tmp_path, data):
    path = tmp_path / "other.zip"
    path.write_bytes(data)
    assert "is no spine session" in refused(path)


def test_every_archive_cut_short_or_with_a_flipped_byte_is_refused_or_read_whole(saved, tmp_path):
    whole, path = saved.read_bytes(), tmp_path / "hurt.zip"
    for end in range(0, len(whole), len(whole) // 40):
        path.write_bytes(whole[:end])
        refused(path)
    for at in RNG.integers(0, len(whole), 60):
        hurt = bytearray(whole)
        hurt[at] ^= 1 << int(RNG.integers(8))
        path.write_bytes(bytes(hurt))
        try:
            read = read_session(path)  # a date of a member may be hurt
        except UnreadableFileError:
            continue
        assert np.array_equal(read.dxa.array, GREYS)


def nested(depth):
    return b"[" * depth + b"]" * depth


def npy(shape, kind, data):
    header = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


HOSTILE_IMAGES = {
    "pickled": npy("(2, 2)", "|O", pickle.dumps([1, 2, 3, 4])),
    "larger than it says": npy("(70, 70)", "<f4", bytes(4 * 71 * 71)),
    "huge": npy("(1000000, 1000000)", "<f4", bytes(64)),
    "of negative size": npy("(-1, 70)", "<f4", b""),
    "of three axes": npy("(70, 70, 1)", "<f4", bytes(4 * 70 * 70)),
    "empty": npy("(0, 70)", "<f4", b""),
    "not finite": npy("(70, 70)", "<f4", np.full((70, 70), np.nan, "<f4").tobytes()),
    "brighter than white": npy("(70, 70)", "<f4", np.full((70, 70), 256, "<f4").tobytes()),
    "a program": npy("__import__('os').getcwd()", "<f4", bytes(64)),
    "a deep header": b"\x93NUMPY\x01\x00" + struct.pack("<H", 9000) + nested(4500),
    "no image": b"hello",
    "too small for the model": npy("(3, 3)", "<f4", bytes(36)),
}


@pytest.mark.parametrize("kind", HOSTILE_IMAGES)
def test_a_hostile_image_is_refused(saved, kind):
    assert "is no spine session" in refused(remade(saved, members={"dxa.npy": HOSTILE_IMAGES[kind]}))


HOSTILE_VALUES = {
    "something else": {"format": "a song"},
    "crop beyond the image": {"view": {"orientation": Orientation().to_json(), "crop": [0, 500, 0, 90], "reasons": []}},
    "no view": {"view": None},
    "attribute that is a text": {"attributes": {"age": "old"}},
    "attribute that is true": {"attributes": {"age": True}},
    "endless attribute": {"attributes": {"age": float("inf")}},
    "attribute that is no number": {"do": {"age": float("nan")}},
    "many attributes": {"attributes": {f"a{place}": 1.0 for place in range(5000)}},
    "number of a thousand digits": {"samples": 10**1000},
    "millions of samples": {"samples": 10**6},
    "corners of three vertebrae": {"outline": CORNERS[:3].tolist()},
    "corners of nowhere": {"outline": [[[1e300, 0.0]] * 4] * 4},
    "weights on another computer": {"folder": "\\\\evil\\share"},
    "weights on another computer, otherwise": {"folder": "//evil/share"},
    "weights in a list": {"folder": ["/"]},
    "mark that is no mark": {"marked": "yes"},
    "endless sweep": {"sweep": {"name": "age", "values": list(range(5000)), "also": {}}},
    "image of another name": {"kept": [{"image": "../../etc/passwd", "person": "a", "title": "b"}]},
    "long title": {"kept": [{"image": "dxa.npy", "person": "a", "title": "b" * 10**5}]},
    "title with orders to a terminal": {"kept": [{"image": "dxa.npy", "person": "\x1b[2J", "title": "b"}]},
}


@pytest.mark.parametrize("kind", HOSTILE_VALUES)
def test_hostile_values_are_refused(saved, kind):
    assert "is no spine session" in refused(remade(saved, lambda values: values.update(HOSTILE_VALUES[kind])))


@pytest.mark.parametrize("text", [nested(100000), b"{", b"\xff\xfe", b"9" * 10**5, b'{"a": 1}', b" " * (2 << 20)])
def test_values_that_are_no_values_are_refused(saved, text):
    with zipfile.ZipFile(saved) as archive:
        image = archive.read("dxa.npy")
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr(VALUES, text)
        archive.writestr("dxa.npy", image)
    refused(saved)


def test_a_bomb_is_refused_before_it_is_unpacked(saved, monkeypatch):
    packed = zipfile.ZipFile(saved, "a", zipfile.ZIP_DEFLATED, compresslevel=1)
    with packed as archive, archive.open("kept-9.npy", "w") as member:
        for _ in range(300):
            member.write(bytes(1 << 20))
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("a member was unpacked"))
    refused(saved)


def test_a_member_that_says_it_is_small_is_not_unpacked_further(saved):
    large = 80 << 20
    with zipfile.ZipFile(saved, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("kept-9.npy", bytes(large))
    saved.write_bytes(saved.read_bytes().replace(struct.pack("<I", large), struct.pack("<I", 16)))
    tracemalloc.start()
    refused(saved)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < large / 8


def test_thousands_of_members_two_of_one_name_a_locked_one_and_a_strange_packing_are_refused(saved, tmp_path):
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for place in range(3000):
            archive.writestr(f"{place}", b"")
    refused(tmp_path / "many.zip")
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as archive:
        archive.writestr(VALUES, b"{}")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(VALUES, b"{}")
    refused(tmp_path / "twice.zip")
    with zipfile.ZipFile(tmp_path / "strange.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr(VALUES, b"{}")
    refused(tmp_path / "strange.zip")
    data = bytearray(saved.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    saved.write_bytes(bytes(data))
    refused(saved)


def test_a_comment_or_a_second_list_of_members_is_refused(saved):
    with zipfile.ZipFile(saved, "a") as archive:
        archive.comment = b"look here"
    refused(saved)


def test_a_session_of_a_later_version_says_that_it_is_one(saved):
    assert "another version" in refused(remade(saved, lambda values: values.update(version=2)))


@pytest.mark.parametrize("name", ["dxa.npy", VALUES, "kept-1.npy"])
def test_a_missing_member_is_refused(saved, name):
    refused(remade(saved, drop=(name,)))
