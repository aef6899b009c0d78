"""The movie of a sweep: boxes that add up, the encoder's own pictures, and the user's ffmpeg where there is one."""

import io
import os
import struct
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("PIL")
from PIL import Image, features

from bonedensity.errors import UnreadableFileError, UnwritableFileError
from bonedensity.generators.chvae.counterfactual import movie
from bonedensity.generators.chvae.counterfactual.exports import FRAME_MS
from bonedensity.generators.chvae.counterfactual.mp4 import HEAD, box, boxes, mp4_of_avif

av1 = pytest.mark.skipif(not features.check("avif"), reason="this Pillow cannot encode AV1")
posix = pytest.mark.skipif(os.name != "posix", reason="stands in for ffmpeg by a shell script")

TRACK = (b"moov", b"trak")
MEDIA = (*TRACK, b"mdia")
TABLE = (*MEDIA, b"minf", b"stbl")


def frames(count=5, size=(61, 43)):
    """A bright block that moves to the right."""
    made = []
    for place in range(count):
        greys = np.full((size[1], size[0], 3), 40, np.uint8)
        greys[10:30, 10 * place : 10 * place + 10] = 230
        made.append(Image.fromarray(greys))
    return made


def content(data, *path):
    start, length = box(data, *path)
    return data[start + HEAD : start + length]


def long_at(data, place):
    return struct.unpack_from(">Q", data, place)[0]


@av1
def test_every_box_of_the_movie_ends_where_the_next_begins_and_the_last_at_the_end():
    data = movie.av1_movie(frames())
    assert sum(length for _name, _start, length in boxes(data)) == len(data)
    for path in (TRACK[:1], TRACK, MEDIA, TABLE):
        start, length = box(data, *path)
        assert sum(size for _name, _at, size in boxes(data, start + HEAD, start + length)) == length - HEAD


@av1
def test_the_movie_lasts_as_long_as_its_frames_and_is_a_video_of_that_many_pictures():
    data = movie.av1_movie(frames(5))
    assert content(data, b"ftyp")[:4] == b"isom"
    assert content(data, *MEDIA, b"hdlr")[8:12] == b"vide"
    per_second = struct.unpack_from(">I", content(data, *MEDIA, b"mdhd"), 20)[0]
    durations = [
        long_at(content(data, *MEDIA, b"mdhd"), 24), long_at(content(data, b"moov", b"mvhd"), 24),
        long_at(content(data, *TRACK, b"tkhd"), 28),
    ]  # fmt: skip
    assert durations == [round(5 * FRAME_MS / 1000 * per_second)] * 3
    assert struct.unpack_from(">I", content(data, *TABLE, b"stsz"), 8)[0] == 5


@av1
def test_pictures_stay_as_they_were_encoded_and_are_found_where_the_movie_says():
    buffer = io.BytesIO()
    first, *others = frames(5, (62, 44))
    first.save(buffer, "AVIF", save_all=True, append_images=others, duration=FRAME_MS)
    sequence = buffer.getvalue()
    data = mp4_of_avif(sequence)
    assert content(data, b"mdat") == content(sequence, b"mdat")
    offset = struct.unpack_from(">I", content(data, *TABLE, b"stco"), 8)[0]
    start, length = box(data, b"mdat")
    assert start + HEAD <= offset < start + length


def test_what_is_no_image_sequence_becomes_no_movie():
    still = io.BytesIO()
    Image.new("RGB", (64, 64)).save(still, "PNG")
    for bytes_ in (still.getvalue(), b"", b"\x00\x00\x00\x08ftyp", bytes(100)):
        with pytest.raises(UnreadableFileError):
            mp4_of_avif(bytes_)
    with pytest.raises(UnwritableFileError, match="at least one picture"):
        movie.write_movie([], "nowhere.mp4")


def stand_in(folder, script):
    program = folder / "ffmpeg"
    program.write_text(f"#!{sys.executable}\nimport sys\n{script}\n")
    program.chmod(0o755)
    return str(program)


@posix
def test_ffmpeg_gets_every_pixel_once_at_the_frames_own_pace(tmp_path):
    script = "open(sys.argv[-1], 'wb').write(sys.stdin.buffer.read()); print(sys.argv[1:])"
    program = stand_in(tmp_path, script)
    assert movie.write_movie(frames(3, (61, 43)), tmp_path / "sweep.mp4", program) == ""
    pixels = np.frombuffer((tmp_path / "sweep.mp4").read_bytes(), np.uint8).reshape(3, 44, 62, 3)
    for place, frame in enumerate(frames(3, (61, 43))):
        assert (pixels[place, :43, :61] == np.asarray(frame)).all()
    assert (pixels[:, 43:] == 0).all()
    told = subprocess.run([program, "-", str(tmp_path / "x")], input=b"", capture_output=True, check=True)
    assert told.returncode == 0


@posix
@av1
@pytest.mark.parametrize("script", ["sys.exit(1)", "pass"])
def test_where_ffmpeg_knows_no_h264_the_movie_is_av1_and_says_so(tmp_path, script):
    note = movie.write_movie(frames(3), tmp_path / "sweep.mp4", stand_in(tmp_path, script))
    assert "AV1" in note
    assert (tmp_path / "sweep.mp4").read_bytes()[4:12] == b"ftypisom"
