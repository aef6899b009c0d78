"""`bonedensity landmarks`: named points of a proximal femur or of vertebrae."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast

import typer

from bonedensity.anatomy.femur_landmarks import femur_landmarks
from bonedensity.anatomy.labels import Side
from bonedensity.anatomy.vertebra_landmarks import vertebra_landmarks
from bonedensity.cli.console import JsonFlag, answer
from bonedensity.errors import AnatomyError
from bonedensity.workflows.inputs import read_inputs


def landmarks(
    ct: Annotated[Path, typer.Argument(help="CT in HU.")],
    segmentation: Annotated[Path, typer.Argument(help="Bone labels with TotalSegmentator's values.")],
    side: Annotated[str | None, typer.Option(help="L or R: landmarks of that proximal femur.")] = None,
    vertebrae: Annotated[str | None, typer.Option(help="Such as L1 or L1,L2,L3: their end-plate corners.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Find anatomical landmarks by geometry, each with a confidence from 0 to 1; LPS in mm."""
    if side not in ("L", "R", None):
        raise AnatomyError(f"--side {side} is unknown: choose L or R, the patient's side.")
    if side is None and vertebrae is None:
        raise AnatomyError("Say whose landmarks: --side L or R for a femur, or --vertebrae L1,L2 for vertebrae.")
    inputs = read_inputs(ct=ct, segmentation=segmentation)
    values: dict[str, Any] = {"landmarks": {}, "details": {}, "missing": {}}
    if side is not None:
        for part, found in femur_landmarks(inputs.labels, cast(Side, side)).to_json().items():
            values[part] |= found
    for level in [] if vertebrae is None else vertebrae.split(","):
        _add_vertebra(values, level.strip(), vertebra_landmarks(inputs.labels, f"vertebrae_{level.strip()}").to_json())
    answer({**values, "notes": list(inputs.notes)}, as_json, lambda: "\n".join(_lines(values)))


def _add_vertebra(values: dict[str, Any], level: str, found: dict[str, Any]) -> None:
    for part in ("landmarks", "details"):
        values[part] |= {f"{level}_{name}": value for name, value in found[part].items()}
    values.setdefault("heights_mm", {})[level] = found["heights_mm"]


def _lines(values: dict[str, Any]) -> list[str]:
    lines = []
    for name, (x, y, z) in values["landmarks"].items():
        confidence = values["details"][name]["confidence"]
        lines.append(f"{name}: {x:.1f}, {y:.1f}, {z:.1f} mm (confidence {confidence:.2f})")
    for level, heights in values.get("heights_mm", {}).items():
        lines.append(f"{level} heights: " + ", ".join(f"{where} {mm:.1f} mm" for where, mm in heights.items()))
    return lines + [f"Not found: {name}, because {why}." for name, why in values["missing"].items()]
