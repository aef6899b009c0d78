"""A case's bones and regions as its radiograph shows them: projected, and measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.femur import FemurGeometry, fit_femur
from bonedensity.anatomy.labels import LUMBAR_L1_L4, Side, femur_name
from bonedensity.densitometry import Calibration, RegionResult
from bonedensity.densitometry.all_regions import measure_regions
from bonedensity.densitometry.areal import ArealImage, areal_image
from bonedensity.densitometry.spill import with_spill_returned
from bonedensity.drr.projector import measuring_backend
from bonedensity.drr.render import rays_in_patient, render
from bonedensity.errors import AnatomyError
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.geometry.rays import RayGrid
from bonedensity.imaging import LabelMap, Volume
from bonedensity.measurement import Measurement
from bonedensity.registration.scale import ScaleUncertainty
from bonedensity.workflows.inputs import CaseInputs


@dataclass(frozen=True, slots=True, eq=False)
class RegionOnXray:
    """A measured region as the radiograph shows it.

    Attributes:
        result: Its CT densitometry.
        in_view: Its areal density along the radiograph's rays.
    """

    result: RegionResult
    in_view: ArealImage


def bone_projections(
    inputs: CaseInputs, calibration: Calibration, bones: Sequence[str], camera: PinholeCamera, pose: RigidTransform
) -> dict[str, NDArray[np.float32]]:
    """Areal density (g/cm²) of each bone on the X-ray's grid, by the exact renderer."""
    density = calibration.apply(inputs.ct)
    backend = measuring_backend()
    return {
        bone: render(density, camera, pose, labels=inputs.labels, bones=[bone], quantity="density", backend=backend)
        for bone in bones
    }


def measure_all(
    inputs: CaseInputs, calibration: Calibration, camera: PinholeCamera, pose: RigidTransform
) -> tuple[tuple[RegionOnXray, ...], dict[str, str]]:
    """Every region on both sides: what was measured, and why the rest was not."""
    results, refusals = measure_regions(inputs.ct, inputs.labels, calibration, femurs=femurs_of(inputs.labels))
    bones = {femur_name("R"), femur_name("L"), *LUMBAR_L1_L4} & set(inputs.labels.present())
    density = with_spill_returned(calibration.apply(inputs.ct), inputs.labels, sorted(bones))
    rays = rays_in_patient(camera, pose)
    return tuple(_on_xray(result, density, inputs.labels, rays) for result in results), refusals


def _on_xray(result: RegionResult, density: Volume, labels: LabelMap, rays: RayGrid) -> RegionOnXray:
    whole = labels.mask(part.bone for part in result.regions)
    mask = np.any([part.mask for part in result.regions], axis=0)
    edge = result.regions[0].edge_g_cm2
    return RegionOnXray(result, areal_image(density, whole, mask, rays, edge_g_cm2=edge))


def femurs_of(labels: LabelMap) -> dict[Side, FemurGeometry]:
    """Geometry of the femurs whose head is on the scan."""
    found: dict[Side, FemurGeometry] = {}
    sides: tuple[Side, Side] = ("R", "L")
    for side in sides:
        if femur_name(side) in labels.present():
            try:
                found[side] = fit_femur(labels, side)
            except AnatomyError:  # a femur without a head on the scan has no geometry; measuring it says why
                continue
    return found


def in_view(region: RegionOnXray, scale: ScaleUncertainty | None) -> Measurement:
    """Areal density of a region along the radiograph's rays, as surely known as on the CT.

    Args:
        region: Measured on the CT and seen on the radiograph.
        scale: Of the radiograph at the bones' depth; None where it was not estimated.
    """
    result = region.result
    first = result.measurements[0]
    relative = (first.uncertainty or 0.0) / first.value
    value = region.in_view.abmd
    provenance = {
        **first.provenance,
        "projection": "the registered radiograph's rays, own voxels only",
        "source_to_detector": "does not enter: a ray's integral is mass per area across the ray, at any magnification",
        "scale": None if scale is None else scale.to_json(),
    }
    return Measurement(f"aBMD in the X-ray's view, {result.title}", value, "g/cm²", abs(value * relative), provenance)
