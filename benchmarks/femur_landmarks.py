"""How far the landmarks of virtual femurs are found from where they are, by landmark and disease. All synthetic.

    python benchmarks/femur_landmarks.py -n 5 --json benchmarks/results/femur_landmarks.json

Both hips of each person in each disease, legs turned at random, true labels in voxels of 2 mm. Junction points are
compared where the bone's true surface lies in their direction; the greater trochanter with its highest point, the
lesser with where the surface stands out most.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
from ct_densitometry_scans import SIDES, hip_heights, hip_postures, person_of
from ct_densitometry_truth import true_femur
from machine import described_machine, write_json
from numpy.typing import NDArray

from bonedensity.anatomy.femur import FemurGeometry
from bonedensity.anatomy.femur_landmarks import femur_landmarks
from bonedensity.anatomy.labels import femur_name, hip_bone_name
from bonedensity.geometry import RigidTransform
from bonedensity.virtual.hip import FemurShape, HipVariant, SideVariant
from bonedensity.virtual.hip.body import legs_of, make_straight_hips, posed_body
from bonedensity.virtual.hip.femur.solid import femur_solid
from bonedensity.virtual.painted import covering_lattice, paint_bones
from bonedensity.virtual.posed import outer_solid
from bonedensity.virtual.solids import Solid

DISEASES = {
    "healthy": SideVariant(),
    "osteoarthritis, grade 2": SideVariant(grade=2),
    "osteoarthritis, grade 3": SideVariant(grade=3),
    "osteoarthritis, grade 4": SideVariant(grade=4),
    "dysplasia": SideVariant(dysplasia=True),
    "dysplasia, grade 3": SideVariant(grade=3, dysplasia=True),
}
ASKED_MM = 2.0


def true_points(shape: FemurShape, move: RigidTransform, femur: FemurGeometry, solid: Solid) -> dict[str, NDArray]:
    """Landmarks of a femur from its numbers and its surface."""
    flip = np.array([1.0 if femur.side == "L" else -1.0, 1.0, 1.0])
    points = {
        "head_centre": femur.head_centre,
        "neck_centre": femur.neck_centre,
    }
    apex, down = _lesser_apex(shape), shape.shaft_point(50.0) - shape.shaft_point(0.0)
    down /= np.linalg.norm(down)
    level = shape.shaft_point(0.0) + ((apex - shape.shaft_point(0.0)) @ down) * down
    points["lesser_trochanter"] = move.apply(flip * apex)
    for below in (20, 50):
        points[f"shaft_{below}mm"] = move.apply(flip * (level + below * down))
    axes = move.rotation @ (flip[:, None] * shape.axes)
    points["greater_trochanter"] = _highest(
        solid, move.apply(flip * shape.at([8.5 * shape.scale, -14.0 * shape.scale, shape.tip_up_mm])), axes
    )
    up = -femur.shaft_axis + (femur.shaft_axis @ femur.neck_axis) * femur.neck_axis
    up /= np.linalg.norm(up)
    front = np.cross(up, femur.neck_axis)
    front = front if front[1] < 0 else -front
    middle = femur.head_centre + femur.junction_mm * femur.neck_axis
    for name, direction in (("superior", up), ("inferior", -up), ("anterior", front), ("posterior", -front)):
        ray = middle + np.arange(5.0, 40.0, 0.1)[:, None] * direction
        points[f"junction_{name}"] = ray[int(np.argmax(solid.distance(ray) > 0))]
    return points


def _lesser_apex(shape: FemurShape) -> NDArray:
    """Where the surface stands out most to the back and the middle: where the trochanter merges with what is above it,
    up to 4 mm above the height that the shape states."""
    solid, direction = femur_solid(shape), -np.array([1.0, 1.0]) / np.sqrt(2)
    across = np.stack(np.meshgrid(np.arange(-40, 5, 0.5), np.arange(-40, 5, 0.5), indexing="ij"), -1).reshape(-1, 2)
    heights, reach, outermost = np.arange(-6.0, 12.0, 0.5), [], []
    for height in heights:
        points = shape.at(np.column_stack([across, np.full(len(across), shape.lesser_up_mm + height)]))
        inside = np.flatnonzero(solid.distance(points.astype(np.float32)) < 0)
        best = inside[np.argmax(across[inside] @ direction)]
        reach.append(float(across[best] @ direction))
        outermost.append(points[best])
    top = np.array(reach) > max(reach) - 0.3
    return np.array(outermost)[top].mean(axis=0)


def _highest(solid: Solid, tip: NDArray, axes: NDArray) -> NDArray:
    """Middle of the highest bone within 8 mm of a tip, along the shaft."""
    steps = np.arange(-8.0, 8.1, 0.5)
    points = tip + np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3) @ axes.T
    inside = points[solid.distance(points) < 0]
    height = inside @ axes[:, 2]
    return inside[height > height.max() - 1.0].mean(axis=0)


def errors_of(number: int, seed: int, voxel_mm: float, variant: SideVariant) -> dict[str, list[float]]:
    """Distance (mm) of each landmark on both sides; infinite where it was not found."""
    rng = np.random.default_rng([seed, number, 2])
    straight = make_straight_hips(person_of(number, seed), HipVariant(dict.fromkeys(SIDES, variant)))
    posture = hip_postures(rng)[0]
    body, legs = posed_body(straight, posture), legs_of(straight.shape, posture)
    solids = {bone.name: outer_solid(bone) for bone in body.bones}
    low, high = np.array(body.low), np.array(body.high)
    low[2], high[2] = hip_heights(body, SIDES)
    names = [name(side) for side in SIDES for name in (femur_name, hip_bone_name)]
    lattice = covering_lattice(low + rng.uniform(0, voxel_mm, 3), high, voxel_mm)
    labels = paint_bones(body, lattice, only=names).labels
    found: dict[str, list[float]] = defaultdict(list)
    for side in SIDES:
        shape, move = straight.shape.femurs[side], legs[side]
        true = true_points(shape, move, true_femur(shape, move, side, 45.0), solids[femur_name(side)])
        landmarks = femur_landmarks(labels, side).found
        for name, point in true.items():
            found[name].append(float(np.linalg.norm(landmarks[name].point - point)) if name in landmarks else np.inf)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=5, help="people in each disease; each has two hips")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--voxel-mm", type=float, default=2.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    table: dict[str, dict[str, dict[str, float]]] = {}
    for disease, variant in DISEASES.items():
        every: dict[str, list[float]] = defaultdict(list)
        for number in range(options.n):
            for name, errors in errors_of(number, options.seed, options.voxel_mm, variant).items():
                every[name] += errors
        table[disease] = {name: {"median": float(np.median(e)), "largest": float(max(e))} for name, e in every.items()}
        print(
            disease, {name: f"{e['median']:.1f} ({e['largest']:.1f})" for name, e in table[disease].items()}, flush=True
        )
    if options.json:
        about = described_machine("femur_landmarks.py", ("bonedensity", "numpy", "scipy"))
        what = {"synthetic": True, "hips_each": 2 * options.n, "voxel_mm": options.voxel_mm, "asked_mm": ASKED_MM}
        write_json(options.json, {**about, **what, "errors_mm": table})


if __name__ == "__main__":
    main()
