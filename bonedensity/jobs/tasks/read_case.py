"""All files of one case, read at once: going through many cases, one waits for one job a case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bonedensity.imaging import Radiograph
from bonedensity.jobs.tasks.bones import prepare_bones
from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.parameters import Parameters, text
from bonedensity.jobs.tasks.reading import read_ct, read_labels, read_radiograph


def read_case(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """CT, bones, X-ray, and where they are given, camera and pose.

    "ct", "xray" and perhaps "labels", "camera" and "pose" are paths. The value has "ct", "labels", "bones" and
    "radiograph" as the single tasks give them, "camera" (a reference or None) and "world_from_ct" (16 numbers or None).
    """
    value: dict[str, Any] = read_ct({"path": parameters["ct"]}, context)
    labels = None
    if text(parameters, "labels"):
        labels = read_labels({"path": parameters["labels"], "ct": value["ct"]}, context)["labels"]
    value |= prepare_bones({"ct": value["ct"], "labels": labels}, context)
    value |= read_radiograph({"path": parameters["xray"]}, context)
    value["camera"] = _camera(text(parameters, "camera"), context.load(value["radiograph"], Radiograph), context)
    value["world_from_ct"] = _pose(text(parameters, "pose"))
    return value


def _camera(path: str, radiograph: Radiograph, context: TaskContext) -> Any:
    from bonedensity.imaging.read_cameras import read_cameras

    if not path:
        return None
    spacing = radiograph.spacing
    pixel = spacing.pair if spacing is not None and spacing.on_detector else None
    found = read_cameras(path, rows=radiograph.rows, columns=radiograph.columns, pixel_spacing_mm=pixel)
    return context.exchange.put(found[0])


def _pose(path: str) -> list[float] | None:
    """`world_from_ct` of a pose file, or of the results of a whole case."""
    import json

    from bonedensity.errors import UnreadableFileError
    from bonedensity.registration.initial import pose_from_json

    if not path:
        return None
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableFileError(f"The pose file “{Path(path).name}” cannot be read as JSON.") from error
    values = values.get("registration", values) if isinstance(values, dict) else {}
    if "world_from_ct" not in values:
        return None
    numbers: list[float] = pose_from_json(values, name=Path(path).name).matrix.ravel().tolist()
    return numbers
