"""CT densitometry of a region, and the region as a registered radiograph shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bonedensity.imaging import LabelMap, Volume
from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.parameters import ParameterError, Parameters, camera, one_of, points, text, transform

if TYPE_CHECKING:
    from bonedensity.densitometry import Calibration, RegionResult


def measure(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """Measurements of one region; with `camera` and `pose` also its areal density on the radiograph."""
    from bonedensity.anatomy.femur_edited import edited_femur
    from bonedensity.densitometry import measure as measure_region
    from bonedensity.densitometry.regions import REGIONS
    from bonedensity.densitometry.tscore import DEFAULT_REFERENCE

    context.on_progress(0.1, "Measuring")
    calibration = _calibration(parameters)
    labels, region = context.load(parameters["labels"], LabelMap), one_of(parameters, "region", REGIONS)
    side = cast(Any, one_of(parameters, "side", ("R", "L")))
    result = measure_region(
        context.load(parameters["ct"], Volume),
        labels,
        region=cast(Any, region),
        calibration=calibration,
        side=side,
        reference=text(parameters, "reference", DEFAULT_REFERENCE),
        femur=edited_femur(labels, side, points(parameters, "landmarks")) if parameters.get("landmarks") else None,
    )
    value: dict[str, Any] = {
        "title": result.title,
        "measurements": [m.to_json() for m in result.measurements],
        "doubts": list(calibration.doubts),
    }
    if parameters.get("camera") is not None:
        value |= _in_view(parameters, context, calibration, result)
    return value


def _calibration(parameters: Parameters) -> Calibration:
    from bonedensity.densitometry import Calibration

    values = parameters.get("calibration")
    if values is None:
        return Calibration.nominal()
    try:
        return Calibration.from_json(values)
    except (KeyError, TypeError, ValueError) as error:
        raise ParameterError("“calibration” needs slope and intercept.") from error


def _in_view(
    parameters: Parameters, context: TaskContext, calibration: Calibration, result: RegionResult
) -> dict[str, Any]:
    from bonedensity.densitometry.areal import areal_image
    from bonedensity.drr.render import rays_in_patient

    density = calibration.apply(context.load(parameters["ct"], Volume))
    labels = context.load(parameters["labels"], LabelMap)
    rays = rays_in_patient(camera(parameters, "camera", context), transform(parameters, "pose", context))
    bone = labels.mask(part.bone for part in result.regions)
    region = np.any([part.mask for part in result.regions], axis=0)
    image = areal_image(density, bone, region, rays, edge_g_cm2=result.regions[0].edge_g_cm2)
    covered = np.where(image.covered, image.density, np.float32(0))
    return {
        "in_view": context.exchange.put(covered),
        "in_view_abmd": image.abmd if image.covered.any() else None,
    }
