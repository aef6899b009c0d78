"""One virtual person scanned twice in different positions and measured as a patient is: a row of numbers each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from ct_densitometry_truth import (
    REGIONS,
    fine_bone,
    true_areal,
    true_femur,
    true_spine_areal,
    true_trabecular,
)

from bonedensity.anatomy.labels import LUMBAR_L1_L4, Side, femur_name
from bonedensity.densitometry import Calibration, measure
from bonedensity.densitometry.internal import calibrate_internally
from bonedensity.densitometry.phantoms import calibrate_by_phantom
from bonedensity.densitometry.spine_regions import vertebra
from bonedensity.densitometry.trabecular import trabecular_vbmd
from bonedensity.errors import AnatomyError
from bonedensity.virtual.body import Body
from bonedensity.virtual.hip import FemurPosture, HipPosture, draw_person
from bonedensity.virtual.hip.body import legs_of, make_straight_hips, posed_body
from bonedensity.virtual.hip.straight import StraightHips
from bonedensity.virtual.painted import covering_lattice, paint_body
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.scan import ScannerSettings, VirtualCT, random_scanner, scan_body
from bonedensity.virtual.scan.energy import effective_kev
from bonedensity.virtual.spine import HEALTHY, SUPINE, make_spine_body

PHANTOM_TITLES = {"B-MAS200": "B-MAS200", "QRM-BDC3": "QRM-BDC/3", "QRM-BDC6": "QRM-BDC/6"}
"""The scanner's phantoms on the CHA scale, as densitometry names them."""

BEAMS = {"corrected": 0.0, "left": 1.0}
"""Beam hardening that the scanner has corrected, or left as `random_scanner` draws it."""

DENSITIES = (100, 200, 300, 600, 1000)
"""mg/cm³ at which a calibration is judged."""

TURN_DEG = 10.0
BELOW_LESSER_MM, ABOVE_HEAD_MM = 70.0, 45.0
"""What a scan of the hip covers."""

SIDES: tuple[Side, Side] = ("L", "R")


def person_of(number: int, seed: int) -> Person:
    return replace(draw_person(np.random.default_rng([seed, number])), identifier=f"virtual {number}")


def scanner_of(person: Person, number: int, seed: int, voxel_mm: float) -> tuple[ScannerSettings, np.random.Generator]:
    rng = np.random.default_rng([seed, number, 1])
    settings = random_scanner(rng, bmi=person.bmi, pixel_mm=voxel_mm, step_mm=voxel_mm)
    return replace(settings, phantom=list(PHANTOM_TITLES)[number % len(PHANTOM_TITLES)]), rng


def hip_postures(rng: np.random.Generator) -> tuple[HipPosture, HipPosture]:
    """As the patient lies first, and with each leg turned by 10 degrees and pelvis and legs a little otherwise."""
    first = {side: FemurPosture(*rng.normal(0.0, (6.0, 3.0, 2.0))) for side in SIDES}
    second = {}
    for side, femur in first.items():
        turn, aside, forward = rng.choice([-1.0, 1.0]) * TURN_DEG, *rng.normal(0.0, (3.0, 2.0))
        second[side] = FemurPosture(
            femur.internal_rotation_deg + turn, femur.abduction_deg + aside, femur.flexion_deg + forward
        )
    postures = [HipPosture(*rng.normal(0.0, (4.0, 2.0, 2.0)), femurs) for femurs in (first, second)]
    return postures[0], postures[1]


def hip_row(number: int, seed: int, voxel_mm: float) -> dict[str, Any]:
    """Both hips of one person; a side with metal is left out."""
    person = person_of(number, seed)
    straight = make_straight_hips(person)
    sides = [side for side in SIDES if straight.shape.variant.side(side).implant is None]
    settings, rng = scanner_of(person, number, seed, voxel_mm)
    row: dict[str, Any] = {
        "number": number,
        "kvp": settings.kvp,
        "noise_hu": settings.noise_hu,
        "rods": [],
        "internal": [],
        "sides": {},
    }
    for side in sides:
        variant = straight.shape.variant.side(side)
        row["sides"][side] = {"grade": variant.grade, "dysplasia": variant.dysplasia, "scans": []}
    for posture in hip_postures(rng):
        body = posed_body(straight, posture)
        scans = scanned(body, settings, rng, hip_heights(body, sides), voxel_mm)
        inner = {beam: calibrate_internally(scan.ct).calibration for beam, (scan, _) in scans.items()}
        row["internal"].append({beam: _line(scans[beam][0], line) for beam, line in inner.items()})
        for side in sides:
            found = row["sides"][side]
            found["scans"].append({beam: _hip_values(*scan, inner[beam], side) for beam, scan in scans.items()})
            if "truth" not in found:
                found["truth"] = _hip_truth(straight, posture, body, side, effective_kev(settings.kvp))
        row["rods"].append({beam: _line(*scan) for beam, scan in scans.items()})
    return row


