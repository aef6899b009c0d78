"""Which kind of file lies at a path, by its content and not by its name alone."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Literal

from bonedensity.errors import UnreadableFileError

AnyPath = str | PathLike[str]
"""A path as callers give it."""

FileKind = Literal["dicom", "nifti", "nrrd", "meta", "png", "jpeg", "tiff", "unknown"]
"""What `file_kind` tells apart."""

SUFFIX_KINDS: dict[str, FileKind] = {
    ".nii": "nifti",
    ".nii.gz": "nifti",
    ".nrrd": "nrrd",
    ".seg.nrrd": "nrrd",
    ".nhdr": "nrrd",
    ".mha": "meta",
    ".mhd": "meta",
}
"""Kinds that are known by name: NIfTI behind gzip and MetaImage have no bytes at the front that tell."""

MAGIC_KINDS: tuple[tuple[bytes, FileKind], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
)
"""First bytes of a file and its kind."""

HEAD_BYTES = 132
"""Bytes that tell the kind: DICOM's preamble and mark."""

FIRST_GROUPS = (b"\x02\x00", b"\x08\x00")
"""Groups that a DICOM file without a preamble begins with."""


def existing_path(path: AnyPath) -> Path:
    """The path, once it is sure that something is there.

    Raises:
        UnreadableFileError: Nothing is there, or links lead round in a circle.
    """
    given = Path(path).expanduser()
    try:
        given.stat()
    except FileNotFoundError:
        raise UnreadableFileError(f"“{given}” does not exist; check the path.") from None
    except (OSError, ValueError) as error:  # a circle of links, no permission, a null byte
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableFileError(
            f"“{given}” cannot be opened ({reason}); check the path and its permissions."
        ) from None
    return given


def existing_file(path: AnyPath) -> Path:
    """The path of a file that is there and not empty.

    Raises:
        UnreadableFileError: Nothing there, a folder, or an empty file.
    """
    found = existing_path(path)
    if found.is_dir():
        raise UnreadableFileError(f"“{found}” is a folder; choose one file in it.")
    if not found.is_file():
        raise UnreadableFileError(f"“{found}” is neither a file nor a folder; choose an image file.")
    if found.stat().st_size == 0:
        raise UnreadableFileError(f"“{found.name}” is empty; copy it again from its source.")
    return found


def file_kind(path: Path) -> FileKind:
    """The kind of an existing file."""
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError as error:
        raise UnreadableFileError(f"“{path.name}” cannot be opened ({error.strerror}).") from None
    if is_dicom(head):
        return "dicom"
    for magic, kind in MAGIC_KINDS:
        if head.startswith(magic):
            return kind
    return SUFFIX_KINDS.get(image_suffix(path), "unknown")


def is_dicom(head: bytes) -> bool:
    """Whether 132 first bytes are DICOM's: the mark behind the preamble, or an early tag where old files have none."""
    return head[128:132] == b"DICM" or (head[:2] in FIRST_GROUPS and head[3:4] == b"\x00" and len(head) == HEAD_BYTES)


def image_suffix(path: Path) -> str:
    """The lower-case suffix, with both parts of `.nii.gz` and `.seg.nrrd`."""
    name = path.name.lower()
    double = next((suffix for suffix in (".nii.gz", ".seg.nrrd") if name.endswith(suffix)), None)
    return double or path.suffix.lower()


def image_stem(path: Path) -> str:
    """The file's name without its suffix, as `image_suffix` cuts it."""
    return path.name[: len(path.name) - len(image_suffix(path))] or path.name
