"""The CT series in a folder of DICOM files, found from their headers alone."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from bonedensity.errors import UnreadableFileError
from bonedensity.imaging.dicom_tags import dicom_or_none, integer, name_without_identity, numbers, text, texts
from bonedensity.imaging.files import AnyPath, existing_path
from bonedensity.progress import OnProgress, ShouldStop, never, silent, stop_if_asked

HEADER_TAGS = [
    "Modality", "ImageType", "SeriesInstanceUID", "SeriesDescription", "SOPInstanceUID", "ImagePositionPatient",
    "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns", "NumberOfFrames", "PatientName", "PatientID",
    "PatientBirthDate",
]  # fmt: skip
"""All that is read of each file before one series is chosen."""

MOST_LISTED_SERIES = 3
"""Series that a message names; a folder of a whole hospital stay has dozens."""


@dataclass(frozen=True, slots=True, eq=False)
class CTSlice:
    """Where one slice lies.

    Attributes:
        path: Its file.
        position: LPS mm of the centre of its first pixel.
        row_axis: Unit vector (LPS) along increasing column.
        column_axis: Unit vector (LPS) along increasing row.
        spacing: Distance between rows and between columns (mm).
        shape: (rows, columns).
    """

    path: Path
    position: NDArray[np.float64]
    row_axis: NDArray[np.float64]
    column_axis: NDArray[np.float64]
    spacing: tuple[float, float]
    shape: tuple[int, int]

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit vector (LPS) along which slices follow each other."""
        normal = np.cross(self.row_axis, self.column_axis)
        return normal / np.linalg.norm(normal)


@dataclass(frozen=True, slots=True, eq=False)
class CTSeries:
    """The slices of one series, in the order of their file names.

    Attributes:
        uid: SeriesInstanceUID; may be empty in anonymised files.
        description: SeriesDescription.
        name: Name for messages, without identity.
        slices: At least one.
    """

    uid: str
    description: str
    name: str
    slices: tuple[CTSlice, ...]


def find_ct_series(
    folder: AnyPath, *, on_progress: OnProgress = silent, should_stop: ShouldStop = never
) -> tuple[CTSeries, ...]:
    """All CT series in a folder and its subfolders, the longest first; localizers and other images are left out.

    Raises:
        UnreadableFileError: No folder, or no CT slice in it.
        CancelledError: `should_stop` said so.
    """
    root = existing_path(folder)
    if not root.is_dir():
        raise UnreadableFileError(f"“{root.name}” is a file; choose the folder that holds the series.")
    files = sorted(_files_below(root))
    found: dict[str, list[CTSlice]] = {}
    first: dict[str, Dataset] = {}
    left_out: Counter[str] = Counter()
    for n, path in enumerate(files):
        stop_if_asked(should_stop)
        on_progress(n / len(files), f"Reading headers: {n} of {len(files)} files")
        header = dicom_or_none(path, pixels=False, tags=list(HEADER_TAGS))
        reason = "no DICOM" if header is None else _why_no_ct_slice(header)
        if header is None or reason:
            left_out[reason] += 1
            continue
        uid = text(header, "SeriesInstanceUID")
        first.setdefault(uid, header)
        found.setdefault(uid, []).append(_slice(path, header))
    if not found:
        raise _nothing_found(root, left_out)
    series = [
        CTSeries(
            uid, text(first[uid], "SeriesDescription"), name_without_identity(root, first[uid], "CT"), tuple(slices)
        )
        for uid, slices in found.items()
    ]
    return tuple(sorted(series, key=lambda one: -len(one.slices)))


def chosen_series(series: tuple[CTSeries, ...], folder: Path, series_uid: str | None) -> CTSeries:
    """The series of that UID, or the only one.

    Raises:
        UnreadableFileError: Several and none chosen, or no series of that UID.
    """
    listed = "; ".join(f"{one.uid} ({len(one.slices)} slices)" for one in series[:MOST_LISTED_SERIES])
    if series_uid is not None:
        for one in series:
            if one.uid == series_uid:
                return one
        raise UnreadableFileError(f"“{folder.name}” holds no CT series {series_uid}; it holds {listed}.")
    if len(series) > 1:
        raise UnreadableFileError(
            f"“{folder.name}” holds {len(series)} CT series; choose one with series_uid: {listed}"
            f"{'' if len(series) <= MOST_LISTED_SERIES else '; ...'}."
        )
    return series[0]


def _files_below(root: Path) -> Iterator[Path]:
    """Regular files; linked folders are not entered, so that links cannot lead round in a circle."""
    for folder, _, names in os.walk(root, followlinks=False):
        for name in names:
            path = Path(folder) / name
            if path.is_file():
                yield path


def _why_no_ct_slice(header: Dataset) -> str:
    """Why a file is no slice of a CT; empty when it is one."""
    modality = text(header, "Modality")
    if modality not in ("CT", ""):
        return modality
    if "LOCALIZER" in (part.upper() for part in texts(header, "ImageType")):
        return "localizer"
    if integer(header, "NumberOfFrames", 1) > 1:
        return "multi-frame file"
    if integer(header, "Rows") < 1 or integer(header, "Columns") < 1:
        return "file without image"
    position, axes = numbers(header, "ImagePositionPatient"), numbers(header, "ImageOrientationPatient")
    spacing = numbers(header, "PixelSpacing")
    if (
        len(position) != 3
        or len(axes) != 6
        or len(spacing) != 2
        or min(spacing) <= 0
        or not any(np.cross(axes[:3], axes[3:]))
    ):
        return "image without position, orientation or spacing"
    return ""


def _slice(path: Path, header: Dataset) -> CTSlice:
    axes = np.reshape(numbers(header, "ImageOrientationPatient"), (2, 3))
    axes = axes / np.linalg.norm(axes, axis=1, keepdims=True)
    between_rows, between_columns = numbers(header, "PixelSpacing")
    return CTSlice(
        path=path,
        position=np.array(numbers(header, "ImagePositionPatient")),
        row_axis=axes[0],
        column_axis=axes[1],
        spacing=(between_rows, between_columns),
        shape=(integer(header, "Rows"), integer(header, "Columns")),
    )


def _nothing_found(root: Path, left_out: Counter[str]) -> UnreadableFileError:
    """What the folder holds in place of a CT, or that it holds nothing."""
    reasons = {reason: count for reason, count in left_out.items() if reason != "no DICOM"}
    if not left_out:
        return UnreadableFileError(f"The folder “{root.name}” is empty; choose the folder with the CT's DICOM files.")
    if not reasons:
        return UnreadableFileError(
            f"The folder “{root.name}” holds no DICOM file; choose the one with the CT's slices."
        )
    held = ", ".join(f"{count} x {reason}" for reason, count in sorted(reasons.items()))
    return UnreadableFileError(f"The folder “{root.name}” holds no CT series, only {held}.")
