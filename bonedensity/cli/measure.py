"""`bonedensity measure`: CT densitometry of one region."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import typer

from bonedensity.anatomy.labels import Side
from bonedensity.cli.console import JsonFlag, answer
from bonedensity.densitometry import Calibration
from bonedensity.densitometry import measure as measure_region
from bonedensity.densitometry.regions import REGIONS, RegionName
from bonedensity.densitometry.tscore import DEFAULT_REFERENCE
from bonedensity.errors import AnatomyError
from bonedensity.workflows.inputs import read_inputs


def measure(
    ct: Annotated[Path, typer.Argument(help="CT in HU.")],
    segmentation: Annotated[Path, typer.Argument(help="Bone labels with TotalSegmentator's values.")],
    region: Annotated[str, typer.Option(help=f"One of {', '.join(REGIONS)}.")],
    side: Annotated[str, typer.Option(help="L or R, for the femur.")] = "R",
    calibration: Annotated[str | None, typer.Option(help="SLOPE,INTERCEPT; default an assumed one, marked.")] = None,
    reference: Annotated[str, typer.Option(help="T-score reference.")] = DEFAULT_REFERENCE,
    as_json: JsonFlag = False,
) -> None:
    """Measure areal and volumetric density of a region, with uncertainty and T-score."""
    if side not in ("L", "R"):
        raise AnatomyError(f"--side {side} is unknown: choose L or R, the patient's side.")
    inputs = read_inputs(ct=ct, segmentation=segmentation)
    used = Calibration.nominal() if calibration is None else Calibration.parse(calibration)
    result = measure_region(
        inputs.ct,
        inputs.labels,
        region=cast(RegionName, region),
        calibration=used,
        side=cast(Side, side),
        reference=reference,
    )
    notes = [*inputs.notes, *used.doubts]
    values = {"region": region, "measurements": [m.to_json() for m in result.measurements], "notes": notes}
    lines = [f"{m.name}: {m}" for m in result.measurements] + [f"Note: {note}" for note in notes]
    answer(values, as_json, lambda: "\n".join(lines))
