"""`bonedensity measure`: CT densitometry of one region."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, cast

import typer

from bonedensity.anatomy.femur import FemurGeometry
from bonedensity.anatomy.femur_edited import edited_femur
from bonedensity.anatomy.labels import LUMBAR_L1_L4, Side, femur_name
from bonedensity.cli.console import JsonFlag, answer
from bonedensity.densitometry import Calibration
from bonedensity.densitometry import measure as measure_region
from bonedensity.densitometry.choice import CHOICES, chosen_calibration
from bonedensity.densitometry.classes import who_class
from bonedensity.densitometry.flags import bone_flags
from bonedensity.densitometry.morphometry import vertebral_morphometry
from bonedensity.densitometry.regions import REGIONS, RegionName
from bonedensity.densitometry.trabecular import trabecular_vbmd
from bonedensity.densitometry.tscore import DEFAULT_REFERENCE
from bonedensity.densitometry.zscore import Sex, z_score
from bonedensity.errors import AnatomyError
from bonedensity.measurement import Measurement
from bonedensity.workflows.inputs import CaseInputs, read_inputs
from bonedensity.workflows.landmark_files import read_landmarks

FEMORAL = ("proximal-femur", "total-hip", "femoral-neck")
TRABECULAR, MORPHOMETRY = "trabecular-L1-L4", "morphometry-L1-L4"
"""Regions of their own kind: density inside the vertebral bodies; width, height and area."""


def measure(
    ct: Annotated[Path, typer.Argument(help="CT in HU.")],
    segmentation: Annotated[Path, typer.Argument(help="Bone labels with TotalSegmentator's values.")],
    region: Annotated[str, typer.Option(help=f"One of {', '.join((*REGIONS, TRABECULAR, MORPHOMETRY))}.")],
    side: Annotated[str, typer.Option(help="L or R, for the femur.")] = "R",
    calibration: Annotated[str | None, typer.Option(help=f"{CHOICES}; default an assumed one, marked.")] = None,
    reference: Annotated[str, typer.Option(help="T-score reference.")] = DEFAULT_REFERENCE,
    landmarks: Annotated[
        Path | None, typer.Option(help="Mended points: JSON of `landmarks --json`, or a .mrk.json of 3D Slicer.")
    ] = None,
    age: Annotated[float | None, typer.Option(help="Years; with --sex a Z-score of L1-L4 is given.")] = None,
    sex: Annotated[str | None, typer.Option(help="F or M, for the Z-score.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Measure areal or volumetric density of a region, or vertebral size, with uncertainty, T-score and doubts."""
    if side not in ("L", "R"):
        raise AnatomyError(f"--side {side} is unknown: choose L or R, the patient's side.")
    if sex not in ("F", "M", None):
        raise AnatomyError(f"--sex {sex} is unknown: choose F or M.")
    inputs = read_inputs(ct=ct, segmentation=segmentation)
    used = Calibration.nominal()
    if calibration is not None:
        used, _ = chosen_calibration(inputs.ct, calibration, labels=inputs.labels)
    femur = None
    if landmarks is not None:
        femur = edited_femur(inputs.labels, cast(Side, side), read_landmarks(landmarks))
    found = _measured(inputs, region, used, cast(Side, side), reference, femur)
    if region == "L1-L4" and age is not None and sex is not None:
        found.append(z_score(found[0], region=region, sex=cast(Sex, sex), age=age))
    bones = [femur_name(cast(Side, side))] if region in FEMORAL else LUMBAR_L1_L4
    notes = [*inputs.notes, *used.doubts, *_doubts(inputs, bones), *_classes(found)]
    if femur is not None and femur.edited:
        notes.append(f"Set by hand: {', '.join(femur.edited)}.")
    values = {"region": region, "measurements": [m.to_json() for m in found], "notes": notes}
    lines = [f"{m.name}: {m}" for m in found] + [f"Note: {note}" for note in notes]
    answer(values, as_json, lambda: "\n".join(lines))


def _measured(
    inputs: CaseInputs,
    region: str,
    calibration: Calibration,
    side: Side,
    reference: str,
    femur: FemurGeometry | None,
) -> list[Measurement]:
    if region == TRABECULAR:
        return trabecular_vbmd(inputs.ct, inputs.labels, calibration)
    if region == MORPHOMETRY:
        return vertebral_morphometry(inputs.labels)
    name = cast(RegionName, region)  # an unknown one is refused with the list of those known
    result = measure_region(
        inputs.ct, inputs.labels, region=name, calibration=calibration, side=side, reference=reference, femur=femur
    )
    return list(result.measurements)


def _doubts(inputs: CaseInputs, bones: Sequence[str]) -> list[str]:
    return [flag.message for flag in bone_flags(inputs.ct, inputs.labels, bones)]


def _classes(found: Sequence[Measurement]) -> list[str]:
    """What a T-score or a trabecular density is called, of bone density that is not DXA's."""
    notes = []
    for measured in found:
        if measured.name.startswith("T-score"):
            notes.append(f"{measured.name}: {who_class(measured.value)} by WHO's borders, which are made for DXA.")
        elif "acr_class" in measured.provenance:
            notes.append(f"{measured.name}: {measured.provenance['acr_class']} by the ACR's borders for spinal QCT.")
    return notes
