"""HU to density: by a phantom, by the patient's own tissues, or by a scanner's table, with a picture of the fit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonedensity.imaging import LabelMap, Volume
from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.parameters import Parameters, number, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INTERNAL, SCANNER = "internal", "scanner"
"""In place of a phantom's name: the patient's tissues; the table by tube voltage."""

DEFAULT_KVP = 120.0

PANEL_IN = 7.5
"""Width of a picture that a panel shows; in a narrower one text is larger beside the picture."""


def calibrate(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """The calibration, what it rests on as JSON, notes, and the picture (rows, columns, 3) where there is one."""
    method = text(parameters, "method")
    ct = context.load(parameters["ct"], Volume)
    if method == SCANNER:
        return _by_table(parameters)
    if method == INTERNAL:
        return _internally(ct, parameters, context)
    return _by_phantom(ct, method, context)


def _by_table(parameters: Parameters) -> dict[str, Any]:
    from bonedensity.densitometry.asynchronous import GENERIC, asynchronous_calibration, scanner_tables

    own = text(parameters, "table")
    used = asynchronous_calibration(
        number(parameters, "kvp", DEFAULT_KVP),
        scanner=text(parameters, "scanner", GENERIC),
        tables=scanner_tables(Path(own) if own else None),
    )
    return {"calibration": used.to_json(), "details": {}, "notes": [], "picture": None}


def _internally(ct: Volume, parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    from bonedensity.densitometry.internal import calibrate_internally
    from bonedensity.densitometry.internal.picture import internal_figure

    context.on_progress(0.1, "Measuring air, fat, muscle and compact bone")
    labels = parameters.get("labels")
    found = calibrate_internally(ct, None if labels is None else context.load(labels, LabelMap))
    details = found.to_json()
    notes = details.pop("notes")
    picture = _picture(internal_figure(found, width_in=PANEL_IN), context)
    return {"calibration": found.calibration.to_json(), "details": details, "notes": notes, "picture": picture}


def _by_phantom(ct: Volume, name: str, context: TaskContext) -> dict[str, Any]:
    from bonedensity.densitometry.phantoms import calibrate_by_phantom, phantom_named
    from bonedensity.densitometry.phantoms.picture import phantom_figure

    phantom = phantom_named(name)
    context.on_progress(0.1, f"Looking for the rods of {phantom.title}")
    found = calibrate_by_phantom(ct, phantom)
    context.on_progress(0.9, "Drawing the rods")
    picture = _picture(phantom_figure(ct, found, width_in=PANEL_IN), context)
    return {"calibration": found.calibration.to_json(), "details": found.to_json(), "notes": [], "picture": picture}


def _picture(figure: Figure, context: TaskContext) -> dict[str, Any]:
    from bonedensity.densitometry.figures import pixels_of

    return context.exchange.put(pixels_of(figure))
