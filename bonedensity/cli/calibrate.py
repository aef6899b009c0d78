"""`bonedensity calibrate`: HU to density, and whether it is plausible."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bonedensity.cli.console import JsonFlag, answer
from bonedensity.densitometry import Calibration
from bonedensity.densitometry.asynchronous import GENERIC, asynchronous_calibration, scanner_tables
from bonedensity.densitometry.choice import CHOICES, Details, chosen_calibration
from bonedensity.errors import CalibrationError
from bonedensity.imaging.read_ct import read_ct
from bonedensity.imaging.write import write_volume

SCANNER = "scanner"
"""In place of a phantom's name: the table by tube voltage."""


def calibrate(
    ct: Annotated[Path, typer.Argument(help="CT in HU.")],
    phantom: Annotated[
        str,
        typer.Option(help=f"{SCANNER} (table by tube voltage); {CHOICES}."),
    ],
    kvp: Annotated[float | None, typer.Option(help=f"Tube voltage, for {SCANNER}.")] = None,
    scanner: Annotated[str, typer.Option(help=f"Name in the table, for {SCANNER}.")] = GENERIC,
    table: Annotated[Path | None, typer.Option(help=f"Your own table, for {SCANNER}.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the CT in mg/cm³ here.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Draw the rods that were found and their line here.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Turn HU into mg/cm³ by a straight line, and check that line against physics."""
    volume = read_ct(ct)
    if phantom.lower() == SCANNER:
        if kvp is None:
            raise CalibrationError(f"--phantom {SCANNER} needs the tube voltage: add --kvp, such as --kvp 120.")
        used = asynchronous_calibration(kvp, scanner=scanner, tables=scanner_tables(table))
        details: Details = {}
    else:
        used, details = chosen_calibration(volume, phantom, picture=picture)
    density = used.apply(volume)
    if output is not None:
        write_volume(density, output)
    notes = [*volume.notes, *used.doubts, *details.pop("notes", [])]
    values = {**used.to_json(), **details, "notes": notes, "output": None if output is None else str(output)}
    answer(values, as_json, lambda: "\n".join(_lines(used, details, notes)))


def _lines(used: Calibration, details: Details, notes: list[str]) -> list[str]:
    lines = [f"{used.slope:.4f} mg/cm³ per HU, {used.intercept:+.1f} mg/cm³ ({used.material}, {used.source})"]
    for rod in details.get("rods", ()):
        lines.append(
            f"  rod {rod['density_mg_cm3']:g}: {rod['hu']:.1f} HU, off by {rod['residual_mg_cm3']:+.1f} mg/cm³"
        )
    if "effective_kev" in details:
        tissues = ", ".join(f"{name.replace('_', ' ')} {hu:.0f}" for name, hu in details["references_hu"].items())
        lines.append(f"  effective energy {details['effective_kev']:g} keV from {tissues} HU")
    return lines + [f"Note: {note}" for note in notes] if notes else [*lines, "Plausible."]
