"""The landmarks of a proximal femur, to be looked at and mended."""

from __future__ import annotations

from typing import Any, cast

from bonedensity.imaging import LabelMap
from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.parameters import Parameters, one_of


def find_landmarks(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """Points (CT LPS mm) by name, how each was found, and why some were not."""
    from bonedensity.anatomy.femur_landmarks import femur_landmarks

    context.on_progress(0.1, "Looking for the femur's landmarks")
    side = one_of(parameters, "side", ("R", "L"))
    return femur_landmarks(context.load(parameters["labels"], LabelMap), cast(Any, side)).to_json()
