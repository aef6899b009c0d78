"""A first pose from points marked on CT and X-ray."""

from __future__ import annotations

from typing import Any

from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.parameters import ParameterError, Parameters, camera, transform


def start_from_pairs(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """`LandmarkPose.to_json()` of pairs {"name": {"ct": [x, y, z], "xray": [u, v]}}; "pose" is one nearby."""
    from bonedensity.registration.initial import landmark_pairs_from_json, pose_from_landmarks

    if not isinstance(parameters["pairs"], dict):
        raise ParameterError("“pairs” must be an object of named pairs.")
    context.on_progress(0.0, "Fitting the points")
    start = None if parameters.get("pose") is None else transform(parameters, "pose", context)
    pairs = landmark_pairs_from_json(parameters["pairs"])
    return pose_from_landmarks(pairs, camera(parameters, "camera", context), start=start).to_json()
