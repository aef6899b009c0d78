"""`bonedensity calibrate`: HU to density, and whether it is plausible."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bonedensity.cli.console import JsonFlag, answer
from bonedensity.densitometry import Calibration
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.write import write_volume


def calibrate(
    ct: Annotated[Path, typer.Argument(help="CT in HU.")],
    phantom: Annotated[str, typer.Option(help="SLOPE,INTERCEPT of the phantom's line (mg/cm³ per HU, mg/cm³).")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the CT in mg/cm³ here.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Turn HU into mg/cm³ by a straight line, and check that line against physics."""
    calibration = Calibration.parse(phantom)
    density = calibration.apply(read_ct(ct))
    if output is not None:
        write_volume(density, output)
    values = {**calibration.to_json(), "residual_mg_cm3": None, "output": None if output is None else str(output)}

    def text() -> str:
        line = f"{calibration.slope:.4f} mg/cm³ per HU, {calibration.intercept:+.1f} mg/cm³ ({calibration.material})"
        return "\n".join([line, *(calibration.doubts or ("Plausible.",))])

    answer(values, as_json, text)
