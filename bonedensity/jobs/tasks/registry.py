"""The tasks by name. To add one: write its function, then one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bonedensity.jobs.tasks.bones import prepare_bones
from bonedensity.jobs.tasks.calibrate import calibrate
from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.densitometry import densitometry
from bonedensity.jobs.tasks.dicom_export import export_capture, export_segmentation
from bonedensity.jobs.tasks.estimate import estimate
from bonedensity.jobs.tasks.landmarks import find_landmarks
from bonedensity.jobs.tasks.measure import measure
from bonedensity.jobs.tasks.pairs import start_from_pairs
from bonedensity.jobs.tasks.parameters import ParameterError, Parameters
from bonedensity.jobs.tasks.ping import ping
from bonedensity.jobs.tasks.plots import plot_age, plot_agreement
from bonedensity.jobs.tasks.read_case import read_case
from bonedensity.jobs.tasks.reading import read_ct, read_labels, read_radiograph
from bonedensity.jobs.tasks.register import register
from bonedensity.jobs.tasks.render import render, render_each, render_views
from bonedensity.jobs.tasks.segment import segment
from bonedensity.jobs.tasks.spine_answers import spine_abduct, spine_answer, spine_sweep
from bonedensity.jobs.tasks.spine_export import spine_export
from bonedensity.jobs.tasks.spine_model import spine_model
from bonedensity.jobs.tasks.spine_reading import (
    spine_metadata,
    spine_propose,
    spine_read,
    virtual_spine,
    virtual_spine_ct,
)
from bonedensity.jobs.tasks.spine_volume import spine_volume
from bonedensity.jobs.tasks.surfaces import surfaces
from bonedensity.jobs.tasks.virtual_patient import simulate_xray, virtual_patient


@dataclass(frozen=True, slots=True)
class Task:
    """A function, and the names of the parameters that it needs and that it can do without."""

    run: Callable[[Parameters, TaskContext], dict[str, Any]]
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


TASKS = {
    "ping": Task(ping, takes=("echo",)),
    "read_ct": Task(read_ct, needs=("path",), takes=("series_uid",)),
    "read_labels": Task(read_labels, needs=("path", "ct")),
    "prepare_bones": Task(prepare_bones, needs=("ct",), takes=("labels",)),
    "read_case": Task(read_case, needs=("ct", "xray"), takes=("labels", "camera", "pose")),
    "read_radiograph": Task(read_radiograph, needs=("path",), takes=("invert",)),
    "virtual_patient": Task(virtual_patient, needs=("seed",), takes=("spacing_mm",)),
    "simulate_xray": Task(simulate_xray, needs=("ct", "camera", "pose"), takes=("seed", "settings")),
    "render": Task(render, needs=("ct", "camera", "pose"), takes=("labels", "bones", "others", "quantity", "backend")),
    "calibrate": Task(calibrate, needs=("ct", "method"), takes=("labels", "kvp", "scanner", "table")),
    "segment": Task(segment, needs=("ct", "engine"), takes=("path", "device", "samples")),
    "densitometry": Task(densitometry, needs=("ct", "labels"), takes=("side", "calibration", "reference", "landmarks")),
    "estimate": Task(estimate, needs=("radiograph", "estimator"), takes=("folder", "metadata", "device")),
    "render_views": Task(
        render_views, needs=("ct", "cameras", "pose"), takes=("labels", "bones", "others", "quantity", "backend")
    ),
    "render_each": Task(render_each, needs=("ct", "camera", "poses", "bones"), takes=("labels",)),
    "surfaces": Task(surfaces, needs=("labels",)),
    "start_from_pairs": Task(start_from_pairs, needs=("camera", "pairs"), takes=("pose",)),
    "plot_age": Task(plot_age, needs=("measurement", "region", "sex", "age")),
    "plot_agreement": Task(plot_agreement, needs=("path", "reference", "estimate"), takes=("unit",)),
    "export_segmentation": Task(export_segmentation, needs=("ct", "labels", "path"), takes=("files", "engine")),
    "export_capture": Task(export_capture, needs=("picture", "path"), takes=("files", "description")),
    "landmarks": Task(find_landmarks, needs=("labels",), takes=("side",)),
    "measure": Task(
        measure,
        needs=("ct", "labels", "region"),
        takes=("side", "calibration", "reference", "landmarks", "camera", "pose", "own_poses", "radiograph"),
    ),
    "register": Task(
        register,
        needs=("ct", "views", "initial"),
        takes=("labels", "bones", "others", "moving", "settled", "seed", "levels", "preview"),
    ),
    "spine_model": Task(spine_model, takes=("model",)),
    "spine_read": Task(spine_read, needs=("path",), takes=("graph",)),
    "spine_propose": Task(spine_propose, needs=("image",), takes=("name", "pixel_mm")),
    "spine_metadata": Task(spine_metadata, needs=("path",), takes=("graph", "row")),
    "virtual_spine": Task(virtual_spine, needs=("seed",)),
    "virtual_spine_ct": Task(virtual_spine_ct, needs=("seed",)),
    "spine_abduct": Task(spine_abduct, needs=("person",)),
    "spine_answer": Task(spine_answer, needs=("person", "do"), takes=("full", "outline", "samples")),
    "spine_sweep": Task(spine_sweep, needs=("person", "name", "values"), takes=("also", "outline")),
    "spine_export": Task(
        spine_export,
        needs=("person", "do", "folder"),
        takes=("name", "sweep", "outline", "samples", "ffmpeg"),
    ),
    "spine_volume": Task(spine_volume, needs=("ct", "labels", "before", "after")),
}
"""Every task of the worker."""


def run_task(name: str, parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """Run a task.

    Raises:
        ParameterError: No such task, or a parameter that is missing, unknown or of the wrong kind.
        BoneDensityError: Whatever else the user can mend.
    """
    task = TASKS.get(name)
    if task is None:
        raise ParameterError(f"There is no task “{name}”; there are {', '.join(TASKS)}.")
    missing = [f"“{needed}”" for needed in task.needs if parameters.get(needed) is None]
    if missing:
        raise ParameterError(f"The task “{name}” lacks the parameter {', '.join(missing)}.")
    unknown = [f"“{given}”" for given in parameters if given not in (*task.needs, *task.takes)]
    if unknown:
        known = ", ".join((*task.needs, *task.takes))
        raise ParameterError(f"The task “{name}” takes no parameter {', '.join(unknown)}; it takes {known}.")
    try:
        return task.run(parameters, context)
    except ParameterError as error:
        raise ParameterError(f"Task “{name}”: {error}") from error
