"""Files, read in the worker and handed over through the exchange."""

from __future__ import annotations

from typing import Any

from bonedensity.imaging import Volume
from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.parameters import Parameters, text
from bonedensity.progress import stop_if_asked


def read_ct(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """A CT in HU."""
    from bonedensity.imaging.read_ct import read_ct as read

    volume = read(
        text(parameters, "path"),
        series_uid=text(parameters, "series_uid") or None,
        on_progress=context.on_progress,
        should_stop=context.should_stop,
    )
    stop_if_asked(context.should_stop)
    return {"ct": context.hand_over(volume)}


def read_labels(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """A segmentation on the CT's grid; labels without a name take TotalSegmentator's."""
    from bonedensity.anatomy.bones_from_file import bones_from_file

    labels = bones_from_file(text(parameters, "path"), context.load(parameters["ct"], Volume))
    return {"labels": context.hand_over(labels), "present": labels.present()}


def read_radiograph(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """An X-ray image, bone bright."""
    from bonedensity.imaging.read_radiograph import read_radiograph as read

    radiograph = read(text(parameters, "path"), invert=bool(parameters.get("invert", False)))
    return {"radiograph": context.hand_over(radiograph)}
