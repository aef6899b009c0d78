"""A case's numbers as JSON and as a table."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bonedensity import __version__
from bonedensity.geometry import camera_to_json
from bonedensity.workflows.registered_case import RegisteredCase


def case_to_json(case: RegisteredCase) -> dict[str, Any]:
    """Everything measured, as one JSON object."""
    registration: dict[str, Any] = {
        **case.registration.to_json(),
        "bones": list(case.bones),
        "success": case.success,
        "mtre_mm": None if case.end_error is None else case.end_error.in_plane_mm,
        "camera": camera_to_json(case.camera),
        "scale": None if case.scale is None else case.scale.to_json(),
    }
    if case.end_error is not None and case.start_error is not None:
        registration["error"] = {"start": asdict(case.start_error), "end": asdict(case.end_error)}
    return {
        "bonedensity": __version__,
        "use": "research use only",
        "synthetic_ct": case.inputs.synthetic,
        "synthetic_xray": case.truth is not None,
        "registration": registration,
        "calibration": case.calibration.to_json(),
        "measurements": [m.to_json() for m in case.measurements],
        "refusals": dict(case.refusals),
        "notes": list(case.notes),
    }


def write_json(values: dict[str, Any], path: Path) -> None:
    """Write a JSON object, readable."""
    path.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_csv(case: RegisteredCase, path: Path) -> None:
    """Write the measurements, one a row."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "value", "uncertainty", "unit", "calibration", "reference"])
        for m in case.measurements:
            uncertainty = "" if m.uncertainty is None else f"{m.uncertainty:.6g}"
            reference = m.provenance.get("reference", "")
            writer.writerow([m.name, f"{m.value:.6g}", uncertainty, m.unit, case.calibration.source, reference])
