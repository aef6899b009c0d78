"""Calibration from a table of scanners and tube voltages, for a CT without a phantom (asynchronous calibration)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from bonedensity.densitometry.calibration import Calibration
from bonedensity.errors import CalibrationError

GENERIC = "generic"
"""The scanner of the table that is shipped."""

Tables = Mapping[str, Mapping[str, Any]]
"""Scanner's name to its row: material, source and, by tube voltage (kV), slope, intercept and uncertainties."""


def scanner_tables(path: Path | None = None) -> Tables:
    """A site's own table, or the one that is shipped (`data/scanner_calibrations.json` shows the form).

    Raises:
        CalibrationError: The file is not such a table.
    """
    shipped = resources.files("bonedensity.densitometry").joinpath("data/scanner_calibrations.json")
    try:
        text = shipped.read_text("utf-8") if path is None else path.read_text("utf-8")
        tables: Tables = json.loads(text)["scanners"]
        for table in tables.values():
            for row in table["kvp"].values():
                _calibration(row, table, "table")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CalibrationError(
            f"“{path}” is no table of scanner calibrations ({error!r}); it needs “scanners”, and for each “material” "
            "and “kvp” with “slope” and “intercept”."
        ) from error
    return tables


def asynchronous_calibration(kvp: float, *, scanner: str = GENERIC, tables: Tables | None = None) -> Calibration:
    """The tabulated line of a scanner at a tube voltage.

    Args:
        kvp: Tube voltage (kV); between two tabulated ones slope and intercept are interpolated.
        scanner: A name in the table.
        tables: As read by `scanner_tables`; default the shipped one.

    Raises:
        CalibrationError: Unknown scanner, or a voltage outside its table.
    """
    known = scanner_tables() if tables is None else tables
    if scanner not in known:
        raise CalibrationError(f"There is no scanner “{scanner}” in the table; known: {', '.join(known)}.")
    table = known[scanner]
    voltages = sorted(float(v) for v in table["kvp"])
    if not voltages[0] <= kvp <= voltages[-1]:
        raise CalibrationError(
            f"The table of “{scanner}” reaches from {voltages[0]:g} to {voltages[-1]:g} kV; the scan had {kvp:g} kV. "
            "Give SLOPE,INTERCEPT from a phantom scan at that voltage."
        )
    low = max(v for v in voltages if v <= kvp)
    high = min(v for v in voltages if v >= kvp)
    rows = {float(v): row for v, row in table["kvp"].items()}
    share = 0.0 if high == low else (kvp - low) / (high - low)
    mixed = {key: (1 - share) * value + share * rows[high].get(key, value) for key, value in rows[low].items()}
    return _calibration(mixed, table, f"asynchronous, {scanner}, {kvp:g} kV")


def _calibration(row: Mapping[str, Any], table: Mapping[str, Any], source: str) -> Calibration:
    return Calibration.from_json({**row, "material": table["material"], "source": source})
