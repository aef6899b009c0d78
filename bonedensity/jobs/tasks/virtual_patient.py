"""A virtual patient and simulated X-rays, for teaching, examples and tests."""

from __future__ import annotations

from typing import Any

from bonedensity.imaging import Volume
from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.parameters import ParameterError, Parameters, camera, number, transform, whole_number


def virtual_patient(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """CT, bones, true density, landmarks (LPS mm) and truth of a virtual hip patient."""
    from bonedensity.virtual.hip import make_hip_patient

    context.on_progress(0.0, "Making the virtual patient")
    patient = make_hip_patient(
        whole_number(parameters, "seed"), spacing_mm=number(parameters, "spacing_mm", default=2.0)
    )
    return {
        "ct": context.hand_over(patient.ct),
        "labels": context.hand_over(patient.labels),
        "density": context.exchange.put(patient.density),
        "landmarks": {name: point.tolist() for name, point in patient.landmarks.items()},
        "truth": patient.truth,
    }


def simulate_xray(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """A radiograph of a CT at a known pose."""
    from bonedensity.drr.xray import XraySettings, simulate_radiograph

    try:
        settings = XraySettings(**(parameters.get("settings") or {}))
    except TypeError as error:
        raise ParameterError("“settings” must hold fields of XraySettings (kvp, photons_per_mm2 …).") from error
    ct = context.load(parameters["ct"], Volume)
    context.on_progress(0.1, "Simulating the X-ray")
    radiograph = simulate_radiograph(
        ct,
        camera(parameters, "camera", context),
        transform(parameters, "pose", context),
        settings=settings,
        seed=whole_number(parameters, "seed"),
    )
    return {"radiograph": context.hand_over(radiograph)}
