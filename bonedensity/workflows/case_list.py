"""Cases to go through one after another, from a folder of folders or from a table.

Each case has a CT and an X-ray, and may have bones, a camera and a pose (as `demo` and `register` write them).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bonedensity.errors import UnreadableFileError
from bonedensity.workflows.review import Review, stored_review

IMAGES = (".nii.gz", ".nii", ".nrrd", ".mha", ".mhd", ".dcm", ".tif", ".tiff", ".png")

NAMES: dict[str, tuple[str, ...]] = {
    "ct": ("ct",),
    "labels": ("labels", "segmentation", "bones", "seg"),
    "xray": ("xray", "radiograph", "drr"),
    "camera": ("camera", "cam"),
    "pose": ("pose", "results"),
}
"""What the files of a case are called, without their ending; columns of a table bear the first."""

RESULTS = "results.json"


@dataclass(frozen=True, slots=True)
class CaseFiles:
    """One case.

    Attributes:
        name: Of its folder or table row.
        ct: CT image, or folder of DICOM files.
        xray: X-ray image.
        labels: Bones; None: all dense bone.
        camera: `CAM.json`; None: from the X-ray's tags.
        pose: JSON with `world_from_ct`; None: not registered yet.
        results: Where the review is stored.
    """

    name: str
    ct: Path
    xray: Path
    labels: Path | None
    camera: Path | None
    pose: Path | None
    results: Path


@dataclass(slots=True)
class CaseList:
    """Cases in the order of reading, and what was said of each.

    Attributes:
        cases: In that order.
        reviews: Case name to review.
        at: Number of the case that is open; -1 before the first.
    """

    cases: tuple[CaseFiles, ...]
    reviews: dict[str, Review] = field(default_factory=dict)
    at: int = -1

    @property
    def current(self) -> CaseFiles | None:
        """The case that is open."""
        return self.cases[self.at] if 0 <= self.at < len(self.cases) else None

    @property
    def judged(self) -> int:
        """How many cases have a verdict or a rating."""
        return sum(review.verdict != "" or review.rating is not None for review in self.reviews.values())

    def shuffled(self, seed: int) -> CaseList:
        """The same cases in random order, before the first; the same seed gives the same order."""
        order = np.random.default_rng(seed).permutation(len(self.cases))
        return CaseList(tuple(self.cases[i] for i in order), dict(self.reviews))

    def rows(self) -> list[tuple[str, int, Review]]:
        """Case, place in the order of reading (from 1) and review, of all that were judged."""
        placed = [(case.name, number, self.reviews.get(case.name)) for number, case in enumerate(self.cases, 1)]
        return [(name, number, review) for name, number, review in placed if review is not None and review.given]


def find_cases(path: Path) -> CaseList:
    """The cases of a folder (one folder each) or of a table (CSV), sorted by folder or as in the table.

    Raises:
        UnreadableFileError: No such place, a table without the needed columns, or no case in it.
    """
    cases = _of_table(path) if path.is_file() else _of_folder(path)
    if not cases:
        raise UnreadableFileError(
            f"“{path.name}” holds no case: each needs a folder with ct and xray (such as ct.nii.gz and xray.png), or a "
            "row of a table with the columns ct and xray."
        )
    return CaseList(tuple(cases), {c.name: r for c in cases if (r := stored_review(c.results)) is not None})


def _of_folder(folder: Path) -> list[CaseFiles]:
    if not folder.is_dir():
        raise UnreadableFileError(f"There is no folder “{folder.name}”.")
    inside = sorted(each for each in folder.iterdir() if each.is_dir())
    return [case for each in inside if (case := _case(each.name, each, lambda kind, at=each: _file(at, kind)))]  # type: ignore[misc]


def _of_table(path: Path) -> list[CaseFiles]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError(f"The table “{path.name}” cannot be read as CSV.") from error
    found = []
    for number, row in enumerate(rows, 1):
        case = _case(row.get("case") or f"row {number}", path.parent, _column(row, path.parent))
        if case is None:
            raise UnreadableFileError(f"Row {number} of “{path.name}” names no CT or no X-ray that exists.")
        found.append(case)
    return found


def _case(name: str, folder: Path, find: Callable[[str], Path | None]) -> CaseFiles | None:
    ct, xray = find("ct"), find("xray")
    if ct is None or xray is None:
        return None
    return CaseFiles(name, ct, xray, find("labels"), find("camera"), find("pose"), xray.parent / RESULTS)


def _column(row: Mapping[str, str], folder: Path) -> Callable[[str], Path | None]:
    def find(kind: str) -> Path | None:
        path = folder / row[kind] if row.get(kind) else None
        return path if path is not None and path.exists() else None

    return find


def _file(folder: Path, kind: str) -> Path | None:
    endings: Sequence[str] = (".json",) if kind in ("camera", "pose") else IMAGES
    places = [folder / f"{name}{ending}" for name in NAMES[kind] for ending in endings]
    if kind == "ct":
        places.append(folder / "ct")
    return next((place for place in places if place.exists()), None)
