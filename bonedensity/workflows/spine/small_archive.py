"""A ZIP archive of a few members, read within limits: whoever made it, it costs no more memory than allowed."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

MOST_MEMBERS = 512

END = struct.Struct("<4s4H2LH")
"""The record that ends an archive: signature, disks (2), members (2), bytes and place of their list, comment."""

END_OF_LARGE = b"PK\x06\x07"
"""Stands before that record where an archive has a second, larger list of members."""

LARGEST_END = END.size + 20
"""Bytes of that record, and of the one that may stand before it."""

LONGEST_LIST = 128 * MOST_MEMBERS
"""Bytes of the list of members."""

DAMAGED = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError)

STAMP = (1980, 1, 1, 0, 0, 0)
"""Of every member: the same members make the same bytes."""


def write_members(path: Path, members: Mapping[str, bytes]) -> None:
    """Write an archive that `read_members` reads.

    Raises:
        OSError: It cannot be written.
    """
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, STAMP), data, zipfile.ZIP_DEFLATED, 6)
    path.write_bytes(whole.getvalue())


def read_members(path: Path, largest: int) -> dict[str, bytes]:
    """All members by name; nothing is unpacked to disk.

    Args:
        path: Of the archive.
        largest: Bytes, of the file and of all members together.

    Raises:
        ValueError: No archive, a damaged one, or one that is larger than allowed, locked, or otherwise unusual.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        if size > largest:
            raise ValueError("it is too large")
        file.seek(max(0, size - LARGEST_END))
        _check_list(file.read())
        try:
            with zipfile.ZipFile(file) as archive:
                return _read(archive, largest)
        except DAMAGED as error:
            raise ValueError(f"it is damaged ({error})") from error


def _check_list(data: bytes) -> None:
    """Refuse a long list of members before it is read into objects."""
    tail = data[-END.size :]
    if len(tail) < END.size:
        raise ValueError("it is no archive")
    signature, _, _, _, members, length, _, comment = END.unpack(tail)
    if signature != b"PK\x05\x06" or comment or END_OF_LARGE in data[: -END.size]:
        raise ValueError("it is no archive of the plain kind")
    if members > MOST_MEMBERS or length > LONGEST_LIST:
        raise ValueError("it has too many members")


def _read(archive: zipfile.ZipFile, largest: int) -> dict[str, bytes]:
    found = archive.infolist()
    if len({member.filename for member in found}) < len(found) or len(found) > MOST_MEMBERS:
        raise ValueError("two of its members have one name")
    if sum(member.file_size for member in found) > largest:
        raise ValueError("its members are too large")
    if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in found):
        raise ValueError("its members are packed in an unusual way")
    return {member.filename: _member(archive, member) for member in found}


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """As many bytes as it says: `ZipFile.read` would first unpack up to a gibibyte of one that says it is small."""
    with archive.open(member) as file:
        return file.read(member.file_size)
