"""How far the surfaces of a real pelvis and spine lie from the nearest of many virtual people's.

    python benchmarks/virtual_shape.py --people 100 --lines shape.jsonl --json benchmarks/results/virtual_shape.json

The real CT (`../shared/data/ct-pelvis-lspine-totalseg`, labels by a network) is cut off below the femoral heads; its
cut faces are left out. The real bone is laid onto each virtual one by a similarity (rotation, translation, one scale),
and the mean distance from the real surface to the virtual one is taken. Each person is a line of `--lines`; a second
run goes on where the first ended. Without the CT the script says so and ends.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from machine import described_machine, write_json
from virtual_shape_surfaces import Points, Surface, aligned_distance, real_surface, virtual_surface

from bonedensity.imaging.read_labels import read_label_map
from bonedensity.virtual.hip import HEALTHY, draw_hip_shape, draw_person, make_femur, make_hip_bone, make_sacrum
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.spine import HEALTHY as HEALTHY_SPINE
from bonedensity.virtual.spine import SUPINE, make_spine_body

DATA = Path(os.environ.get("BONEDENSITY_REAL_DATA") or Path(__file__).parents[2] / "shared" / "data")
FOLDER = DATA / "ct-pelvis-lspine-totalseg"

LEVELS = ("L1", "L2", "L3", "L4", "L5")

BONES = {
    "hip bone": (78,),
    "sacrum": (25, 26),
    "femur head and neck": (76,),
    **{level: (31 - number,) for number, level in enumerate(LEVELS)},
}
"""Label values of the right side; the network calls the first sacral body S1 (26)."""

LIMIT_MM = {"hip bone": 4.0, "sacrum": 4.0, "femur head and neck": 2.5, **dict.fromkeys(LEVELS, 2.0)}
"""The nearest person must lie within this."""

LIBRARIES = ("bonedensity", "numpy", "scipy")

BELOW_HEAD_MM = 45.0
"""Of the virtual femur only what lies above this is compared; the real one ends before."""


def real_bones(points: int) -> dict[str, Points]:
    """So many surface points of each bone of the real CT."""
    labels = read_label_map(FOLDER / "example_seg_fast_force_split.nii.gz").volume
    rng = np.random.default_rng(0)
    surfaces = {
        name: real_surface(np.asarray(labels.array), labels.index_to_patient, values) for name, values in BONES.items()
    }
    return {name: surface[rng.permutation(len(surface))[:points]] for name, surface in surfaces.items()}


def virtual_bones(person: Person) -> dict[str, Surface]:
    """Surfaces of one person's bones, without disease (LPS mm)."""
    shape = draw_hip_shape(person, np.random.default_rng([person.seed, 1]), HEALTHY)
    spine = make_spine_body(person, posture=SUPINE, variant=HEALTHY_SPINE)
    vertebrae = {bone.name: bone.solid for bone in spine.bones if bone.name.startswith("vertebrae_L")}
    return {
        "hip bone": virtual_surface(make_hip_bone("hip_left", shape.pelvis["L"], side=1).solid),
        "sacrum": virtual_surface(make_sacrum(shape.sacrum).solid),
        "femur head and neck": virtual_surface(
            make_femur("femur_left", shape.femurs["L"], side=1).solid, -BELOW_HEAD_MM
        ),
        **{level: virtual_surface(vertebrae[f"vertebrae_{level}"]) for level in LEVELS},
    }


def distances(index: int, real: dict[str, Points]) -> dict[str, float]:
    """Of one person's bones (mm)."""
    person = replace(draw_person(np.random.default_rng(index)), seed=index)
    return {name: aligned_distance(real[name], surface) for name, surface in virtual_bones(person).items()}


def summary(people: list[dict[str, float]]) -> dict[str, dict[str, float | bool]]:
    """Nearest, median and farthest of all people, by bone."""
    table = {}
    for name, limit in LIMIT_MM.items():
        values = [person[name] for person in people]
        row = {"nearest_mm": min(values), "median_mm": float(np.median(values)), "farthest_mm": max(values)}
        table[name] = {**row, "limit_mm": limit, "met": row["nearest_mm"] <= limit}
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--points", type=int, default=1500, help="real surface points of each bone")
    parser.add_argument("--lines", type=Path, required=True, help="distances, one person a line")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if not FOLDER.is_dir():
        print(f"The real CT is not on this machine ({FOLDER.name}): nothing was measured.")
        return 2
    real = real_bones(options.points)
    done = [json.loads(line) for line in options.lines.read_text().splitlines()] if options.lines.exists() else []
    with options.lines.open("a", encoding="utf-8") as file:
        for index in range(len(done), options.people):
            done.append(distances(index, real))
            file.write(json.dumps(done[-1]) + "\n")
            file.flush()
    table = summary(done[: options.people])
    for name, row in table.items():
        print(
            f"{name:20} nearest {row['nearest_mm']:.2f} mm (limit {row['limit_mm']:.1f}), median "
            f"{row['median_mm']:.2f} mm of {options.people} people"
        )
    if options.json:
        machine = described_machine("virtual_shape.py", LIBRARIES)
        write_json(options.json, {"machine": machine, "people": options.people, "bones": table})
    return 0


if __name__ == "__main__":
    sys.exit(main())
