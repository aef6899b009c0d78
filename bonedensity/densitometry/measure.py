"""Bone density of a region of a CT, with uncertainty and T-score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bonedensity.anatomy.femur import FemurGeometry
from bonedensity.anatomy.labels import Side
from bonedensity.densitometry.areal import ArealImage, combined_abmd
from bonedensity.densitometry.areal_uncertainty import areal_uncertainty, projected
from bonedensity.densitometry.calibration import Calibration
from bonedensity.densitometry.checks import check_bone_hu, check_hounsfield, check_labels_fit
from bonedensity.densitometry.close_up import CloseUp, close_up
from bonedensity.densitometry.hip_regions import femoral_neck, proximal_femur, total_hip
from bonedensity.densitometry.regions import REGIONS, Region, RegionName
from bonedensity.densitometry.spine_regions import lumbar_spine
from bonedensity.densitometry.tscore import DEFAULT_REFERENCE, has_reference, t_score
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.measurement import Measurement

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
        AnatomyError: The region is not on the scan, cut off, too thin to count, or holds metal; labels on another grid.
        CalibrationError: The CT is not in HU, or its values are no bone's.
        GeometryError: Voxels that are not finite.
    """
    check_hounsfield(ct)
    check_labels_fit(ct, labels)
    parts = _parts(labels, region, side, femur)
    _refuse_metal(ct, parts)
    density = calibration.apply(ct)
    seen = [close_up(density, labels, part.bone, part.mask) for part in parts]
    images = tuple(_counted(part, one) for part, one in zip(parts, seen, strict=True))
    uncertainty = areal_uncertainty(parts, seen, images, calibration)
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


def _counted(part: Region, one: CloseUp) -> ArealImage:
    image = projected(part, one, one.bone, one.region) if one.region.any() else None
    if image is None or not image.covered.any():
        raise AnatomyError(
            f"{part.title} is so thin, or so little dense, that no pixel of its projection counts as bone: check the "
            "segmentation and the calibration."
        )
    return image


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
