"""What is true of a virtual bone: painted alone on a fine grid, in the regions that its own numbers give."""

from __future__ import annotations

from dataclasses import dataclass
from math import gamma

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.femur import FemurGeometry
from bonedensity.anatomy.labels import Side
from bonedensity.anatomy.vertebra import fit_vertebra
from bonedensity.densitometry.areal import ArealImage, parallel_areal_image
from bonedensity.densitometry.close_up import close_up
from bonedensity.densitometry.hip_regions import femoral_neck, proximal_femur, total_hip
from bonedensity.densitometry.regions import Region
from bonedensity.densitometry.trabecular import trabecular_region
from bonedensity.geometry import RigidTransform
from bonedensity.imaging import Volume
from bonedensity.virtual.body import Body
from bonedensity.virtual.hip.femur import FemurShape
from bonedensity.virtual.painted import CRYSTAL_MG_CM3, PaintedBones, covering_lattice, paint_bones
from bonedensity.virtual.posed import outer_solid
from bonedensity.virtual.scan.energy import soft_hu_at, true_slope

FINE_MM = 0.8
NECK_EXPONENT = 2.2
"""Of the superellipse that is the virtual neck's section."""

REGIONS = {"femoral-neck": femoral_neck, "proximal-femur": proximal_femur, "total-hip": total_hip}
BELOW_LESSER_MM = 45.0


@dataclass(frozen=True)
class Fine:
    """One bone alone.

    Attributes:
        bones: Painted.
        mineral: mg/cm³ CHA.
        seen: What an ideal CT of one energy reads: mineral, and marrow that is not water (mg/cm³).
    """

    bones: PaintedBones
    mineral: Volume
    seen: Volume


def fine_bone(body: Body, name: str, kev: float, lowest_mm: float | None = None) -> Fine:
    """A bone of a body.

    Args:
        body: In its posture.
        name: Of the bone.
        kev: Effective energy of the scan.
        lowest_mm: Nothing below (LPS z) is painted.
    """
    outer = outer_solid({bone.name: bone for bone in body.bones}[name])
    low = outer.low - 3.0
    low[2] = low[2] if lowest_mm is None else max(low[2], lowest_mm)
    lattice = covering_lattice(low, outer.high + 3.0, FINE_MM)
    bones = paint_bones(body, lattice, only=[name])
    mineral = np.asarray(bones.mineral.array)
    soft = soft_hu_at(body.paint_soft_tissue(lattice), kev) * (1 - mineral / np.float32(CRYSTAL_MG_CM3))
    seen = mineral + np.float32(true_slope(kev)) * bones.share * soft
    return Fine(bones, bones.mineral, bones.mineral.with_array(seen))


def true_femur(shape: FemurShape, move: RigidTransform, side: Side, own_mm: float) -> FemurGeometry:
    """A femur's axes from its numbers.

    Args:
        shape: As a left femur.
        move: World from the straight femur of that side.
        side: The patient's.
        own_mm: How far it is painted below the lesser trochanter.
    """
    flip = np.array([1.0 if side == "L" else -1.0, 1.0, 1.0])

    def world(point: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(move.apply(flip * point))

    head, neck = world(shape.head_centre), world(shape.neck_centre)
    shaft = world(shape.shaft_point(own_mm)) - world(shape.shaft_point(0.0))
    half = shape.neck_width_mm / 2
    section = 4 * half * half / shape.neck_flatness * gamma(1 + 1 / NECK_EXPONENT) ** 2 / gamma(1 + 2 / NECK_EXPONENT)
    return FemurGeometry(
        side=side,
        head_centre=head,
        head_radius_mm=0.993 * shape.head_radius_mm,
        neck_centre=neck,
        neck_axis=(neck - head) / np.linalg.norm(neck - head),
        neck_area_mm2=section,
        shaft_axis=shaft / np.linalg.norm(shaft),
        below_head_mm=shape.lesser_below_mm + own_mm,
        cut_off_below=True,
        cut_off_above=False,
        lesser_trochanter=world(shape.at(np.array([-18.0, -13.0, 0.0]) * shape.scale + [0, 0, shape.lesser_up_mm])),
    )


def true_areal(fine: Fine, femur: FemurGeometry) -> dict[str, dict[str, float]]:
    """By region and by what is asked for, mineral or what an ideal CT sees (g/cm²)."""
    found: dict[str, dict[str, float]] = {}
    for name, find in REGIONS.items():
        region = find(fine.bones.labels, femur.side, femur)
        found[name] = {what: _abmd(getattr(fine, what), fine, region) for what in ("mineral", "seen")}
    return found


def true_trabecular(fine: Fine, name: str) -> dict[str, float]:
    """Trabecular density of a vertebra (mg/cm³): mineral, and what an ideal CT sees."""
    region = trabecular_region(fit_vertebra(fine.bones.labels, name), fine.bones.labels.volume)
    return {what: float(np.asarray(getattr(fine, what).array)[region].mean()) for what in ("mineral", "seen")}


def true_spine_areal(fine: dict[str, Fine], region_of: dict[str, Region]) -> dict[str, float]:
    """L1-L4 as one (g/cm²)."""
    found = {}
    for what in ("mineral", "seen"):
        images = [_image(getattr(fine[name], what), fine[name], region_of[name]) for name in fine]
        mass = sum(image.bmc_g for image in images)
        found[what] = mass / sum(image.area_cm2 for image in images)
    return found


def _abmd(density: Volume, fine: Fine, region: Region) -> float:
    return float(_image(density, fine, region).abmd)


def _image(density: Volume, fine: Fine, region: Region) -> ArealImage:
    one = close_up(density, fine.bones.labels, region.bone, region.mask)
    axes = {"right": region.right, "down": region.down, "edge_g_cm2": region.edge_g_cm2}
    return parallel_areal_image(one.density, one.bone, one.region, **axes)
