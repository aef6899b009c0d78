"""Bone density of a region of a CT, with uncertainty and T-score."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, binary_erosion

from bonedensity.anatomy.femur import FemurGeometry
from bonedensity.anatomy.labels import Side
from bonedensity.densitometry.areal import ArealImage, parallel_areal_image
from bonedensity.densitometry.calibration import Calibration
from bonedensity.densitometry.checks import check_bone_hu, check_hounsfield, check_labels_fit
from bonedensity.densitometry.close_up import CloseUp, close_up
from bonedensity.densitometry.regions import (
    REGIONS,
    Region,
    RegionName,
    femoral_neck,
    lumbar_spine,
    proximal_femur,
    total_hip,
)
from bonedensity.densitometry.tscore import DEFAULT_REFERENCE, has_reference, t_score
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.measurement import Measurement

BOUNDARY_SHARE = 0.5 / (2 * math.sqrt(3))
"""Half a voxel either way, evenly likely, as a share of the change between one voxel less and one more."""

METAL_HU = 2500.0
"""No bone is this dense."""

METAL_SHARE = 0.001
"""Share of a region's voxels above that from which metal is named."""


@dataclass(frozen=True, slots=True, eq=False)
class RegionResult:
    """What was measured in a region, and the picture it was measured on.

    Attributes:
        name: Region asked for.
        title: As shown to people.
        measurements: aBMD first; then area, mineral content, vBMD and T-score where they exist.
        regions: The parts (one, or a vertebra each).
        images: Areal image of each part, on its own plane.
    """

    name: str
    title: str
    measurements: tuple[Measurement, ...]
    regions: tuple[Region, ...]
    images: tuple[ArealImage, ...]


def measure(
    ct: Volume,
    labels: LabelMap,
    *,
    region: RegionName,
    calibration: Calibration,
    side: Side = "R",
    reference: str = DEFAULT_REFERENCE,
    femur: FemurGeometry | None = None,
) -> RegionResult:
    """Measure a region by parallel projection of its own voxels.

    Args:
        ct: In HU.
        labels: On the CT's grid, TotalSegmentator's names.
        region: Which.
        calibration: HU to mg/cm³.
        side: For the femur.
        reference: T-score reference.
        femur: Its geometry where it is known better than labels tell, such as from edited landmarks.

    Raises:
        AnatomyError: The region is not on the scan, cut off, or holds metal; labels on another grid.
        CalibrationError: The CT is not in HU, or its values are no bone's.
        GeometryError: Voxels that are not finite.
    """
    check_hounsfield(ct)
    check_labels_fit(ct, labels)
    parts = _parts(labels, region, side, femur)
    _refuse_metal(ct, parts)
    density = calibration.apply(ct)
    seen = [close_up(density, labels, part.bone, part.mask) for part in parts]
    images = tuple(_projected(part, one, one.bone, one.region) for part, one in zip(parts, seen, strict=True))
    uncertainty = _uncertainty(parts, seen, images, calibration)
    title = parts[0].title if len(parts) == 1 else region
    provenance: dict[str, object] = {
        "calibration": calibration.to_json(),
        "projection": "parallel, own bone, with the mineral that blur has put beyond it",
        "source_to_detector": "does not enter: the rays are parallel",
        "regions": [p.provenance for p in parts],
    }
    found = _numbers(title, parts, seen, images, uncertainty, provenance)
    if has_reference(region, reference):
        score = t_score(found[0], region=region, reference=reference)
        found.append(replace(score, name=f"T-score, {title}"))  # with its side
    return RegionResult(region, title, tuple(found), tuple(parts), images)


def combined_abmd(images: Sequence[ArealImage]) -> float:
    """Mean areal density of several parts (g/cm²): their mass over their area."""
    covered = sum(int(image.covered.sum()) for image in images)
    return float(sum(float(image.density[image.covered].sum()) for image in images) / covered)


