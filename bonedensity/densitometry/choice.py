"""The word that names a calibration, in a table or on the command line, turned into one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bonedensity.densitometry import Calibration
from bonedensity.densitometry.internal import calibrate_internally
from bonedensity.densitometry.phantoms import calibrate_by_phantom, phantoms
from bonedensity.densitometry.phantoms.picture import save_phantom_picture
from bonedensity.imaging import LabelMap, Volume

INTERNAL = "internal"
"""In place of a phantom's name: the patient's own tissues."""

CHOICES = f"{', '.join(phantoms())}; {INTERNAL} (the patient's tissues); or SLOPE,INTERCEPT (mg/cm³ per HU, mg/cm³)"

Details = dict[str, Any]


def chosen_calibration(
    volume: Volume, choice: str, *, labels: LabelMap | None = None, picture: Path | None = None
) -> tuple[Calibration, Details]:
    """The calibration, and what it rests on as JSON values.

    Args:
        volume: CT in HU.
        choice: A phantom's name, "internal", or SLOPE,INTERCEPT.
        labels: On the CT's grid; vessels serve the internal calibration.
        picture: Where to draw a phantom's rods.

    Raises:
        CalibrationError: None of these, or what it names is not on the scan.
    """
    if choice.lower() == INTERNAL:
        internal = calibrate_internally(volume, labels)
        return internal.calibration, internal.to_json()
    if "," in choice:
        return Calibration.parse(choice), {}
    found = calibrate_by_phantom(volume, choice)
    if picture is not None:
        save_phantom_picture(picture, volume, found)
    return found.calibration, found.to_json()
