"""An AVIF image sequence turned into an MP4 movie: both are boxes of ISO/IEC 14496-12, and the AV1 inside stays.

What makes the difference: the file's brand, the track's handler (“pict” or “vide”), and that the pictures do not repeat
for ever. Every box keeps its length, so that places of pictures in the file stay true.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from bonedensity.errors import UnreadableFileError

HEAD = 8
"""Bytes before a box's content: its length and its name."""

BRAND = struct.pack(">4sI", b"isom", 512) + b"isomiso6av01mp41"
"""ISO/IEC 14496-12 and “AV1 Codec ISO Media File Format Binding”."""

HANDLER_AT = 8
"""Of the handler's name within `hdlr`."""

DURATION_AT = {b"mdhd": 24, b"mvhd": 24, b"tkhd": 28}
"""Of the 8 bytes that tell the duration, in version 1 of these boxes."""


def mp4_of_avif(sequence: bytes) -> bytes:
    """The movie.

    Args:
        sequence: An animated AVIF, as Pillow (libavif) writes it.

    Raises:
        UnreadableFileError: It is none.
    """
    data = bytearray(sequence)
    try:
        _rename(data, b"ftyp", brand=True)
        _rename(data, b"meta")  # describes the first picture as a still
        _rename(data, b"moov", b"trak", b"edts")  # repeats it for ever
        start = _content(data, b"moov", b"trak", b"mdia", b"hdlr")
        data[start + HANDLER_AT : start + HANDLER_AT + 4] = b"vide"
        duration = _duration(data, b"moov", b"trak", b"mdia", b"mdhd")
        known = bytes(data[duration])
        for path in ((b"moov", b"mvhd"), (b"moov", b"trak", b"tkhd")):
            data[_duration(data, *path)] = known
    except (KeyError, struct.error) as error:
        raise UnreadableFileError(f"The AVIF sequence lacks the box {error}: no movie can be made of it.") from None
    return bytes(data)


def boxes(data: bytes | bytearray, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and length of each box between two places."""
    end = len(data) if end is None else end
    while start < end:
        length, name = struct.unpack_from(">I4s", data, start)
        if length < HEAD:  # 0 is “to the end”, 1 “64 bits”: no box in front of the pictures has such
            return
        yield name, start, length
        start += length


def box(data: bytes | bytearray, *path: bytes) -> tuple[int, int]:
    """Start and length of a box within others.

    Raises:
        KeyError: There is none of that name.
    """
    start, length = -HEAD, len(data) + HEAD
    for wanted in path:
        inside = boxes(data, start + HEAD, start + length)
        found = next(((at, size) for name, at, size in inside if name == wanted), None)
        if found is None:
            raise KeyError(wanted.decode())
        start, length = found
    return start, length


def _content(data: bytearray, *path: bytes) -> int:
    return box(data, *path)[0] + HEAD


def _duration(data: bytearray, *path: bytes) -> slice:
    start = _content(data, *path)
    if data[start] != 1:
        raise KeyError(f"{path[-1].decode()} of version 1")
    return slice(start + DURATION_AT[path[-1]], start + DURATION_AT[path[-1]] + 8)


def _rename(data: bytearray, *path: bytes, brand: bool = False) -> None:
    """Let a box stand for nothing; with `brand`, for an MP4's beginning and nothing."""
    start, length = box(data, *path)
    if brand:
        head = struct.pack(">I4s", HEAD + len(BRAND), b"ftyp") + BRAND
        left = length - len(head)
        if left < HEAD:
            raise KeyError(path[-1].decode())
        data[start : start + length] = head + struct.pack(">I4s", left, b"free") + bytes(left - HEAD)
    else:
        data[start + 4 : start + HEAD] = b"free"