def _parts(labels: LabelMap, region: RegionName, side: Side, femur: FemurGeometry | None) -> list[Region]:
    if region == "femoral-neck":
        return [femoral_neck(labels, side, femur)]
    if region == "proximal-femur":
        return [proximal_femur(labels, side, femur)]
    if region == "total-hip":
        return [total_hip(labels, side, femur)]
    if region == "L1-L4":
        return lumbar_spine(labels)
    raise AnatomyError(f"There is no region “{region}”: choose {', '.join(REGIONS)}.")


def _numbers(
    title: str,
    parts: Sequence[Region],
    seen: Sequence[CloseUp],
    images: Sequence[ArealImage],
    uncertainty: float,
    provenance: dict[str, object],
) -> list[Measurement]:
    vbmd = float(np.concatenate([one.voxels for one in seen]).mean())
    relative = uncertainty / combined_abmd(images)
    area = sum(image.area_cm2 for image in images)
    content = sum(image.bmc_g for image in images)
    found = [
        Measurement(f"aBMD, {title}", combined_abmd(images), "g/cm²", uncertainty, provenance),
        Measurement(f"Area, {title}", area, "cm²", None, provenance),
        Measurement(f"BMC, {title}", content, "g", abs(content * relative), provenance),
        Measurement(f"vBMD, {title}", vbmd, "mg/cm³", abs(vbmd * relative), provenance),
    ]
    if len(parts) > 1:
        found += [
            Measurement(f"aBMD, {p.title}", i.abmd, "g/cm²", None, p.provenance)
            for p, i in zip(parts, images, strict=True)
        ]
    return found


def _uncertainty(
    parts: Sequence[Region], seen: Sequence[CloseUp], images: Sequence[ArealImage], calibration: Calibration
) -> float:
    """Standard uncertainty (g/cm²): calibration line, half a voxel at the outline, what the scan cut off.

    The outline changes the area, not the mass, since what lies beyond it is returned.
    """
    abmd, area = combined_abmd(images), sum(i.area_cm2 for i in images)
    slope = abmd * calibration.slope_uncertainty
    intercept = calibration.intercept_uncertainty / 1000 * sum(one.volume_cm3 for one in seen) / area
    less, more = (
        sum(_area_cm2(part, one, grown) for part, one in zip(parts, seen, strict=True)) for grown in (False, True)
    )
    narrower = 1 / less if less else 2 / area  # bone so thin that nothing is left: half of it may be outline
    outline = abmd * area * (narrower - 1 / more) * BOUNDARY_SHARE
    missing = abmd * max(p.cut_off_share for p in parts)
    return float(math.hypot(slope, intercept, outline, missing))


def _area_cm2(part: Region, one: CloseUp, grown: bool) -> float:
    """Of a region whose outline, not its cuts, lies one of the scan's voxels farther out or in."""
    voxels = max(one.parts)
    if grown:
        bone = binary_dilation(one.bone, iterations=voxels)
        region = one.region | (binary_dilation(one.region, iterations=voxels) & ~one.bone)
    else:
        bone = binary_erosion(one.bone, iterations=voxels)
        region = one.region & bone
    return _projected(part, one, bone, region).area_cm2


def _projected(part: Region, one: CloseUp, bone: NDArray[np.bool_], region: NDArray[np.bool_]) -> ArealImage:
    if not region.any():  # a sliver one voxel thick has nothing left after erosion
        bone, region = one.bone, one.region
    edge = part.edge_g_cm2
    return parallel_areal_image(one.density, bone, region, right=part.right, down=part.down, edge_g_cm2=edge)


def _refuse_metal(ct: Volume, parts: Sequence[Region]) -> None:
    for part in parts:
        hu = np.asarray(ct.array)[part.mask]
        share = float((hu > METAL_HU).mean())
        if share > METAL_SHARE:
            raise AnatomyError(
                f"{part.title} holds metal ({share:.1%} of its voxels above {METAL_HU:.0f} HU), so its density cannot "
                "be measured: choose the other side or another region."
            )
        check_bone_hu(part.title, float(hu.mean()))
