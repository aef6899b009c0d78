"""Plain parameters of a task, checked: a wrong one is named in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bonedensity.errors import BoneDensityError
from bonedensity.geometry import PinholeCamera, RigidTransform, camera_from_json
from bonedensity.jobs.tasks.context import TaskContext

Parameters = Mapping[str, Any]
"""A request's parameters, as they came over the line."""


class ParameterError(BoneDensityError):
    """A parameter that is missing, unknown, or of the wrong kind."""


def text(parameters: Parameters, name: str, default: str = "") -> str:
    """A parameter that is text."""
    value = parameters.get(name, default)
    if not isinstance(value, str):
        raise ParameterError(f"“{name}” must be text.")
    return value


def whole_number(parameters: Parameters, name: str, default: int = 0) -> int:
    """A parameter that is a whole number."""
    value = parameters.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ParameterError(f"“{name}” must be a whole number.")
    return value


def number(parameters: Parameters, name: str, default: float) -> float:
    """A parameter that is a number."""
    value = parameters.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ParameterError(f"“{name}” must be a number.")
    return float(value)


def one_of(parameters: Parameters, name: str, choices: tuple[str, ...]) -> str:
    """A parameter that is one of some words; the first by default."""
    value = parameters.get(name, choices[0])
    if value not in choices:
        raise ParameterError(f"“{name}” must be one of {', '.join(choices)}.")
    return str(value)


def texts(parameters: Parameters, name: str) -> list[str] | None:
    """A parameter that is a list of texts, or left out."""
    value = parameters.get(name)
    if value is not None and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
        raise ParameterError(f"“{name}” must be a list of texts.")
    return value


def points(parameters: Parameters, name: str) -> dict[str, list[float]]:
    """A parameter that names points of three numbers each."""
    value = parameters.get(name, {})
    if not (isinstance(value, dict) and all(_is_point(point) for point in value.values())):
        raise ParameterError(f"“{name}” must name points of three numbers.")
    return value


def _is_point(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 3 and all(isinstance(x, int | float) for x in value)


def objects(parameters: Parameters, name: str) -> list[dict[str, Any]]:
    """A parameter that is a list of JSON objects."""
    value = parameters.get(name, [])
    if not (isinstance(value, list) and all(isinstance(item, dict) for item in value)):
        raise ParameterError(f"“{name}” must be a list of objects.")
    return value


def transform(parameters: Parameters, name: str, context: TaskContext) -> RigidTransform:
    """A pose: a reference, or its 16 numbers row by row."""
    value = parameters[name]
    if not isinstance(value, list):
        return context.exchange.get(value, RigidTransform)
    try:
        return RigidTransform([float(item) for item in value])  # type: ignore[arg-type]  # it makes the array
    except (TypeError, ValueError) as error:
        raise ParameterError(f"“{name}” must be 16 numbers, row by row.") from error


def camera(parameters: Parameters, name: str, context: TaskContext) -> PinholeCamera:
    """A camera: a reference, or the object that `CAM.json` holds."""
    value = parameters[name]
    if isinstance(value, dict) and "kind" not in value:
        return camera_from_json(value)
    return context.exchange.get(value, PinholeCamera)
