"""How far the surfaces of a real pelvis lie from the nearest of many virtual people's: hip bone, sacrum, femur.

    python benchmarks/virtual_shape.py --people 100 --json benchmarks/results/virtual_shape.json

The real CT (`../shared/data/ct-pelvis-lspine-totalseg`, labels by a network) is cut off below the femoral heads; its
cut faces are left out. The real bone is laid onto each virtual one by a similarity (rotation, translation, one scale),
and the mean distance from the real surface to the virtual one is taken. Without the CT the script says so and ends.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from machine import described_machine, write_json
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, gaussian_filter
from scipy.spatial import cKDTree

from bonedensity.imaging.read_labels import read_label_map
from bonedensity.virtual.hip import HEALTHY, draw_hip_shape, draw_person, make_femur, make_hip_bone, make_sacrum
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.solids import Solid

FOLDER = Path(__file__).parents[2] / "shared" / "data" / "ct-pelvis-lspine-totalseg"

BONES = {"hip bone": (78,), "sacrum": (25, 26), "femur head and neck": (76,)}
"""Label values of the right side; the network calls the first sacral body S1 (26)."""

LIBRARIES = ("bonedensity", "numpy", "scipy")

CUT_MM = 6.0
"""Surface nearer than this to the scan's lowest slice is a cut face."""

BELOW_HEAD_MM = 45.0
"""Of the virtual femur only what lies above this is compared; the real one ends before."""

STEP_MM, ROUNDS, TRIMMED = 2.5, 25, 0.95

Points = NDArray[np.float64]


def real_surface(array: NDArray[np.integer], to_patient: NDArray[np.float64], values: tuple[int, ...]) -> Points:
    """Points of a label's surface, mirrored to the left side (LPS mm), without the cut face."""
    mask = np.isin(array, values)
    smooth = gaussian_filter(mask.astype(np.float32), 0.6)
    rim = np.argwhere(mask & ~binary_erosion(mask))
    slope = np.stack([part[tuple(rim.T)] for part in np.gradient(smooth)], axis=1)
    excess = smooth[tuple(rim.T)] - 0.5
    steepness = np.maximum((slope**2).sum(axis=1, keepdims=True), 1e-3)
    index = rim - np.clip(excess[:, None] * slope / steepness, -1, 1)
    points = index[:, ::-1] @ to_patient[:3, :3].T + to_patient[:3, 3]
    lowest = to_patient[2, 3] + min(0.0, to_patient[2, 2] * array.shape[0])
    kept = points[points[:, 2] > lowest + CUT_MM]
    return kept * np.array([-1.0, 1.0, 1.0])


def virtual_surface(solid: Solid, lowest: float = -np.inf) -> Points:
    """Points of a solid's surface: grid points near it, moved onto it along the slope of its distance."""
    axes = [np.arange(a, b + STEP_MM, STEP_MM) for a, b in zip(solid.low, solid.high, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3).astype(np.float32)
    grid = grid[grid[:, 2] > lowest]
    cells = grid[np.abs(solid.distance(grid)) < 0.8 * STEP_MM]
    away = solid.distance(cells)
    slope = np.stack(
        [(solid.distance(cells + 0.2 * axis) - away) / 0.2 for axis in np.eye(3, dtype=np.float32)], axis=1
    )
    steepness = np.maximum((slope**2).sum(axis=1, keepdims=True), 0.25)
    return np.asarray(cells - away[:, None] * slope / steepness, dtype=np.float64)


def aligned_distance(real: Points, virtual: Points) -> float:
    """Mean distance (mm, at the real bone's size) from the real surface to the virtual one after a similarity."""
    tree = cKDTree(virtual)
    scale, rotation, shift = 1.0, np.eye(3), virtual.mean(axis=0) - real.mean(axis=0)
    for _ in range(ROUNDS):
        moved = scale * real @ rotation.T + shift
        away, nearest = tree.query(moved)
        kept = away <= np.quantile(away, TRIMMED)
        scale, rotation, shift = similarity(real[kept], virtual[nearest[kept]])
    away, _ = tree.query(scale * real @ rotation.T + shift)
    return float(away.mean() / scale)


def similarity(source: Points, target: Points) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Least squares scale, rotation and translation (Umeyama 1991)."""
    from_middle, to_middle = source.mean(axis=0), target.mean(axis=0)
    a, b = source - from_middle, target - to_middle
    left, strength, right = np.linalg.svd(b.T @ a)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    rotation = left @ np.diag(sign) @ right
    scale = float((strength * sign).sum() / (a**2).sum())
    return scale, rotation, to_middle - scale * rotation @ from_middle


def virtual_bones(person: Person) -> dict[str, Points]:
    """Surfaces of one person's bones (LPS mm)."""
    shape = draw_hip_shape(person, np.random.default_rng([person.seed, 1]), HEALTHY)
    femur = shape.femurs["L"]
    return {
        "hip bone": virtual_surface(make_hip_bone("hip_left", shape.pelvis["L"], side=1).solid),
        "sacrum": virtual_surface(make_sacrum(shape.sacrum).solid),
        "femur head and neck": virtual_surface(make_femur("femur_left", femur, side=1).solid, -BELOW_HEAD_MM),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--points", type=int, default=1500, help="real surface points of each bone")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if not FOLDER.is_dir():
        print(f"The real CT is not on this machine ({FOLDER.name}): nothing was measured.")
        return
    labels = read_label_map(FOLDER / "example_seg_fast_force_split.nii.gz").volume
    rng = np.random.default_rng(0)
    real = {}
    for name, values in BONES.items():
        surface = real_surface(np.asarray(labels.array), labels.index_to_patient, values)
        real[name] = surface[rng.permutation(len(surface))[: options.points]]
    found: dict[str, list[float]] = {name: [] for name in BONES}
    for index in range(options.people):
        person = replace(draw_person(np.random.default_rng(index)), seed=index)
        for name, surface in virtual_bones(person).items():
            found[name].append(aligned_distance(real[name], surface))
    summary = {
        name: {"nearest_mm": min(all_), "median_mm": float(np.median(all_)), "farthest_mm": max(all_)}
        for name, all_ in found.items()
    }
    for name, row in summary.items():
        print(
            f"{name}: nearest {row['nearest_mm']:.2f} mm, median {row['median_mm']:.2f} mm of {options.people} people"
        )
    if options.json:
        write_json(
            options.json,
            {"machine": described_machine("virtual_shape.py", LIBRARIES), "people": options.people, "bones": summary},
        )


if __name__ == "__main__":
    main()
