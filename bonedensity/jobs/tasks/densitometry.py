"""CT densitometry of all regions, with the doubts about each bone."""

from __future__ import annotations

from typing import Any, cast

from bonedensity.imaging import LabelMap, Volume
from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.measure import calibration_of
from bonedensity.jobs.tasks.parameters import Parameters, one_of, points, text


def densitometry(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """All measurements, why the rest could not be made, and what makes them doubtful."""
    from bonedensity.anatomy.femur_edited import edited_femur
    from bonedensity.densitometry.all_regions import measure_all_regions
    from bonedensity.densitometry.tscore import DEFAULT_REFERENCE

    labels, calibration = context.load(parameters["labels"], LabelMap), calibration_of(parameters)
    side = cast(Any, one_of(parameters, "side", ("R", "L")))
    found = measure_all_regions(
        context.load(parameters["ct"], Volume),
        labels,
        calibration,
        reference=text(parameters, "reference", DEFAULT_REFERENCE),
        femurs={side: edited_femur(labels, side, points(parameters, "landmarks"))}
        if parameters.get("landmarks")
        else None,
        on_progress=context.on_progress,
        should_stop=context.should_stop,
    )
    return {
        "measurements": [m.to_json() for m in found.measurements],
        "refusals": dict(found.refusals),
        "flags": [{"kind": flag.kind, "where": flag.where, "message": flag.message} for flag in found.flags],
        "doubts": list(calibration.doubts),
    }
