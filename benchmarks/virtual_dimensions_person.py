"""All dimensions of one person on the label map of a CT."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from virtual_dimensions_arch import arch_dimensions
from virtual_dimensions_femur import femur_dimensions, rotation_of
from virtual_dimensions_pelvis import pelvic_frame, pelvis_dimensions
from virtual_dimensions_rays import Points, Specimen, angle_deg, specimen
from virtual_dimensions_sacrum import facing_plate, gap_mm, inlet_dimensions, sacrum_dimensions
from virtual_dimensions_socket import fit_socket, joint_space_mm, roof_dimensions, socket_dimensions
from virtual_dimensions_vertebra import aligned, body_dimensions

from bonedensity.anatomy.femur import FemurGeometry, fit_femur
from bonedensity.anatomy.labels import Side, femur_name, hip_bone_name
from bonedensity.anatomy.vertebra import VertebralBody, fit_vertebra
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap

SIDES: tuple[Side, ...] = ("L", "R")
LUMBAR = ("L1", "L2", "L3", "L4", "L5")
REGION = ("L1", "L2", "L3", "L4")

WORN = 0.1
"""Share of its height that a disc has lost from which it is worn."""

Found = dict[str, float]


def hip_person(labels: LabelMap, truth: Mapping[str, Any]) -> Found:
    """Of a pelvis with both femurs; sides are averaged, and a hip with metal or a shallow socket is left out.

    Args:
        labels: Of the CT.
        truth: The body's, for the femurs' posture and for what is diseased.
    """
    femurs = {side: fit_femur(labels, side) for side in SIDES}
    frame = pelvic_frame(femurs["L"].head_centre, femurs["R"].head_centre)
    hips = {side: specimen(labels, hip_bone_name(side)) for side in SIDES}
    found = {"hip-centre distance": float(np.linalg.norm(femurs["L"].head_centre - femurs["R"].head_centre))}
    found |= pelvis_dimensions(hips, frame)
    plain = [side for side in SIDES if _plain(truth, side)]
    rows = []
    for side in plain:
        bone = specimen(labels, femur_name(side))
        rows.append(_hip_side(bone, hips[side], femurs[side], frame.axes, _posture(truth, side)))
    return found | _mean(rows) | _base(labels, hips, frame)


def spine_person(labels: LabelMap, truth: Mapping[str, Any]) -> Found:
    """Of L1 to L5 with their discs; broken vertebrae and worn discs are left out, as in the published series.

    Args:
        labels: Of the CT.
        truth: The body's, for what is broken or worn.
    """
    bones = {level: specimen(labels, f"vertebrae_{level}") for level in LUMBAR}
    fitted = {level: fit_vertebra(labels, f"vertebrae_{level}") for level in LUMBAR}
    bodies = {level: aligned(body, bones[level], labels.volume) for level, body in fitted.items()}
    known = {level: truth.get("levels", {}).get(level, {}) for level in LUMBAR}
    whole = [level for level in LUMBAR if not known[level].get("fracture")]
    rows: dict[str, Found] = {}
    for level in whole:
        bone = bones[level]
        rows[level] = body_dimensions(bodies[level], bone, labels.volume)
        rows[level] |= arch_dimensions(bodies[level], bone.points, bone.voxel_mm)
    found = {f"{level} {name}": value for level, row in rows.items() for name, value in row.items()}
    worn = {f"{level} disc below" for level in LUMBAR if known[level].get("disc_loss", 0.0) > WORN}
    discs = _discs(labels, bodies, bones)
    found |= {name: value for name, value in discs.items() if name not in worn}
    if set(REGION) <= set(rows):
        sections = [rows[level]["mid-height section"] for level in REGION]
        found["L1-L4 mid-height section"] = float(np.mean(sections))
        between = [discs.get(f"{level} disc below", np.nan) for level in REGION]
        found["L1-L4 height with discs"] = sum(rows[level]["central height"] for level in REGION) + sum(between)
    return {name: value for name, value in found.items() if np.isfinite(value)}


def _plain(truth: Mapping[str, Any], side: Side) -> bool:
    own = truth.get("variant", {}).get(femur_name(side), {})
    return not own.get("implant") and not own.get("dysplasia")


def _posture(truth: Mapping[str, Any], side: Side) -> Points | None:
    turned = truth.get("posture", {}).get("femurs", {}).get(femur_name(side))
    return None if turned is None else rotation_of(turned, side)


def _hip_side(bone: Specimen, hip: Specimen, femur: FemurGeometry, axes: Points, posture: Points | None) -> Found:
    out, up, front = (1 if femur.side == "L" else -1) * axes[:, 0], axes[:, 2], -axes[:, 1]
    return {
        **femur_dimensions(bone, hip, femur, posture),
        **socket_dimensions(fit_socket(hip, femur, out), out, up, front),
        **roof_dimensions(hip, femur, out, up),
        "joint space": joint_space_mm(bone, hip, femur, out, up),
    }


def _mean(rows: list[Found]) -> Found:
    names = {name for row in rows for name in row}
    values = {name: [row[name] for row in rows if name in row and np.isfinite(row[name])] for name in names}
    return {name: float(np.mean(value)) for name, value in values.items() if value}


def _base(labels: LabelMap, hips: dict[Side, Specimen], frame: Any) -> Found:
    """What hangs on the sacral plate, which is found from L5."""
    sacrum = specimen(labels, "sacrum")
    try:
        body = fit_vertebra(labels, "vertebrae_L5")
    except AnatomyError:
        return sacrum_dimensions(sacrum, frame, None)
    plate = facing_plate(sacrum, body.inferior, body.width_mm, body.depth_mm)
    found = sacrum_dimensions(sacrum, frame, plate)
    return found if plate is None else found | inlet_dimensions({**hips}, sacrum, frame, plate)


def _discs(labels: LabelMap, bodies: dict[str, VertebralBody], vertebrae: dict[str, Specimen]) -> Found:
    """Heights in the middle, and the angle from T12's lower end plate to the sacral plate."""
    found, top, foot = Found(), bodies["L1"], bodies["L5"]
    bones = {**vertebrae, "S1": specimen(labels, "sacrum")}
    below = facing_plate(bones["S1"], foot.inferior, foot.width_mm, foot.depth_mm)
    under = {level: bodies[level].superior.centre for level in LUMBAR} | ({} if below is None else {"S1": below[0]})
    for level, following in zip(LUMBAR, (*LUMBAR[1:], "S1"), strict=True):
        if following in under:
            middle = (bodies[level].inferior.centre + under[following]) / 2
            found[f"{level} disc below"] = gap_mm(
                bones[level], bones[following], middle, -bodies[level].inferior.normal
            )
    above = facing_plate(specimen(labels, "vertebrae_T12"), top.superior, top.width_mm, top.depth_mm)
    if above is not None and below is not None:
        found["lordosis T12-S1, lying"] = angle_deg(-above[1], below[1])
    return found
