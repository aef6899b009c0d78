"""CT densitometry of a region, and the region as a registered radiograph shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bonedensity.imaging import LabelMap, Radiograph, Volume
from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.estimate import density_picture
from bonedensity.jobs.tasks.parameters import ParameterError, Parameters, camera, one_of, points, text, transform

if TYPE_CHECKING:
    from bonedensity.densitometry import Calibration, RegionResult
    from bonedensity.densitometry.regions import Region
    from bonedensity.geometry import RigidTransform


def measure(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """Measurements of one region; with `camera` and `pose` also its areal density on the radiograph,
    and with `radiograph` a picture of that. `own_poses` are those of single bones that moved against the others."""
    from bonedensity.anatomy.femur_edited import edited_femur
    from bonedensity.densitometry import measure as measure_region
    from bonedensity.densitometry.regions import REGIONS
    from bonedensity.densitometry.tscore import DEFAULT_REFERENCE

    context.on_progress(0.1, "Measuring")
    calibration = calibration_of(parameters)
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


def calibration_of(parameters: Parameters) -> Calibration:
    """The parameter “calibration”; the nominal one where it is left out."""
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
    """The region on the radiograph, each of its bones at its pose; nothing where none of them has one."""
    from bonedensity.densitometry.areal import areal_image
    from bonedensity.densitometry.spill import with_spill_returned
    from bonedensity.drr.render import rays_in_patient

    labels, groups = context.load(parameters["labels"], LabelMap), _placed(parameters, context, result)
    if not groups:
        return {}
    ct, seen_by = calibration.apply(context.load(parameters["ct"], Volume)), camera(parameters, "camera", context)
    density = with_spill_returned(ct, labels, [part.bone for part in result.regions])
    images = []
    for pose, parts in groups:
        bone, region = labels.mask([part.bone for part in parts]), np.any([part.mask for part in parts], axis=0)
        edge = result.regions[0].edge_g_cm2
        images.append(areal_image(density, bone, region, rays_in_patient(seen_by, pose), edge_g_cm2=edge))
    covered = np.sum([np.where(image.covered, image.density, np.float32(0)) for image in images], axis=0)
    pixels = sum(int(image.covered.sum()) for image in images)
    drawn = parameters.get("radiograph")
    return {
        "picture": density_picture(context.load(drawn, Radiograph), covered, result.title, context) if drawn else None,
        "in_view": context.exchange.put(covered),
        "in_view_abmd": float(covered.sum(dtype=np.float64)) / pixels if pixels else None,
    }


def _placed(
    parameters: Parameters, context: TaskContext, result: RegionResult
) -> list[tuple[RigidTransform, list[Region]]]:
    """The region's parts by the pose that their bones have: their own, else the one of all."""
    own = parameters.get("own_poses") or {}
    found: dict[str, tuple[RigidTransform, list[Region]]] = {}
    for part in result.regions:
        key = part.bone if part.bone in own else ""
        numbers = own.get(key, parameters.get("pose"))
        if numbers is not None:
            found.setdefault(key, (transform({"pose": numbers}, "pose", context), []))[1].append(part)
    return list(found.values())
