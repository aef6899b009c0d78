"""The bones' surfaces, to be shown in 3D."""

from __future__ import annotations

from typing import Any

from bonedensity.imaging import LabelMap
from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.parameters import Parameters
from bonedensity.progress import stop_if_asked


def surfaces(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """Of each bone in "labels": "points", "triangles" and "normals" as `imaging.surface.Surface` has them."""
    from bonedensity.imaging.surface import surface_of

    labels = context.load(parameters["labels"], LabelMap)
    bones = []
    for name in labels.present():
        stop_if_asked(context.should_stop)
        surface = surface_of(labels.mask([name]), labels.volume)
        arrays = {part: context.exchange.put(getattr(surface, part)) for part in ("points", "triangles", "normals")}
        bones.append({"name": name, **arrays})
    return {"bones": bones}
