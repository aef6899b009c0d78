"""DICOM headers: opening a file, and values that may be missing, empty or nonsense."""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.errors import InvalidDicomError
from pydicom.multival import MultiValue
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from bonedensity.errors import UnreadableFileError
from bonedensity.imaging.files import HEAD_BYTES, image_stem, is_dicom
from bonedensity.imaging.quiet import quiet_libraries

BROKEN_DICOM = (
    InvalidDicomError, OSError, EOFError, ValueError, TypeError, KeyError, AttributeError, NotImplementedError,
    struct.error, zlib.error,
)  # fmt: skip
"""What pydicom raises on damaged files; its own error family covers the missing preamble alone."""

BROKEN_VALUE = (ValueError, TypeError, KeyError, AttributeError, NotImplementedError, OverflowError, struct.error)
"""What pydicom raises when a value is converted at its first use."""

SHORTEST_NAME_PART = 3
"""Letters from which a part of a patient's name or number is looked for in a file's name."""


def read_dicom(path: Path, *, pixels: bool = True) -> FileDataset:
    """The data set of a DICOM file.

    Raises:
        UnreadableFileError: Not DICOM, or damaged.
    """
    dataset = dicom_or_none(path, pixels=pixels)
    if dataset is None:
        raise UnreadableFileError(f"“{path.name}” is damaged or not DICOM; export it again.")
    return dataset


def dicom_or_none(path: Path, *, pixels: bool = True, tags: list[str] | None = None) -> FileDataset | None:
    """The data set of a file, all of it or the named tags; None when it is damaged or not DICOM.

    Old files without preamble are read too; whether a file is DICOM at all is known by `is_dicom`, since pydicom,
    once forced, takes any bytes for it.
    """
    with quiet_libraries():
        try:
            with path.open("rb") as stream:
                if not is_dicom(stream.read(HEAD_BYTES)):
                    return None
            dataset = dcmread(path, stop_before_pixels=not pixels, specific_tags=tags, force=True)
        except BROKEN_DICOM:
            return None
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit, _ = dataset.original_encoding
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    return dataset


def numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """All finite numbers of an element; empty when it is missing, empty or not numeric."""
    with quiet_libraries():
        try:
            value = dataset.get(keyword)
            if value is None or value == "":
                return ()
            found = tuple(float(item) for item in _items(value))
        except BROKEN_VALUE:
            return ()
    return found if np.isfinite(found).all() else ()


def number(dataset: Dataset, keyword: str) -> float | None:
    """The first number of an element, or None."""
    return next(iter(numbers(dataset, keyword)), None)


def integer(dataset: Dataset, keyword: str, default: int = 0) -> int:
    """The first number of an element as an integer."""
    value = number(dataset, keyword)
    return default if value is None else int(value)


def text(dataset: Dataset, keyword: str) -> str:
    """An element as stripped text; empty when missing or damaged."""
    return (texts(dataset, keyword) or ("",))[0]


def texts(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """All values of an element as stripped texts."""
    with quiet_libraries():
        try:
            value = dataset.get(keyword)
            if value is None:
                return ()
            return tuple(str(item).strip() for item in _items(value))
        except BROKEN_VALUE:
            return ()


def _items(value: Any) -> list[Any]:
    """The values of an element: one, or several; a person's name is one although it can be iterated."""
    return list(value) if isinstance(value, (MultiValue, list, tuple)) else [value]


def name_without_identity(path: Path, dataset: Dataset, kind: str) -> str:
    """A short name for messages and reports: the file's own, unless the patient's name or number is in it."""
    stem = image_stem(path) if path.is_file() else path.name
    identity = f"{text(dataset, 'PatientName')} {text(dataset, 'PatientID')} {text(dataset, 'PatientBirthDate')}"
    parts = [part for part in re.split(r"[\W_]+", identity.lower()) if len(part) >= SHORTEST_NAME_PART]
    if any(part in stem.lower() for part in parts):
        return f"{kind} {hashlib.sha256(stem.encode()).hexdigest()[:6]}"
    return stem