def hip_heights(body: Body, sides: Sequence[Side]) -> tuple[float, float]:
    """Lowest and highest slice (LPS z) of a scan of the hips."""
    low = min(float(body.landmarks[f"{femur_name(side)}_lesser_trochanter"][2]) for side in sides)
    high = max(float(body.landmarks[f"{femur_name(side)}_head_centre"][2]) for side in sides)
    return low - BELOW_LESSER_MM, high + ABOVE_HEAD_MM


def _hip_values(scan: VirtualCT, rods: Calibration, inner: Calibration, side: Side) -> dict[str, Any]:
    """By region: aBMD (g/cm²) by rods and by internal calibration; the reason where a region was refused."""
    found: dict[str, Any] = {}
    for region in REGIONS:
        try:
            result = measure(scan.ct, scan.labels, region=region, calibration=rods, side=side)
        except AnatomyError as error:
            found[region] = str(error)
            continue
        abmd, area, _, vbmd = result.measurements[:4]
        thickness = 1000 * abmd.value / vbmd.value  # cm; aBMD is linear in the calibration
        hu_part = (abmd.value - rods.intercept * thickness / 1000) / rods.slope
        found[region] = {
            "aBMD": abmd.value,
            "internal": inner.slope * hu_part + inner.intercept * thickness / 1000,
            "uncertainty": abmd.uncertainty,
            "area": area.value,
        }
    return found


def _hip_truth(straight: StraightHips, posture: HipPosture, body: Body, side: Side, kev: float) -> dict[str, Any]:
    move = legs_of(straight.shape, posture)[side]
    femur = true_femur(straight.shape.femurs[side], move, side, 45.0)
    lowest = float(femur.lesser_trochanter[2]) - 60.0
    return true_areal(fine_bone(body, femur_name(side), kev, lowest), femur)


def spine_row(number: int, seed: int, voxel_mm: float) -> dict[str, Any]:
    """L1 to L4 of one person, the lordosis 10 degrees flatter the second time."""
    person = person_of(number, seed)
    settings, rng = scanner_of(person, number, seed, voxel_mm)
    row: dict[str, Any] = {
        "number": number,
        "kvp": settings.kvp,
        "noise_hu": settings.noise_hu,
        "rods": [],
        "scans": [],
    }
    flat = replace(SUPINE, lordosis=SUPINE.lordosis - TURN_DEG)
    for posture in (SUPINE, flat):
        body = make_spine_body(person, posture=posture, variant=HEALTHY)
        scans = scanned(body, settings, rng, (float(body.low[2]), float(body.high[2])), voxel_mm)
        row["scans"].append({beam: _spine_values(*scan) for beam, scan in scans.items()})
        row["rods"].append({beam: _line(*scan) for beam, scan in scans.items()})
        if "truth" not in row:
            row["truth"] = _spine_truth(body, effective_kev(settings.kvp))
    return row


def _spine_values(scan: VirtualCT, line: Calibration) -> dict[str, Any]:
    areal = measure(scan.ct, scan.labels, region="L1-L4", calibration=line)
    spongy = trabecular_vbmd(scan.ct, scan.labels, line)
    return {"aBMD": areal.measurements[0].value, "vBMD": spongy[0].value, "levels": [m.value for m in spongy[1:]]}


def _spine_truth(body: Body, kev: float) -> dict[str, Any]:
    fine = {name: fine_bone(body, name, kev) for name in LUMBAR_L1_L4}
    levels = [true_trabecular(one, name) for name, one in fine.items()]
    regions = {name: vertebra(one.bones.labels, name) for name, one in fine.items()}
    mean = {what: float(np.mean([level[what] for level in levels])) for what in ("mineral", "seen")}
    return {"vBMD": mean, "levels": levels, "aBMD": true_spine_areal(fine, regions)}


def scanned(
    body: Body, settings: ScannerSettings, rng: np.random.Generator, heights: tuple[float, float], voxel_mm: float
) -> dict[str, tuple[VirtualCT, Calibration]]:
    """A scan between two heights (LPS z) and the line of its rods, by what is left of beam hardening."""
    low, high = np.array(body.low, dtype=float), np.array(body.high, dtype=float)
    low[2], high[2] = max(low[2], heights[0]), min(high[2], heights[1])
    low += rng.uniform(0, voxel_mm, 3)  # voxels fall anew on the bones
    tilt = (float(rng.normal()), float(rng.normal()))
    painted, noise = paint_body(body, covering_lattice(low, high, voxel_mm)), int(rng.integers(2**31))
    found = {}
    for beam, share in BEAMS.items():
        protocol = replace(
            settings,
            phantom_tilt_deg=tilt,
            hardening=share * settings.hardening,
            cupping=share * settings.cupping,
        )
        scan = scan_body(painted, protocol, np.random.default_rng(noise))
        found[beam] = scan, calibrate_by_phantom(scan.ct, PHANTOM_TITLES[str(settings.phantom)]).calibration
    return found


def _line(scan: VirtualCT, line: Calibration) -> dict[str, float]:
    """What a line makes of HU that are truly so many mg/cm³ of mineral in water."""
    return {f"at_{mg}": line.slope * mg / scan.truth["hu_slope"] + line.intercept for mg in DENSITIES}
