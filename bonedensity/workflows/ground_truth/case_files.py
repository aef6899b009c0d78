"""What a prepared visit leaves in its folder; case.json comes last and says that it is whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bonedensity.anatomy.labels import Side, side_word
from bonedensity.errors import UnreadableFileError, UnwritableFileError
from bonedensity.geometry.camera_json import camera_to_json
from bonedensity.imaging.areal_greys import greys_of_areal
from bonedensity.imaging.write import write_array_image
from bonedensity.whole_file import written_whole
from bonedensity.workflows.ground_truth.cases import ListedCase, ListedXray
from bonedensity.workflows.ground_truth.projections import HipProjections

CASE_FILE, TRUTH = "case.json", "truth.json"
"""Of each case's folder."""

Row = dict[str, str]
"""Of the manifest: one hip on one radiograph."""


def folder_of(folder: Path, case: ListedCase) -> Path:
    """Where a visit's files lie in the data set's folder."""
    return folder / case.identifier / f"visit_{case.visit}"


def keep_truth(case: ListedCase, folder: Path) -> None:
    """What is made of virtual people is called so wherever it goes.

    Args:
        case: Nothing is kept of real people.
        folder: Of the whole data set.

    Raises:
        UnreadableFileError: The person's truth is missing.
        UnwritableFileError: The folder.
    """
    if case.truth is None:
        return
    if not case.truth.is_file():
        raise UnreadableFileError(f"A virtual person's truth, “{case.truth}”, is missing: put it back.")
    place = _made_folder(folder, case)
    try:
        shutil.copyfile(case.truth, place / TRUTH)
    except OSError as error:
        raise UnwritableFileError(f"“{place}” cannot be written: {error.strerror}.") from error


def write_hip(xray: ListedXray, case: ListedCase, density_mg_cm3: float, found: HipProjections, folder: Path) -> Row:
    """Radiograph and projections of one hip as images.

    Args:
        xray: Which.
        case: Whose.
        density_mg_cm3: Of the proximal femur, by QCT.
        found: What is written.
        folder: Of the whole data set.

    Raises:
        UnwritableFileError: The folder.
    """
    place = _made_folder(folder, case)
    path = place / f"{xray.name}.png"
    write_array_image(found.radiograph, path)
    write_array_image(greys_of_areal(found.bones), path.with_name(f"{xray.name}_mineral.png"))
    write_array_image(greys_of_areal(found.proximal[xray.side]), path.with_name(f"{xray.name}_proximal_femur.png"))
    qct = f"qct_hip_{side_word(xray.side)}_bmd"
    truth = {} if case.truth is None else {"truth": (place / TRUTH).relative_to(folder).as_posix()}
    return {
        "identifier": case.identifier,
        "visit": str(case.visit),
        qct: f"{density_mg_cm3:.2f}",
        **case.row,
        **truth,
        xray.name: path.relative_to(folder).as_posix(),
        "registration": "accepted" if found.accepted(xray.side) else "doubtful",
        "reasons": " ".join(found.reasons(xray.side)),
    }


def told(found: HipProjections, side: Side) -> dict[str, Any]:
    """For whoever looks the case up: camera, poses and decision."""
    parts = {"pelvis": found.registration.base, **found.registration.parts}
    return {
        "accepted": found.accepted(side),
        "reasons": list(found.reasons(side)),
        "camera": camera_to_json(found.camera),
        "registrations": {name: part.to_json() for name, part in parts.items()},
    }


def finish(case: ListedCase, folder: Path, values: Mapping[str, Any]) -> None:
    """Write case.json.

    Args:
        case: Which.
        folder: Of the whole data set.
        values: As JSON.

    Raises:
        UnwritableFileError: The folder.
    """
    place = _made_folder(folder, case)
    try:
        with written_whole(place / CASE_FILE) as part:
            part.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise UnwritableFileError(f"“{place}” cannot be written: {error.strerror}.") from error


def _made_folder(folder: Path, case: ListedCase) -> Path:
    place = folder_of(folder, case)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnwritableFileError(f"The folder “{place}” cannot be made: {error.strerror}.") from error
    return place
