"""What a worker's registration and measurement become in a session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bonedensity.geometry import RigidTransform
from bonedensity.jobs.exchange import Exchange
from bonedensity.measurement import Measurement
from bonedensity.registration.error import PoseError, pose_error
from bonedensity.registration.uncertainty import AXES
from bonedensity.workflows.session_facts import Outcome
from bonedensity.workflows.session_state import SessionState


def outcome_of(value: dict[str, Any], state: SessionState, initial: RigidTransform) -> Outcome:
    """A registration's JSON, with its error where the truth is known."""
    quality = value["quality"]
    found = RigidTransform(np.array(value["world_from_ct"], dtype=np.float64))
    return Outcome(
        world_from_ct=found,
        centre=np.asarray(value["centre"], dtype=np.float64),
        bones=state.members(state.moving),
        accepted=bool(quality["accepted"]),
        reasons=tuple(quality["reasons"]),
        similarity=float(quality["similarity"]),
        start_similarity=float(quality["start_similarity"]),
        agreement_mm=quality["agreement_mm"],
        seconds=float(value["seconds"]),
        evaluations=int(value["evaluations"]),
        error=_error(found, state),
        start_error=_error(initial, state),
        chance=quality.get("chance"),
        deviations=_deviations(quality.get("uncertainty")),
    )


def measured(value: dict[str, Any], state: SessionState, exchange: Exchange) -> None:
    """Add a region's measurements; those of the same names are replaced."""
    found = [Measurement(**values) for values in value["measurements"]]
    state.in_view = None
    if value.get("in_view") is not None:
        state.in_view = exchange.take(value["in_view"], np.ndarray)
    if value.get("picture") is not None:
        state.maps[value["title"]] = exchange.take(value["picture"], np.ndarray)
    if value.get("in_view_abmd") is not None:
        first = found[0]
        relative = (first.uncertainty or 0.0) / first.value if first.value else 0.0
        number = float(value["in_view_abmd"])
        provenance = {**first.provenance, "projection": "the registered X-ray's rays, own voxels only"}
        name = f"aBMD in the X-ray's view, {value['title']}"
        found.insert(1, Measurement(name, number, "g/cm²", abs(number * relative), provenance))
    state.measurements = merged(state.measurements, found)


def merged(before: Sequence[Measurement], found: Sequence[Measurement]) -> tuple[Measurement, ...]:
    """All measurements; those of the same names are replaced."""
    names = {measurement.name for measurement in found}
    return (*(m for m in before if m.name not in names), *found)


def _deviations(uncertainty: dict[str, Any] | None) -> tuple[float, ...]:
    """Of the six parameters, in their order."""
    if uncertainty is None:
        return ()
    return tuple(float(uncertainty["standard_deviations"][name]["value"]) for name, _ in AXES)


def _error(pose: RigidTransform, state: SessionState) -> PoseError | None:
    if state.truth is None or state.camera is None:
        return None
    points = np.concatenate([bone.points for bone in state.bone_set()])
    return pose_error(pose, state.truth, points, state.camera)
