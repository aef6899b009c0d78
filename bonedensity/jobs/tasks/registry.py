"""The tasks by name. To add one: write its function, then one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bonedensity.jobs.tasks.bones import prepare_bones
from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.landmarks import find_landmarks
from bonedensity.jobs.tasks.measure import measure
from bonedensity.jobs.tasks.parameters import ParameterError, Parameters
from bonedensity.jobs.tasks.ping import ping
from bonedensity.jobs.tasks.reading import read_ct, read_labels, read_radiograph
from bonedensity.jobs.tasks.register import register
from bonedensity.jobs.tasks.render import render
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
    "read_radiograph": Task(read_radiograph, needs=("path",), takes=("invert",)),
    "virtual_patient": Task(virtual_patient, needs=("seed",), takes=("spacing_mm",)),
    "simulate_xray": Task(simulate_xray, needs=("ct", "camera", "pose"), takes=("seed", "settings")),
    "render": Task(render, needs=("ct", "camera", "pose"), takes=("labels", "bones", "quantity", "backend")),
    "landmarks": Task(find_landmarks, needs=("labels",), takes=("side",)),
    "measure": Task(
        measure,
        needs=("ct", "labels", "region"),
        takes=("side", "calibration", "reference", "landmarks", "camera", "pose"),
    ),
    "register": Task(register, needs=("ct", "views", "initial"), takes=("labels", "bones", "seed", "levels")),
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
