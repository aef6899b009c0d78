"""Bone density from a radiograph by any estimator."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from bonedensity.imaging import Radiograph
from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.parameters import ParameterError, Parameters, one_of, text

DEVICES = ("auto", "cuda", "mps", "cpu")


def estimate(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """Measurements or the reasons why there are none, overlays, notes, and the picture of the first areal density."""
    from bonedensity.estimators.registry import estimator_named

    name, folder = text(parameters, "estimator"), text(parameters, "folder")
    metadata = parameters.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise ParameterError("“metadata” must be an object of names and values.")
    estimator = estimator_named(name)
    given = estimator.checked(metadata)
    context.on_progress(0.0, "Loading the model")
    predictor = estimator.load(Path(folder) if folder else None)
    radiograph = context.load(parameters["radiograph"], Radiograph)
    found = predictor.predict(
        radiograph,
        given,
        device=cast(Any, one_of(parameters, "device", DEVICES)),
        on_progress=context.on_progress,
        should_stop=context.should_stop,
    )
    areal = next((overlay for overlay in found.overlays.values() if overlay.unit == "g/cm²"), None)
    return {
        "measurements": [m.to_json() for m in found.measurements],
        "reasons": list(found.reasons),
        "side": found.side,
        "notes": list(found.notes),
        "overlays": {
            key: {"title": overlay.title, "unit": overlay.unit, "image": context.exchange.put(overlay.array)}
            for key, overlay in found.overlays.items()
        },
        "picture": None if areal is None else density_picture(radiograph, areal.array, areal.title, context),
    }


def density_picture(radiograph: Radiograph, density: Any, title: str, context: TaskContext) -> dict[str, Any]:
    """The areal density over the radiograph with its colour bar, (rows, columns, 3)."""
    from bonedensity.densitometry.figures import pixels_of
    from bonedensity.densitometry.map_figure import density_map_figure

    return context.exchange.put(pixels_of(density_map_figure(radiograph.array, density, title)))
