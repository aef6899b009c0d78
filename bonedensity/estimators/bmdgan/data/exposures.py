"""The radiographs that a manifest lists, each with what is known of it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from bonedensity.anatomy.labels import Side
from bonedensity.errors import UnreadableFileError
from bonedensity.imaging.read_table import read_table

Target = Literal["dxa", "qct"]
"""dxa: areal BMD of the total hip (g/cm²). qct: mean density of the proximal femur (mg/cm³)."""

TARGETS: tuple[Target, ...] = ("dxa", "qct")
UNITS: dict[Target, str] = {"dxa": "g/cm²", "qct": "mg/cm³"}

XRAY_COLUMN = re.compile(r"xray_([a-z]+)_([LR])")
DXA_COLUMN = re.compile(r"dxa_hip_(left|right)_([a-z]+)_total_hip_bmd")
TRUTH_ENDINGS = ("mineral", "proximal_femur")
"""Of the names of all bones' and the proximal femur's projections, beside a radiograph."""

SIDES: dict[str, Side] = {"left": "L", "right": "R"}
WORDS: dict[Side, str] = {"L": "left", "R": "right"}


@dataclass(frozen=True, slots=True)
class Exposure:
    """One radiograph of one hip.

    Attributes:
        identifier: Of the person: the same at every visit.
        visit: Number of the visit.
        posture: Such as "standing".
        side: Which hip.
        radiograph: File.
        bones: Areal density of all bones on the same pixels (one grey 1e-4 g/cm²); None where the file is not there.
        proximal: Of the proximal femur alone; likewise.
        dxa: g/cm²; NaN where not measured.
        qct: mg/cm³; NaN where not measured.
        system: DXA scanner, "hologic" or "lunar"; "" without DXA.
        implant: A metal implant stands in for bone.
        arthritis: Grade of osteoarthritis, 0 to 4; -1 where not known.
        hu_slope: Density (mg/cm³) of one HU in the CT that the projections are made from; NaN where not known.
        virtual: Simulated; no real person's.
        doubtful: The registration that its projections come from is.
        areal_factor: What the projections' densities are multiplied by; other than 1 imitates a CT without calibration.
    """

    identifier: str
    visit: int
    posture: str
    side: Side
    radiograph: Path
    bones: Path | None
    proximal: Path | None
    dxa: float
    qct: float
    system: str
    implant: bool = False
    arthritis: int = -1
    hu_slope: float = math.nan
    virtual: bool = False
    doubtful: bool = False
    areal_factor: float = 1.0

    @property
    def hip(self) -> str:
        """Whose images show the same density: person, visit and side."""
        return f"{self.identifier} {self.visit} {self.side}"

    def value(self, target: Target) -> float:
        """Its measured density."""
        return self.dxa if target == "dxa" else self.qct


def read_exposures(manifest: Path, *, doubtful: bool = False) -> list[Exposure]:
    """Every hip radiograph in a manifest, as `bonedensity simulate hip` writes it or a user with the same columns.

    Columns: `identifier`, `visit`; `xray_<posture>_<L|R>`, a path relative to the manifest, with `…_mineral.png` and
    `…_proximal_femur.png` beside the image; `dxa_hip_<left|right>_<system>_total_hip_bmd`; `qct_hip_<left|right>_bmd`,
    for which the `truth` of a virtual person stands in; `registration`, "accepted" or "doubtful"; `implant`, 1 for both
    sides of a person with a hip implant.

    Args:
        manifest: CSV.
        doubtful: Take rows whose registration is doubtful too.

    Raises:
        UnreadableFileError: No such file, or it lists no hip radiograph.
    """
    rows = [row for _, row in read_table(manifest, "manifest")]
    if not doubtful:
        rows = [row for row in rows if row.get("registration", "") != "doubtful"]
    found = [exposure for row in rows for exposure in _of_row(row, manifest.parent)]
    if not found:
        raise UnreadableFileError(
            f"“{manifest}” lists no hip radiograph: it needs columns such as identifier and xray_standing_R, as "
            "`bonedensity simulate hip` writes them."
        )
    return found


def with_truth(exposures: Sequence[Exposure]) -> list[Exposure]:
    """Those that a decomposition can be learnt from: with their projections, and without an implant.

    Raises:
        UnreadableFileError: There is none.
    """
    kept = [each for each in exposures if each.bones is not None and each.proximal is not None and not each.implant]
    if not kept:
        raise UnreadableFileError(
            "No radiograph has its bone projections beside it (…_mineral.png and …_proximal_femur.png, one grey 1e-4 "
            "g/cm²): make them from CTs by `bonedensity prepare`, or simulate a cohort."
        )
    return kept


def _of_row(row: Mapping[str, str], folder: Path) -> list[Exposure]:
    found, truth = [], _truth(row, folder)
    for column, name in row.items():
        match = XRAY_COLUMN.fullmatch(column or "")
        if match and name:
            found.append(_exposure(row, truth, folder / name, match[1], cast(Side, match[2])))
    return found


def _exposure(row: Mapping[str, str], truth: Mapping[str, Any], path: Path, posture: str, side: Side) -> Exposure:
    dxa, system = _dxa(row, side)
    own = truth.get("radiographs", {}).get(f"xray_{posture}_{side}", {})
    measured = _number(row.get(f"qct_hip_{WORDS[side]}_bmd"))
    bones, proximal = (_present(path.with_name(f"{path.stem}_{ending}.png")) for ending in TRUTH_ENDINGS)
    variant = truth.get("body", {}).get("variant", {}).get(f"femur_{WORDS[side]}", {})
    return Exposure(
        row["identifier"],
        int(_number(row.get("visit")) if math.isfinite(_number(row.get("visit"))) else 0),
        posture,
        side,
        path,
        bones,
        proximal,
        dxa,
        measured if math.isfinite(measured) else _number(own.get("proximal_femur_mg_cm3")),
        system,
        implant=bool(variant.get("implant")) or row.get("implant") == "1",
        arthritis=int(variant.get("grade", -1)),
        virtual=truth.get("synthetic") is True,
        doubtful=row.get("registration", "") == "doubtful",
        hu_slope=_number((truth.get("ct") or {}).get("hu_slope")),
    )


def _dxa(row: Mapping[str, str], side: Side) -> tuple[float, str]:
    """The side's total hip; Hologic before Lunar where both were used."""
    found = {}
    for column, text in row.items():
        match = DXA_COLUMN.fullmatch(column or "")
        if match and SIDES[match[1]] == side and math.isfinite(_number(text)):
            found[match[2]] = _number(text)
    system = min(found, default="")
    return found.get(system, math.nan), system


def _truth(row: Mapping[str, str], folder: Path) -> dict[str, Any]:
    """What is true of a virtual person; nothing for real people."""
    try:
        return dict(json.loads((folder / row["truth"]).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _present(path: Path) -> Path | None:
    return path if path.is_file() else None


def _number(text: object) -> float:
    try:
        return float(str(text))
    except ValueError:
        return math.nan
