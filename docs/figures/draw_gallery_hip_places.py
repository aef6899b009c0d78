"""Where a reader looks on an AP radiograph of a pelvis: places in the body (LPS mm), from what it was built of."""

import numpy as np
from scipy.ndimage import binary_erosion, label

from bonedensity.virtual.hip.body import legs_of
from bonedensity.virtual.hip.pelvis.rami import ISCHIUM, LOWER_RAMUS, UPPER_RAMUS
from bonedensity.virtual.hip.pelvis.socket import socket_radius
from bonedensity.virtual.hip.sacrum_points import FORAMINA
from bonedensity.virtual.painted import covering_lattice

GAS_BELOW_MM = 150.0
"""Above the hips' level: what lies higher may be above the film."""


def features(straight, posture, body):
    """Name to places in the body (LPS mm), from the numbers that the bones were built from.

    The femur's are those of the right side, the pelvis's those of the left, so that lines do not cross.
    """
    shape, pelvis, leg = straight.shape, posture.pelvis(), legs_of(straight.shape, posture)["R"]
    hip, femur = shape.pelvis["L"], shape.femurs["R"]
    solid = straight.hips["L"].solid

    def of_femur(point):
        return leg.apply(np.asarray(point) * [-1.0, 1.0, 1.0])

    around = [np.mean(part, axis=0) for part in (UPPER_RAMUS[2:5], LOWER_RAMUS[1:5], ISCHIUM[4:6])]
    roof = hip.hip_centre + (socket_radius(hip) + 2.0) * _unit([0.25, 0.0, 1.0])
    marks = {
        "teardrop": body.landmarks["hip_left_teardrop"],
        "ilioischial line": pelvis.apply(innermost(solid, -14.0, (22.0, 60.0))),
        "iliopectineal line": pelvis.apply(innermost(solid, 34.0, (-30.0, 30.0))),
        "acetabular roof": pelvis.apply(roof),
        "obturator foramen": pelvis.apply(hip.place(np.mean(around, axis=0))),
        "sacral foramina": np.array([_foramen(shape.sacrum, pelvis, i) for i in range(2)]),
        "sacro-iliac joint": pelvis.apply(hip.place((58.0, 50.0, 78.0))),
        "anterior superior iliac spine": body.landmarks["hip_left_anterior_superior_iliac_spine"],
        "symphysis": pelvis.apply(hip.place((5.0, -35.0, -28.0)) * [0.0, 1.0, 1.0]),
        "greater trochanter": body.landmarks["femur_right_greater_trochanter"],
        "lesser trochanter": body.landmarks["femur_right_lesser_trochanter"],
    }
    marks |= {name: of_femur(point) for name, point in _inside_femur(femur).items()}
    return marks | _soft_tissue(body, marks["greater trochanter"])


def innermost(solid, height, depths):
    """Where a left bone comes nearest to the mid-plane at a height, between two depths (mm): its edge from before."""
    x, y = np.meshgrid(np.arange(0.0, 120.0, 0.5), np.arange(*depths, 1.0))
    points = np.stack([x, y, np.full_like(x, height)], axis=-1)
    inside = solid.distance(points.astype(np.float32)) < 0
    return points[inside][points[inside][:, 0].argmin()]


def shenton(straight, posture):
    """Points along Shenton's line of the left hip (LPS mm): below the neck, then above the obturator foramen."""
    shape, leg, pelvis = straight.shape, legs_of(straight.shape, posture)["L"], posture.pelvis()
    femur, hip = shape.femurs["L"], shape.pelvis["L"]
    half = femur.neck_width_mm / 2
    shares = (0.85, 0.75, 0.65, 0.55)
    below = [femur.along_neck(share * femur.neck_length_mm) - half * femur.neck_up for share in shares]
    above = np.array(UPPER_RAMUS[1:5]) - np.array([0.0, 0.0, 9.0])
    return leg.apply(np.array(below)), pelvis.apply(hip.place(above))


def _inside_femur(femur):
    """What is seen within a femur, in the left one's frame before it is posed (mm)."""
    length, half, up = femur.neck_length_mm, femur.neck_width_mm / 2, femur.neck_up
    pit = _unit(femur.neck_to_head - 0.28 * femur.axes[:, 2] - 0.12 * femur.axes[:, 1])
    return {
        "fovea": femur.head_centre + 0.95 * femur.head_radius_mm * pit,
        "principal compressive group": femur.along_neck(0.22 * length) - 0.1 * femur.head_radius_mm * up,
        "principal tensile group": femur.along_neck(0.55 * length) + 0.62 * half * up,
        "Ward's triangle": femur.along_neck(0.78 * length) - 0.24 * half * up,
        "calcar": femur.at((-15.0 * femur.scale, -3.0 * femur.scale, 0.45 * femur.lesser_up_mm)),
    }


def _foramen(sacrum, pelvis, index):
    """Of the left side (LPS mm); the plate's first axis runs to the right."""
    u, v, _ = FORAMINA[index]
    wide = sacrum.place((1.0, 0.0, 0.0))[0]
    return pelvis.apply(sacrum.plate_frame.apply(np.array([-u * wide, v * sacrum.along, 0.0])))


def _soft_tissue(body, trochanter):
    """Where gas, fat and muscle lie, found in the soft tissue itself."""
    lattice = covering_lattice(body.low, body.high, 4.0)
    hu = body.paint_soft_tissue(lattice)
    inside = binary_erosion(hu > -500, iterations=1) | (hu < -500)
    parts, _ = label((hu < -500) & inside)
    air = {int(part) for part in np.unique(np.concatenate([parts[:, 0].ravel(), parts[:, :, 0].ravel()]))}
    highest = int((GAS_BELOW_MM - lattice.origin[2]) / lattice.voxel_mm)
    sizes = np.bincount(parts[:highest].ravel())
    sizes[[0, *(part for part in air if part < len(sizes))]] = 0
    bubble = np.argwhere(parts == sizes.argmax()).mean(axis=0)[::-1]
    found = {"bowel gas": lattice.origin + lattice.voxel_mm * bubble}
    k, j, _ = np.round((trochanter - lattice.origin)[::-1] / lattice.voxel_mm).astype(int)
    row = hu[k + 8, j]
    skin, muscle = np.flatnonzero(row > -500)[0], np.flatnonzero(row > 20)
    deep = muscle[muscle > skin + 2][0]
    side = np.array([deep, j, k + 8])
    found["edge of muscle and fat"] = lattice.origin + lattice.voxel_mm * side
    return found


def _unit(vector):
    v = np.asarray(vector, dtype=float)
    return v / np.linalg.norm(v)
