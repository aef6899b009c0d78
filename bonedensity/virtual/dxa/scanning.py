"""A DXA scan of a body: rays, two energies, bone image, regions, export and truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.labels import LUMBAR_L1_L4, Side, femur_name
from bonedensity.errors import AnatomyError
from bonedensity.geometry import RayGrid, RigidTransform
from bonedensity.virtual.body import Body
from bonedensity.virtual.dxa.beam import log_attenuation, scan_rays
from bonedensity.virtual.dxa.decomposition import bone_image
from bonedensity.virtual.dxa.display import EXPORT_MM, exported_image
from bonedensity.virtual.dxa.hip_regions import HIP_LANDMARKS, hip_regions
from bonedensity.virtual.dxa.region import DxaRegion
from bonedensity.virtual.dxa.regions import spine_regions
from bonedensity.virtual.dxa.systems import DxaSystem
from bonedensity.virtual.dxa.visit import Visit
from bonedensity.virtual.posed import PaintedOnce
from bonedensity.virtual.radiographs.paths import cross_body

Site = Literal["spine", "hip_left", "hip_right"]
"""What is scanned."""

SITES: dict[Site, tuple[int, int]] = {"spine": (780, 716), "hip_left": (600, 680), "hip_right": (600, 680)}
"""Rows and columns of a Lunar export at 0.25 mm."""

FINER = 2
"""Rays along each side of a raw pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class DxaScan:
    """A scan and what is true of it.

    Attributes:
        site: What was scanned.
        system: On which scanner.
        bone: Areal density (g/cm², manufacturer's scale) as measured, (rows, columns) of raw pixels.
        true_bone: The same from the body itself, without noise or error, true scale.
        regions: As measured on `bone`.
        export: 8-bit picture as a Lunar iDXA exports it.
        pixel_mm: (row, column) of `bone`.
        truth: JSON values.
    """

    site: Site
    system: DxaSystem
    bone: NDArray[np.float32]
    true_bone: NDArray[np.float32]
    regions: tuple[DxaRegion, ...]
    export: NDArray[np.uint8]
    pixel_mm: tuple[float, float]
    truth: dict[str, Any]


def scan_dxa(
    once: PaintedOnce,
    body: Body,
    site: Site,
    system: DxaSystem,
    rng: np.random.Generator,
    *,
    repositioned: bool = True,
) -> DxaScan:
    """Scan a person lying on the table.

    Args:
        once: The person's bones, painted in any posture.
        body: In the posture for the site.
        site: Spine or one hip.
        system: Scanner.
        rng: For the visit, noise and margins; as many numbers are drawn whatever the body is.
        repositioned: Whether the visit is one of many: the person lies, the operator places the regions and the scanner
            is calibrated a little otherwise each time (`dxa.visit`).

    Raises:
        AnatomyError: The body lacks the landmarks of the site.
    """
    visit, middle = Visit.drawn(rng, varied=repositioned), site_middle(body, site)
    pose = visit.pose(middle)
    rows, columns = (int(np.ceil(n * EXPORT_MM / p)) for n, p in zip(SITES[site], system.pixel_mm, strict=True))
    rays = scan_rays(middle, float(body.high[1]), (rows, columns), system)
    in_body = rays.moved(pose.inverse().matrix)
    paths = cross_body(once, body, in_body, finer=FINER)
    low, high = log_attenuation(paths.materials, system, rng)
    scale = system.spine_scale if site == "spine" else system.hip_scale
    image = scale * visit.calibration * bone_image(low, high, system)[0]
    true_bone = paths.total_mineral
    landmarks = _landmarks_on(rays, body, pose, system)
    seen = visit.seen(landmarks, region_landmarks(site))
    regions = (
        spine_regions(image, seen, system.pixel_mm)
        if site == "spine"
        else hip_regions(image, seen, system.pixel_mm, _side(site))
    )
    export = exported_image(image, system.pixel_mm, SITES[site], rng, stepped=site == "spine")
    truth = {**_truth(site, system, regions, true_bone, landmarks), "calibration": visit.calibration}
    return DxaScan(site, system, image.astype(np.float32), true_bone, regions, export, system.pixel_mm, truth)


def region_landmarks(site: Site) -> list[str]:
    """Landmarks through which a site's lines are laid."""
    if site == "spine":
        return [f"{name}_centre" for name in ("vertebrae_T12", *LUMBAR_L1_L4, "vertebrae_L5")]
    return [f"{femur_name(_side(site))}_{point}" for point in HIP_LANDMARKS]


def site_middle(body: Body, site: Site) -> NDArray[np.float64]:
    """What the operator centres on (LPS mm): the middle of L1 to L4, or a little lateral of the neck."""
    names = [f"{v}_centre" for v in LUMBAR_L1_L4] if site == "spine" else _hip_points(_side(site))
    if missing := [name for name in names if name not in body.landmarks]:
        raise AnatomyError(f"A DXA of the {site} needs the landmark {missing[0]}, which this virtual body lacks.")
    return np.asarray(np.mean([body.landmarks[name] for name in names], axis=0))


def _hip_points(side: Side) -> list[str]:
    return [f"{femur_name(side)}_{point}" for point in ("head_centre", "neck_centre", "shaft_20mm")]


def _side(site: Site) -> Side:
    return "L" if site == "hip_left" else "R"


def _landmarks_on(rays: RayGrid, body: Body, pose: RigidTransform, system: DxaSystem) -> dict[str, NDArray[np.float64]]:
    """(column, row) in mm of the body's landmarks on the image."""
    return {
        name: _pixel_of(rays, pose.apply(point)) * np.array(system.pixel_mm[::-1])
        for name, point in body.landmarks.items()
    }


def _pixel_of(rays: RayGrid, point: NDArray[np.float64]) -> NDArray[np.float64]:
    """(u, v) of the ray through a point: start and end are affine in the pixel, depth is shared along y."""
    share = (point[1] - rays.start[1, 0]) / (rays.end[1, 0] - rays.start[1, 0])
    plane = rays.start + share * (rays.end - rays.start)
    return np.linalg.solve(plane[[0, 2]][:, 1:], point[[0, 2]] - plane[[0, 2], 0])


def _truth(
    site: Site,
    system: DxaSystem,
    regions: tuple[DxaRegion, ...],
    true_bone: NDArray[np.float32],
    landmarks: dict[str, NDArray[np.float64]],
) -> dict[str, Any]:
    return {
        "synthetic": True,
        "site": site,
        "system": system.name,
        "manufacturer": system.manufacturer,
        "pixel_mm": list(system.pixel_mm),
        "scale": system.spine_scale if site == "spine" else system.hip_scale,
        "regions": {
            region.name: {
                "area_cm2": region.area_cm2,
                "bmc_g": region.bmc_g,
                "abmd_g_cm2": region.abmd,
                "true_abmd_g_cm2": float(true_bone[region.mask].mean()),
                "height_mm": region.height_mm or None,
                "width_mm": region.width_mm if region.height_mm else None,
            }
            for region in regions
        },
        "landmarks_mm": {name: at.tolist() for name, at in landmarks.items()},
    }
