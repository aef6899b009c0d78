"""People with a CT and radiographs of their hips, as a table lists them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from bonedensity.anatomy.labels import Side
from bonedensity.errors import UnreadableFileError
from bonedensity.estimators.bmdgan.data.exposures import XRAY_COLUMN
from bonedensity.imaging.read_table import read_table

COLUMNS = "identifier, ct and a radiograph such as xray_standing_R"

OF_FILES = re.compile(r"(ct|labels|density|truth|folder|xray_\w+|camera_\w+)$")
"""Columns that name files of the table's own folder."""


@dataclass(frozen=True, slots=True)
class ListedXray:
    """One radiograph of one hip.

    Attributes:
        posture: Such as "standing".
        side: Which hip is wanted; an image of both may be listed once for each.
        path: Image.
        camera: `CAM.json`; None: from the image's tags.
    """

    posture: str
    side: Side
    path: Path
    camera: Path | None

    @property
    def name(self) -> str:
        """Its column, and its files' names."""
        return f"xray_{self.posture}_{self.side}"


@dataclass(frozen=True, slots=True)
class ListedCase:
    """One visit of one person.

    Attributes:
        identifier: Of the person.
        visit: Number.
        ct: Image or folder.
        labels: Bones; None: the built-in network finds them.
        calibration: As `chosen_calibration` takes it; "" where the row says nothing.
        sdd_mm: Source-to-detector distance where no camera is given; None: the image's own.
        pixel_mm: Of the detector, for images that do not tell; None: the image's own.
        xrays: At least one.
        implant: A metal implant stands in for bone.
        truth: What is known of a virtual person; None for real ones.
        row: What else is said of the person, by column; no files.
    """

    identifier: str
    visit: int
    ct: Path
    labels: Path | None
    calibration: str
    sdd_mm: float | None
    pixel_mm: float | None
    xrays: tuple[ListedXray, ...]
    implant: bool
    truth: Path | None
    row: Mapping[str, str]

    @property
    def sources(self) -> list[Path]:
        """Every file or folder that it is made from."""
        files = [self.ct, self.labels, self.truth, *(path for each in self.xrays for path in (each.path, each.camera))]
        return [path for path in files if path is not None]


def read_cases(table: Path) -> list[ListedCase]:
    """Every row with a CT and a radiograph.

    Columns: `identifier`, `ct`, `xray_<posture>_<L|R>`; where wanted `visit`, `labels`, `calibration`, `sdd_mm`,
    `pixel_mm`, `camera_<posture>_<L|R>`, `implant` (1) and, of virtual people, `truth`, by which what is made of
    them stays known as virtual. Paths are relative to the table. All others go on into the manifest, files excepted.

    Raises:
        UnreadableFileError: No such table, a row's cell that cannot be, or no row with both.
    """
    cases = [case for line, row in read_table(table, "table of cases") if (case := _case(row, table, line))]
    if not cases:
        raise UnreadableFileError(f"“{table}” lists nobody with a CT and a radiograph: it needs the columns {COLUMNS}.")
    visits = Counter((case.identifier, case.visit) for case in cases)
    (who, visit), count = visits.most_common(1)[0]
    if count > 1:
        raise UnreadableFileError(
            f"“{table}” lists “{who}”, visit {visit}, twice: number the visits in a column visit."
        )
    return cases


def _case(row: Mapping[str, str], table: Path, line: int) -> ListedCase | None:
    folder, where = table.parent, f"Line {line} of “{table.name}”"
    xrays = tuple(_xrays(row, folder))
    if not row.get("ct") or not xrays:
        return None
    identifier = (row.get("identifier") or "").strip()
    if not identifier or Path(identifier).name != identifier:
        raise UnreadableFileError(f"{where} needs an identifier that can be a folder's name, not “{identifier}”.")
    visit = _number(row, "visit", where) or 0
    return ListedCase(
        identifier,
        int(visit),
        folder / row["ct"],
        folder / row["labels"] if row.get("labels") else None,
        (row.get("calibration") or "").strip(),
        _number(row, "sdd_mm", where),
        _number(row, "pixel_mm", where),
        xrays,
        (row.get("implant") or "").strip() == "1",
        folder / row["truth"] if row.get("truth") else None,
        {name: text for name, text in row.items() if name and text and not _is_file(name, folder / text)},
    )


def _xrays(row: Mapping[str, str], folder: Path) -> Iterator[ListedXray]:
    for column, name in row.items():
        match = XRAY_COLUMN.fullmatch(column or "")
        if match and name:
            camera = row.get(f"camera_{match[1]}_{match[2]}")
            yield ListedXray(match[1], cast(Side, match[2]), folder / name, folder / camera if camera else None)


def _number(row: Mapping[str, str], column: str, where: str) -> float | None:
    """A cell's number; None of an empty one."""
    text = (row.get(column) or "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise UnreadableFileError(f"{where} has the {column} “{text}”: give a number, or leave it empty.")
    return value


def _is_file(column: str, path: Path) -> bool:
    return bool(OF_FILES.match(column)) or path.exists()
